#include "doors/daemon/api_json.hpp"

namespace batchd::daemon {

void write_time(json::Writer& writer, std::string_view key, const std::optional<Time>& time) {
  writer.key(key);
  time ? writer.string(format_utc(*time)) : writer.null();
}

void write_item_members(json::Writer& writer, const store::ItemState& state) {
  writer.key("id").string(state.item.id).key("sequence").unsigned_integer(state.item.sequence);
  writer.key("status").string(name_of(state.status)).key("reason");
  state.reason == model::Reason::none ? writer.null() : writer.string(name_of(state.reason));
  writer.key("attempts").unsigned_integer(state.attempts);
}

void write_item(json::Writer& writer, const store::ItemState& state) {
  writer.begin_object();
  write_item_members(writer, state);
  writer.end_object();
}

}  // namespace batchd::daemon
