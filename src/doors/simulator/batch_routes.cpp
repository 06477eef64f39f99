#include <algorithm>

#include <fmt/format.h>

#include "doors/simulator/desk.hpp"
#include "doors/simulator/ids.hpp"
#include "doors/simulator/spelling.hpp"
#include "doors/simulator/timeline.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

constexpr std::size_t metadata_pairs_max = 16;
constexpr std::size_t metadata_key_max = 64;     // characters
constexpr std::size_t metadata_value_max = 512;  // characters
constexpr std::size_t ds_name_max = 100;
constexpr std::size_t ds_description_max = 200;
constexpr std::size_t input_file_ids_max = 20;
constexpr PageLimits batches_a_page{20, 100};

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

ApiError too_long(std::string_view what, std::size_t most, std::size_t length) {
  return {.message = fmt::format("Invalid '{}': string too long. Expected a string with maximum length {}, but got a "
                                 "string with length {} instead.",
                                 what, most, length),
          .code = "string_above_max_length",
          .param = std::string(what)};
}

std::optional<ApiError> complaint_about_pair(Dialect dialect, std::string_view key, json::View value) {
  const auto text = value.as_string();
  const auto name = fmt::format("metadata.{}", key);
  if (!text)
    return ApiError{.message = fmt::format("Invalid type for '{}': expected a string.", name),
                    .code = "invalid_type",
                    .param = name};
  const std::size_t length = characters_in(*text);
  if (dialect == Dialect::dashscope) {
    if (key == "ds_name" && length > ds_name_max) return too_long(name, ds_name_max, length);
    if (key == "ds_description" && length > ds_description_max) return too_long(name, ds_description_max, length);
    return std::nullopt;  // any other key, of any length
  }
  if (characters_in(key) > metadata_key_max) return too_long("metadata", metadata_key_max, characters_in(key));
  if (length > metadata_value_max) return too_long(name, metadata_value_max, length);
  return std::nullopt;
}

std::optional<ApiError> complaint_about_metadata(Dialect dialect, json::View metadata) {
  if (!metadata || metadata.is_null()) return std::nullopt;
  if (!metadata.is(json::Kind::object))
    return ApiError{
        .message = "Invalid type for 'metadata': expected an object.", .code = "invalid_type", .param = "metadata"};
  if (dialect == Dialect::openai && metadata.size() > metadata_pairs_max)
    return ApiError{.message = fmt::format("Invalid 'metadata': too many properties. Expected an object with at most "
                                           "{} properties, but got an object with {} properties instead.",
                                           metadata_pairs_max, metadata.size()),
                    .code = "object_above_max_properties",
                    .param = "metadata"};
  for (const auto& [key, value] : metadata.members())
    if (auto complaint = complaint_about_pair(dialect, key, value)) return complaint;
  return std::nullopt;
}

std::optional<ApiError> complaint_about_create(Dialect dialect, json::View body) {
  for (const std::string_view name : {"input_file_id", "endpoint", "completion_window"}) {
    const auto value = body.find(name);
    if (!value) return missing_parameter(name);
    if (!value.as_string())
      return ApiError{.message = fmt::format("Invalid type for '{}': expected a string.", name),
                      .code = "invalid_type",
                      .param = std::string(name)};
  }
  const auto endpoint = body.find("endpoint").as_string().value_or("");
  if (!is_endpoint(dialect, endpoint))
    return ApiError{
        .message = fmt::format("Invalid value: '{}'. Supported values are: {}.", endpoint, endpoints_listed(dialect)),
        .code = "invalid_value",
        .param = "endpoint"};
  const auto window = body.find("completion_window").as_string().value_or("");
  if (!window_of(dialect, window))
    return ApiError{.message = fmt::format("Invalid value: '{}'. Supported values are: {}.", window,
                                           dialect == Dialect::openai ? "'24h'" : "'24h' to '336h' or '1d' to '14d'"),
                    .code = "invalid_value",
                    .param = "completion_window"};
  return complaint_about_metadata(dialect, body.find("metadata"));
}

// A comma list holds it.
bool lists(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == wanted) return true;
    list.remove_prefix(std::min(list.size(), end + 1));
  }
  return false;
}

std::string ds_name_of(const Batch& batch) {
  json::Document document;
  const auto metadata = document.parse(batch.metadata, {.duplicate_keys_are_errors = false});
  return metadata ? std::string(metadata->find("ds_name").as_string().value_or("")) : std::string();
}

}  // namespace

Fate Desk::fate_of(std::uint64_t sequence) const {
  const auto falls_on = [&](const Share& share) { return share.hits(seed_, sequence); };
  if (falls_on(faults_.stuck_validating)) return Fate::stuck;
  if (falls_on(faults_.fail_validation)) return Fate::refused;
  if (falls_on(faults_.token_limit)) return Fate::token_limit;
  if (falls_on(faults_.expire)) return Fate::expires;
  return falls_on(faults_.stuck_finalizing) ? Fate::stuck_at_end : Fate::normal;
}

http::ServerResponse Desk::create(const Call& call) {
  http::ServerResponse lost;
  lost.reset = true;
  if (hit(faults_.lose_create_request, call)) return lost;
  if (hit(faults_.capacity, call))
    return error_answer({.status = 429,
                         .message = "Batch requests are being throttled due to system capacity limits.",
                         .code = call.dialect == Dialect::dashscope ? "insufficient_quota" : "rate_limit_exceeded",
                         .param = {},
                         .type = "requests"});
  const auto text = call.request.body_text(json_body_bytes_max);
  json::Document document;
  const auto body = text ? document.parse(*text, {.duplicate_keys_are_errors = false}) : text.error();
  if (!body || !body->is(json::Kind::object))
    return error_answer({.message = "We could not parse the JSON body of your request.", .code = {}, .param = {}});
  if (const auto complaint = complaint_about_create(call.dialect, *body)) return error_answer(*complaint);
  const auto file_id = body->find("input_file_id").as_string().value_or("");
  const StoredFile* file = world_.find_file(call.dialect, file_id);
  if (!file || call.now < file->created + faults_.file_lag_ms.value)
    return error_answer({.message = fmt::format("Cannot find file {}, or the project of this key does not have access "
                                                "to it.",
                                                file_id),
                         .code = {},
                         .param = "input_file_id"});
  if (file->purpose != "batch")
    return error_answer({.message = fmt::format("Invalid file purpose '{}'. Must be 'batch'.", file->purpose),
                         .code = "invalid_value",
                         .param = "input_file_id"});
  Batch batch;
  batch.sequence = world_.next_sequence();
  batch.id = Ids(seed_, call.dialect).batch(batch.sequence);
  if (faults_.long_ids.hits(seed_, batch.sequence)) batch.id = lengthened(batch.id);
  batch.dialect = call.dialect;
  batch.input_file_id = file->id;
  batch.input_xxh3 = file->xxh3;
  batch.requests = file->lines;
  batch.endpoint = body->find("endpoint").as_string().value_or("");
  batch.completion_window = body->find("completion_window").as_string().value_or("");
  if (const auto metadata = body->find("metadata")) {
    batch.metadata.clear();
    json::append_compact(batch.metadata, metadata);
  }
  batch.created = call.now;
  batch.fate = fate_of(batch.sequence);
  settle_instants(batch, world_.pace(), *window_of(call.dialect, batch.completion_window));
  std::string object = told(batch, call.now);
  if (auto added = world_.add_batch(std::move(batch)); !added) return error_answer(broken_world(added.error().message));
  if (hit(faults_.lose_create_answer, call)) return lost;
  return json_answer(std::move(object));
}

std::string Desk::told(const Batch& batch, Time now) const {
  // A list that lags behind knows nothing of what came later, and the batch was made at the earliest when it was made.
  return batch_object(batch, std::max(now, batch.created), spelling_of(faults_, seed_, batch.sequence));
}

bool Desk::is_listed(const Call& call, const Batch& batch) const {
  if (batch.dialect != call.dialect) return false;
  if (call.now < batch.created + faults_.list_lag_ms.value) return false;
  if (call.dialect != Dialect::dashscope) return true;
  const http::ServerRequest& request = call.request;
  if (const auto ids = request.find_query("input_file_ids"); ids && !lists(*ids, batch.input_file_id)) return false;
  if (const auto states = request.find_query("status"); states && !lists(*states, name_of(state_of(batch, call.now))))
    return false;
  const auto name = request.find_query("ds_name");
  return !name || ds_name_of(batch).find(*name) != std::string::npos;
}

http::ServerResponse Desk::list_batches(const Call& call) {
  if (hit(faults_.no_lists, call)) return error_answer(no_such_route("GET", call.request.path));
  const auto asked = page_of(call.request, batches_a_page);
  if (const auto* error = std::get_if<ApiError>(&asked)) return error_answer(*error);
  const Page& page = std::get<Page>(asked);
  const auto ids = call.request.find_query("input_file_ids");
  if (ids && static_cast<std::size_t>(std::count(ids->begin(), ids->end(), ',')) >= input_file_ids_max)
    return error_answer(
        {.message = fmt::format("At most {} input_file_ids can be asked for at once.", input_file_ids_max),
         .code = "invalid_value",
         .param = "input_file_ids"});
  const auto& batches = world_.batches();
  auto at = batches.rbegin();  // newest first
  if (!page.after.empty()) {
    if (!world_.find_batch(call.dialect, page.after)) return error_answer(no_such_batch(page.after));
    at = std::find_if(at, batches.rend(), [&](const Batch& batch) { return batch.id == page.after; });
    ++at;
  }
  const Time listed_at = call.now - faults_.list_stale_ms.value;
  std::vector<Listed> data;
  for (; at != batches.rend() && data.size() < page.limit; ++at)
    if (is_listed(call, *at)) data.push_back({at->id, told(*at, listed_at)});
  const bool more = std::any_of(at, batches.rend(), [&](const Batch& batch) { return is_listed(call, batch); });
  return json_answer(list_body(data, more));
}

http::ServerResponse Desk::batch(const Call& call, std::string_view id) {
  const Batch* batch = world_.find_batch(call.dialect, id);
  if (!batch) return error_answer(no_such_batch(id));
  return json_answer(told(*batch, call.now));
}

http::ServerResponse Desk::cancel(const Call& call, std::string_view id) {
  const Batch* batch = world_.find_batch(call.dialect, id);
  if (!batch) return error_answer(no_such_batch(id));
  const State state = state_of(*batch, call.now);
  if (is_final(state))
    return error_answer({.status = 409,
                         .message = fmt::format("Cannot cancel a batch with status '{}'.", name_of(state)),
                         .code = {},
                         .param = {}});
  if (state != State::cancelling)
    if (auto cancelled = world_.cancel_batch(id, call.now); !cancelled)
      return error_answer(broken_world(cancelled.error().message));
  return json_answer(told(*batch, call.now));
}

}  // namespace batchd::simulator
