// items, show: what became of the rows.

#include <iostream>

#include <fmt/format.h>

#include "core/runner/item_life.hpp"
#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/reading.hpp"
#include "ground/base/units.hpp"
#include "ground/json/pretty.hpp"
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

// A part of an item's life: where it lies, and what it is called.
struct Part {
  std::string name;
  model::BlobRef place;
};

std::vector<Part> parts_of(const runner::ItemLife& life) {
  std::vector<Part> parts;
  parts.push_back({"row", life.row});
  if (life.request) parts.push_back({"request", life.request});
  for (const auto& attempt : life.attempts)
    if (attempt.answer) parts.push_back({fmt::format("answer {}", attempt.record.outcome.attempt), attempt.answer});
  if (life.result) parts.push_back({"result", life.result});
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
    auto text = runner::read_blob(state_folder, part.place);
    if (global.json) {
      writer.key(part.name);
      text ? writer.string(*text) : writer.null();
    } else {
      std::cout << "\n"
                << style.bold(part.name)
                << style.dim(fmt::format("  {} at byte {}", shown_path(state_folder / part.place.file),
                                         format_count(part.place.offset)))
                << "\n"
                << (text ? json::pretty(*text) : "(" + text.error().message + ")") << "\n";
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
  const auto life = runner::life_of(*found->store, found->run.id, std::move(*state));
  if (!life) return show_error(global, life.error());
  print_parts(global, found->state_folder, life->state, parts_of(*life));
  return exit_ok;
}

}  // namespace batchd::cli
