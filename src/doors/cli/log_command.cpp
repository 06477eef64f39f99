// log: what happened to a run, and when.

#include <iostream>

#include <fmt/format.h>

#include "core/runner/run_facts.hpp"
#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/lookup.hpp"
#include "ground/json/writer.hpp"

namespace batchd::cli {
namespace {

void print_json(const model::Run& run, const model::Happening& happening) {
  std::string line;
  json::Writer writer(line);
  writer.begin_object().key("type").string("happening").key("time").string(format_utc(happening.at, true));
  writer.key("run").string(run.id).key("shard");
  happening.shard > 0 ? writer.unsigned_integer(happening.shard) : writer.null();
  writer.key("kind").string(happening.kind).key("text").string(happening.text).end_object();
  std::cout << line << "\n";
}

// Who has not heard of it, as it stands: no happening, since it goes on.
void print_untold(const GlobalOptions& global, const model::Run& run, const report::Untold& untold) {
  const auto now = SystemClock().now();
  const auto text = report::untold_sentence(untold, now);
  if (!global.json) {
    std::cout << std::flush;
    return say(global, LogLevel::warning, printable(text));
  }
  std::string line;
  json::Writer writer(line);
  writer.begin_object().key("type").string("untold").key("time").string(format_utc(now, true));
  writer.key("run").string(run.id).key("event").string(untold.event).key("to").string(untold.to);
  writer.key("text").string(text).end_object();
  std::cout << line << "\n";
}

void print_text(const Canvas& canvas, const model::Happening& happening) {
  const auto time = canvas.person ? canvas.style.dim(local_second(happening.at)) : format_utc(happening.at);
  std::cout << time << "  " << (happening.shard > 0 ? fmt::format("shard {}: ", happening.shard) : "")
            << printable(happening.text) << "\n";
}

}  // namespace

int log_command(const GlobalOptions& global, const LogOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto found = find_run(*config, options.run);
  if (!found) return show_error(global, found.error());
  const auto happenings = found->store->happenings(found->run.id, options.limit);
  if (!happenings) return show_error(global, happenings.error());
  const auto canvas = canvas_of(global, 1);
  for (const auto& happening : *happenings)
    global.json ? print_json(found->run, happening) : print_text(canvas, happening);
  const auto untold = runner::untold_of(*found->store, found->run.id);
  if (!untold) return show_error(global, untold.error());
  for (const auto& one : *untold)
    print_untold(global, found->run, one);
  if (happenings->empty() && !global.json)
    say(global, LogLevel::info, fmt::format("Nothing has happened to run {} yet.", found->run.id));
  return exit_ok;
}

}  // namespace batchd::cli
