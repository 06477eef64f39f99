// status, runs, watch: where things stand.

#include <algorithm>
#include <iostream>

#include <fmt/format.h>
#include <poll.h>

#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/reading.hpp"
#include "ground/base/units.hpp"

namespace batchd::cli {
namespace {

constexpr std::uint32_t newest_shown = 10;

struct Listed {
  model::Run run;
  model::Counts counts;
};

Result<std::vector<Listed>> list_runs(const job::Config& config, const std::string& job, std::uint32_t limit) {
  auto states = open_states(config);
  if (!states) return states.error();
  std::vector<Listed> listed;
  for (auto& state : *states) {
    auto runs = state.store->runs(job, limit);
    if (!runs) return runs.error();
    for (auto& run : *runs) {
      auto counts = state.store->counts(run.id);
      if (!counts) return counts.error();
      listed.push_back({std::move(run), *counts});
    }
  }
  std::sort(listed.begin(), listed.end(), [](const auto& a, const auto& b) { return a.run.id > b.run.id; });
  if (listed.size() > limit) listed.resize(limit);
  return listed;
}

int show_list(const GlobalOptions& global, const std::string& job, std::uint32_t limit) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto listed = list_runs(*config, job, limit);
  if (!listed) return show_error(global, listed.error());
  if (listed->empty() && !job.empty()) {
    auto found = find_run(*config, job);  // says what there is instead
    if (!found) return show_error(global, found.error());
  }
  const Style style(global.color && is_terminal(1));
  const auto now = SystemClock().now();
  for (const auto& entry : *listed) {
    std::cout << (global.json ? run_json(entry.run, entry.counts, now) : run_line(style, entry.run, entry.counts, now))
              << "\n";
  }
  if (listed->empty() && !global.json && !global.quiet)
    std::cerr << fmt::format("Nothing has run yet in {}.\n", shown_path(config->state_folder));
  return exit_ok;
}

int show_one(const GlobalOptions& global, const std::string& name) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto found = find_run(*config, name);
  if (!found) return show_error(global, found.error());
  auto counts = found->store->counts(found->run.id);
  if (!counts) return show_error(global, counts.error());
  const auto now = SystemClock().now();
  const Style style(global.color && is_terminal(1));
  std::cout << (global.json ? run_json(found->run, *counts, now) + "\n" : run_paragraphs(style, *found, *counts, now));
  return exit_ok;
}

// The happenings not yet printed; how many there are now.
Result<std::size_t> print_news(const GlobalOptions& global, FoundRun& found, std::size_t printed) {
  constexpr std::uint32_t happenings_max = 1'000'000;
  auto happenings = found.store->happenings(found.run.id, happenings_max);
  if (!happenings) return happenings.error();
  for (auto i = printed; i < happenings->size() && !global.json; ++i) {
    const auto& happening = happenings->at(i);
    std::cout << format_utc(happening.at) << "  "
              << (happening.shard > 0 ? fmt::format("shard {}: ", happening.shard) : "") << happening.text << "\n";
  }
  std::cout << std::flush;
  return happenings->size();
}

}  // namespace

int runs_command(const GlobalOptions& global, const RunsOptions& options) {
  return show_list(global, options.job, options.limit);
}

int status_command(const GlobalOptions& global, const StatusOptions& options) {
  return options.run.empty() ? show_list(global, "", newest_shown) : show_one(global, options.run);
}

int watch_command(const GlobalOptions& global, const WatchOptions& options) {
  constexpr int between_looks_ms = 1'000;
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto found = find_run(*config, options.run);
  if (!found) return show_error(global, found.error());
  std::size_t printed = 0;
  for (;;) {
    auto news = print_news(global, *found, printed);
    if (!news) return show_error(global, news.error());
    printed = *news;
    auto run = found->store->run(found->run.id);
    if (!run) return show_error(global, run.error());
    auto counts = found->store->counts(run->id);
    if (!counts) return show_error(global, counts.error());
    if (global.json) std::cout << run_json(*run, *counts, SystemClock().now()) << std::endl;
    if (model::is_final(run->state)) {
      show_closing(global, *run, *counts, false);
      return options.exit_status ? run->exit_code : exit_ok;
    }
    ::poll(nullptr, 0, between_looks_ms);  // a signal ends the process, which holds nothing
  }
}

}  // namespace batchd::cli
