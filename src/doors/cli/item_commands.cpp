// items, show: what became of the rows.

#include <iostream>

#include <fmt/format.h>

#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/reading.hpp"
#include "ground/base/units.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"

namespace batchd::cli {
namespace {

std::string item_json(const store::ItemState& state) {
  std::string line;
  json::Writer writer(line);
  writer.begin_object().key("type").string("item").key("sequence").unsigned_integer(state.item.sequence);
  writer.key("id").string(state.item.id).key("status").string(name_of(state.status)).key("reason");
  state.reason == model::Reason::none ? writer.null() : writer.string(name_of(state.reason));
  writer.key("attempts").unsigned_integer(state.attempts).key("shard").unsigned_integer(state.item.shard).end_object();
  return line;
}

std::string item_line(const Canvas& canvas, const store::ItemState& state, unsigned number_columns) {
  const auto reason = name_of(state.reason);
  auto line = fmt::format("#{:<{}}  {:<9}  {:<15}  {}", state.item.sequence, number_columns, name_of(state.status),
                          reason.empty() ? "-" : reason, printable(state.item.id));
  return canvas.person ? fitted(line, canvas.columns) : line;
}

const model::Shard* shard_of(const std::vector<model::Shard>& shards, std::uint32_t n) {
  for (const auto& shard : shards) {
    if (shard.n == n) return &shard;
  }
  return nullptr;
}

// JSON over several lines, two blanks a level.
void append_pretty(std::string& out, json::View value, unsigned indent) {
  const auto newline = [&](unsigned depth) { out += "\n" + std::string(2 * depth, ' '); };
  const bool object = value.is(json::Kind::object);
  if ((!object && !value.is(json::Kind::array)) || value.size() == 0) return json::append_compact(out, value);
  out += object ? '{' : '[';
  bool first = true;
  const auto separate = [&] {
    if (!first) out += ',';
    first = false;
    newline(indent + 1);
  };
  for (const auto& [key, member] : value.members()) {
    separate();
    json::append_quoted(out, key);
    out += ": ";
    append_pretty(out, member, indent + 1);
  }
  for (const auto element : value.elements()) {
    separate();
    append_pretty(out, element, indent + 1);
  }
  newline(indent);
  out += object ? '}' : ']';
}

std::string pretty(const std::string& text) {
  json::Document document;
  const auto parsed = document.parse(text);
  if (!parsed) return text;
  std::string out;
  append_pretty(out, *parsed, 0);
  return out;
}

// A part of an item's life: where it lies, and what it is called.
struct Part {
  std::string name;
  std::string file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

std::vector<Part> parts_of(const store::ItemState& state, const model::Shard& shard,
                           const std::vector<store::AttemptRecord>& attempts, const std::vector<model::Shard>& shards) {
  std::vector<Part> parts;
  parts.push_back({"row", shard.rows_file, state.item.row_offset, state.item.row_length});
  if (!model::is_reused(shard))  // of those the result says who asked
    parts.push_back({"request", shard.requests_file, state.item.request_offset, state.item.request_length});
  for (const auto& attempt : attempts) {
    const auto* asked = shard_of(shards, attempt.shard);
    if (!asked || attempt.outcome.answer_length == 0) continue;
    const auto& file = attempt.outcome.answer_in_error_file ? asked->error_file : asked->output_file;
    parts.push_back({fmt::format("answer {}", attempt.outcome.attempt), file, attempt.outcome.answer_offset,
                     attempt.outcome.answer_length});
  }
  if (!state.outcome_file.empty()) parts.push_back({"result", state.outcome_file, state.row_offset, state.row_length});
  return parts;
}

void print_parts(const GlobalOptions& global, const Path& state_folder, const store::ItemState& state,
                 const std::vector<Part>& parts) {
  const auto style = canvas_of(global, 1).style;
  std::string line;
  json::Writer writer(line);
  if (global.json) {
    writer.begin_object().key("type").string("item").key("sequence").unsigned_integer(state.item.sequence);
    writer.key("id").string(state.item.id).key("status").string(name_of(state.status));
  } else {
    const auto reason = name_of(state.reason);
    std::cout << fmt::format("{} {}{}{}\n", style.bold(printable(state.item.id)), name_of(state.status),
                             reason.empty() ? "" : ": ", reason);
    std::cout << style.dim(fmt::format("  row #{}, shard {}, {}", state.item.sequence, state.item.shard,
                                       counted(state.attempts, "attempt")))
              << "\n";
  }
  for (const auto& part : parts) {
    auto text = read_blob(state_folder, part.file, part.offset, part.length);
    if (global.json) {
      writer.key(part.name);
      text ? writer.string(*text) : writer.null();
    } else {
      std::cout << "\n"
                << style.bold(part.name)
                << style.dim(
                       fmt::format("  {} at byte {}", shown_path(state_folder / part.file), format_count(part.offset)))
                << "\n"
                << (text ? pretty(*text) : "(" + text.error().message + ")") << "\n";
    }
  }
  if (global.json) std::cout << (writer.end_object(), line) << "\n";
}

}  // namespace

int items_command(const GlobalOptions& global, const ItemsOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto found = find_run(*config, options.run);
  if (!found) return show_error(global, found.error());
  store::ItemFilter filter;
  if (!options.status.empty()) filter.status = model::status_from_name(options.status);
  if (!options.reason.empty()) filter.reason = model::reason_from_name(options.reason);
  filter.limit = options.limit + (options.limit < UINT32_MAX ? 1 : 0);  // one more tells whether there are more
  auto items = found->store->items(found->run.id, filter);
  if (!items) return show_error(global, items.error());
  const bool more = items->size() > options.limit;
  if (more) items->pop_back();
  const auto canvas = canvas_of(global, 1);
  const auto number_columns = items->empty() ? 1U : width_of(std::to_string(items->back().item.sequence));
  for (const auto& state : *items)
    std::cout << (global.json ? item_json(state) : item_line(canvas, state, number_columns)) << "\n";
  if (!more || global.json) return exit_ok;
  std::cout << std::flush;
  say(global, LogLevel::info, fmt::format("These are the first {}; --limit shows more.", format_count(options.limit)));
  return exit_ok;
}

int show_command(const GlobalOptions& global, const ShowOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto found = find_run(*config, options.run);
  if (!found) return show_error(global, found.error());
  auto state = find_item(*found, options.item);
  if (!state) return show_error(global, state.error());
  auto shards = found->store->shards(found->run.id);
  if (!shards) return show_error(global, shards.error());
  auto attempts = found->store->attempts(found->run.id, state->item.sequence);
  if (!attempts) return show_error(global, attempts.error());
  const auto* shard = shard_of(*shards, state->item.shard);
  if (!shard) {
    return show_error(global, Error(ErrorKind::conflict, fmt::format("run {} is still being prepared", found->run.id),
                                    "look again when its rows have been read"));
  }
  print_parts(global, found->state_folder, *state, parts_of(*state, *shard, *attempts, *shards));
  return exit_ok;
}

}  // namespace batchd::cli
