// status, runs, watch: where things stand.

#include <algorithm>
#include <iostream>
#include <iterator>

#include <fmt/format.h>
#include <poll.h>

#include "doors/cli/commands.hpp"
#include "doors/cli/daemon_client.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/reading.hpp"
#include "doors/cli/workplace.hpp"
#include "ground/base/units.hpp"
#include "ground/json/writer.hpp"

namespace batchd::cli {
namespace {

constexpr std::uint32_t finished_shown = 10;
constexpr std::uint32_t refused_shown = 10;
constexpr std::uint32_t happenings_shown = 6;
constexpr std::uint32_t runs_looked_at = 1'000;

// Of every state, newest first.
Result<std::vector<model::Run>> all_runs(std::vector<OpenedState>& states, const std::string& job,
                                         std::uint32_t limit) {
  std::vector<model::Run> all;
  for (auto& state : states) {
    auto runs = state.store->runs(job, limit);
    if (!runs) return runs.error();
    std::move(runs->begin(), runs->end(), std::back_inserter(all));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id > b.id; });
  return all;
}

Result<RunFacts> facts_of_run(std::vector<OpenedState>& states, const model::Run& run) {
  for (auto& state : states) {
    if (state.simulated == run.simulated) return facts_of(*state.store, run);
  }
  return Error(ErrorKind::not_found, fmt::format("run {} is in no state there is", run.id));
}

// A line each, objects under --json.
Status print_runs(const GlobalOptions& global, std::vector<OpenedState>& states, const std::vector<model::Run>& runs) {
  const auto canvas = canvas_of(global, 1);
  const auto now = SystemClock().now();
  std::vector<ListedRun> listed;
  for (const auto& run : runs) {
    auto facts = facts_of_run(states, run);
    if (!facts) return facts.error();
    if (global.json) {
      std::cout << run_json(*facts, now, report::Told::run) << "\n";
    } else {
      listed.push_back({run, facts->counts, canvas.person ? short_id(states, run.id) : ""});
    }
  }
  if (listed.empty()) return {};
  for (const auto& line : run_table(canvas, listed, now))
    std::cout << line << "\n";
  return {};
}

int say_nothing_ran(const GlobalOptions& global, const job::Config& config, std::vector<OpenedState>& states) {
  bool any_pruned = false;
  for (auto& state : states) {
    const auto pruned = state.store->pruned_runs("", 1);
    if (!pruned) return show_error(global, pruned.error());
    any_pruned = any_pruned || !pruned->empty();
  }
  const auto where = shown_path(config.state_folder);
  if (!global.json)
    say(global, LogLevel::info,
        any_pruned ? fmt::format("In {} no record of a run is kept any more (retention.ledger).", where)
                   : fmt::format("Nothing has run yet in {}.", where));
  return exit_ok;
}

void say_more(const GlobalOptions& global, std::size_t more, std::string_view how) {
  if (more == 0 || global.json) return;
  std::cout << std::flush;
  say(global, LogLevel::info, fmt::format("… and {} more; {}", format_count(more), how));
}

// An unfinished run, and how it stands.
void print_standing(const Canvas& canvas, std::vector<OpenedState>& states, const RunFacts& facts, Time now) {
  constexpr unsigned indent = 2;
  const auto& run = facts.run;
  const auto standing = standing_of(facts, owner_of(run), now);
  const auto id = canvas.person ? short_id(states, run.id) : run.id;
  std::cout << fmt::format("{}  {}  {}{}\n", canvas.style.bold(run.job), name_of(run.state), id,
                           run.simulated ? canvas.style.dim("  simulated") : "");
  std::cout << std::string(indent, ' ') << standing_paragraph(canvas, standing, indent) << "\n";
  if (!standing.command.empty()) std::cout << fmt::format("  batchd {} {}\n", standing.command, id);
  std::cout << "\n";
}

// What the daemon cannot use, where one is at work: without this its jobs would just not come.
void print_broken_files(const GlobalOptions& global, const job::Config& config) {
  const auto daemon = DaemonClient::find(state_folder_of(config, false));
  if (!daemon) return;
  const auto files = daemon->broken_files();
  if (!files) return say(global, LogLevel::warning, "the daemon does not tell of its jobs: " + files.error().message);
  const auto style = canvas_of(global, 1).style;
  for (const auto& one : *files) {
    if (global.json) {
      std::string line;
      json::Writer writer(line);
      writer.begin_object().key("type").string("job").key("time").string(format_utc(SystemClock().now(), true));
      writer.key("file").string(one.file).key("name");
      one.job.empty() ? writer.null() : writer.string(one.job);
      writer.key("broken").boolean(true).key("usable").boolean(one.was_good).key("complaints").begin_array();
      for (const auto& text : one.complaints)
        writer.string(text);
      writer.end_array().end_object();
      std::cout << line << "\n";
      continue;
    }
    std::cout << fmt::format("{}  {}{}\n", style.bold(one.job.empty() ? one.file : one.job), style.red("broken"),
                             one.was_good ? "  the job goes on as its file last was good" : "");
    for (const auto& text : one.complaints)
      std::cout << "  " << printable(text) << "\n";
    std::cout << "\n";
  }
}

// Nights that nobody has had, until one is begun again.
Status say_refused(const GlobalOptions& global, std::vector<OpenedState>& states, Time now) {
  for (auto& state : states) {
    const auto refused = state.store->refused_runs(refused_shown);
    if (!refused) return refused.error();
    for (const auto& due : *refused) {
      const auto adopted = state.store->find_run(due.job, format_utc(due.at));
      if (!adopted) return adopted.error();
      if (*adopted) continue;
      auto why = due.detail;
      std::replace(why.begin(), why.end(), '\n', ' ');
      say(global, LogLevel::warning,
          fmt::format("{} was due {} ({}) and was not begun: {}", due.job, format_utc(due.at), format_ago(due.at, now),
                      printable(why)));
    }
  }
  return {};
}

Status say_untold(const GlobalOptions& global, std::vector<OpenedState>& states) {
  store::UntoldCounts all;
  for (auto& state : states) {
    const auto untold = state.store->untold();
    if (!untold) return untold.error();
    all.failing += untold->failing;
    all.given_up += untold->given_up;
  }
  const auto text = report::untold_messages(all.failing, all.given_up);
  if (!text.empty()) say(global, LogLevel::warning, text + " `batchd status RUN` and `batchd log RUN` say why.");
  return {};
}

int show_all(const GlobalOptions& global) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  print_broken_files(global, *config);
  auto states = open_states(*config);
  if (!states) return show_error(global, states.error());
  auto runs = all_runs(*states, "", runs_looked_at);
  if (!runs) return show_error(global, runs.error());
  if (runs->empty()) return say_nothing_ran(global, *config, *states);
  const auto canvas = canvas_of(global, 1);
  const auto now = SystemClock().now();
  std::vector<model::Run> finished;
  for (auto& run : *runs) {
    if (model::is_final(run.state)) {
      finished.push_back(std::move(run));
      continue;
    }
    auto facts = facts_of_run(*states, run);
    if (!facts) return show_error(global, facts.error());
    if (global.json) {
      std::cout << run_json(*facts, now, report::Told::shards) << "\n";
    } else {
      print_standing(canvas, *states, *facts, now);
    }
  }
  const auto more = finished.size() - std::min<std::size_t>(finished.size(), finished_shown);
  finished.resize(finished.size() - more);
  if (auto printed = print_runs(global, *states, finished); !printed) return show_error(global, printed.error());
  say_more(global, more, fmt::format("batchd runs --limit {} lists them", runs->size()));
  if (auto told = say_refused(global, *states, now); !told) return show_error(global, told.error());
  if (auto told = say_untold(global, *states); !told) return show_error(global, told.error());
  return exit_ok;
}

int show_one(const GlobalOptions& global, const std::string& name) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto found = find_run(*config, name);
  if (!found) return show_error(global, found.error());
  auto facts = facts_of(*found->store, found->run);
  if (!facts) return show_error(global, facts.error());
  auto lately = found->store->happenings(found->run.id, happenings_shown);
  if (!lately) return show_error(global, lately.error());
  const auto now = SystemClock().now();
  std::cout << (global.json ? run_json(*facts, now, report::Told::shards) + "\n"
                            : status_page(canvas_of(global, 1), *facts, *lately, now));
  return exit_ok;
}

// The happenings not yet printed; how many there are now.
Result<std::size_t> print_news(const GlobalOptions& global, FoundRun& found, std::size_t printed) {
  constexpr std::uint32_t happenings_max = 1'000'000;
  auto happenings = found.store->happenings(found.run.id, happenings_max);
  if (!happenings) return happenings.error();
  const bool person = is_terminal(1);
  for (auto i = printed; i < happenings->size() && !global.json; ++i) {
    const auto& happening = happenings->at(i);
    const auto when = (person ? clock_time(happening.at, SystemClock().now()) : format_utc(happening.at)) + "  ";
    const auto what =
        (happening.shard > 0 ? fmt::format("shard {}: ", happening.shard) : "") + printable(happening.text);
    const auto columns = columns_of(1);
    const auto room = columns - std::min(columns - 1, width_of(when));
    const auto lines = person ? wrapped(what, room) : std::vector<std::string>{what};
    for (std::size_t line = 0; line < lines.size(); ++line)
      std::cout << (line == 0 ? when : std::string(width_of(when), ' ')) << lines[line] << "\n";
  }
  std::cout << std::flush;
  return happenings->size();
}

}  // namespace

int runs_command(const GlobalOptions& global, const RunsOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto states = open_states(*config);
  if (!states) return show_error(global, states.error());
  auto runs = all_runs(*states, options.job, std::max(options.limit, runs_looked_at));
  if (!runs) return show_error(global, runs.error());
  if (runs->empty() && !options.job.empty()) {
    auto found = find_run(*config, options.job);  // says what there is instead
    if (!found) return show_error(global, found.error());
  }
  if (runs->empty()) return say_nothing_ran(global, *config, *states);
  const auto more = runs->size() - std::min<std::size_t>(runs->size(), options.limit);
  runs->resize(runs->size() - more);
  if (auto printed = print_runs(global, *states, *runs); !printed) return show_error(global, printed.error());
  say_more(global, more, "--limit N shows them");
  return exit_ok;
}

int status_command(const GlobalOptions& global, const StatusOptions& options) {
  return options.run.empty() ? show_all(global) : show_one(global, options.run);
}

int follow(const GlobalOptions& global, FoundRun& found) {
  constexpr int between_looks_ms = 1'000;
  std::size_t printed = 0;
  for (;;) {
    auto news = print_news(global, found, printed);
    if (!news) return show_error(global, news.error());
    printed = *news;
    auto run = found.store->run(found.run.id);
    if (!run) return show_error(global, run.error());
    auto counts = found.store->counts(run->id);
    if (!counts) return show_error(global, counts.error());
    if (global.json)
      std::cout << run_json({*run, *counts, {}, {}}, SystemClock().now(), report::Told::run) << std::endl;
    if (model::is_final(run->state)) {
      show_closing(global, *run, *counts, false);
      return run->exit_code;
    }
    ::poll(nullptr, 0, between_looks_ms);  // a signal ends the process, which holds nothing
  }
}

int watch_command(const GlobalOptions& global, const WatchOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto found = find_run(*config, options.run);
  if (!found) return show_error(global, found.error());
  const int code = follow(global, *found);
  const auto run = found->store->run(found->run.id);
  const bool is_over = run && model::is_final(run->state);
  return is_over && !options.exit_status ? exit_ok : code;
}

}  // namespace batchd::cli
