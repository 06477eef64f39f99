// pause, unpause: rows of the state that every process looks at. Nothing is sent and nobody is asked.

#include <algorithm>
#include <iostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/reading.hpp"
#include "doors/cli/workplace.hpp"
#include "ground/base/suggest.hpp"
#include "ground/base/units.hpp"
#include "ground/json/writer.hpp"

namespace batchd::cli {
namespace {

using model::Pause;
using model::PauseOf;

constexpr std::uint32_t runs_looked_at = 1'000;
constexpr std::size_t prefix_characters_min = 4;

// What was typed, and the state it is of.
struct Target {
  Pause pause;
  Path state_folder;
  bool has_runs = true;  // false: of a job that nothing is known of yet
};

std::string shown(const Pause& pause) {
  switch (pause.of) {
    case PauseOf::run:
      return "run " + pause.name;
    case PauseOf::job:
      return "job " + pause.name;
    case PauseOf::provider:
      return "provider " + pause.name;
  }
  return pause.name;
}

std::string since(const Pause& pause, Time now) {
  return fmt::format("since {} ({})", clock_time(pause.since, now), format_ago(pause.since, now));
}

void print_json(std::string_view type, const Pause& pause, std::optional<bool> changed) {
  std::string line;
  json::Writer writer(line);
  writer.begin_object().key("type").string(type).key("time").string(format_utc(SystemClock().now(), true));
  writer.key("of").string(name_of(pause.of)).key("name").string(pause.name).key("since");
  type == "pause" ? writer.string(format_utc(pause.since, true)) : writer.null();
  if (changed) writer.key("changed").boolean(*changed);
  writer.end_object();
  std::cout << line << std::endl;
}

Error no_such_provider(const job::Config& config, const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& [known, spec] : config.providers)
    names.push_back(known);
  return Error(ErrorKind::invalid, fmt::format("there is no provider \"{}\"", name),
               fmt::format("there are {}", fmt::join(names, ", ")));
}

// A job may be paused before its first run. What may as well be a run that is not here, or a known job's name with a
// slip in it, is none.
bool may_be_a_job_to_come(store::Store* store, const std::string& name) {
  constexpr std::size_t characters_max = 100;  // as the job schema has it
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  if (name.empty() || name.size() > characters_max || letters.find(name.front()) == letters.npos) return false;
  if (name.find_first_not_of(std::string(letters) + "._-") != name.npos) return false;
  const bool is_like_a_run = name.starts_with("01") && name.size() >= prefix_characters_min &&
                             name.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz") == name.npos;
  if (is_like_a_run) return false;
  if (!store) return true;
  const auto runs = store->runs("", runs_looked_at);
  std::vector<std::string> jobs;
  for (const auto& run : runs ? *runs : std::vector<model::Run>())
    jobs.push_back(run.job);
  return !suggest(name, jobs).has_value();
}

// A job's name is the job, whatever runs it has; everything else is one run, or a job that has not run yet.
Result<Target> target_of(const job::Config& config, const PauseOptions& options) {
  if (options.provider) return Target{{PauseOf::provider, *options.provider, {}}, state_folder_of(config, false)};
  auto states = open_states(config);
  if (!states) return states.error();
  for (auto& state : *states) {
    const auto runs = state.store->runs(options.target, 1);
    if (!runs) return runs.error();
    if (!options.target.empty() && !runs->empty()) return Target{{PauseOf::job, options.target, {}}, state.folder};
  }
  auto found = find_run(config, options.target);
  if (found) return Target{{PauseOf::run, found->run.id, {}}, found->state_folder};
  const auto ours = state_folder_of(config, false);
  const auto real = std::find_if(states->begin(), states->end(), [](const auto& one) { return !one.simulated; });
  auto* store = real == states->end() ? nullptr : real->store.get();
  if (found.error().kind == ErrorKind::not_found && may_be_a_job_to_come(store, options.target))
    return Target{{PauseOf::job, options.target, {}}, ours, false};
  return found.error();
}

// The unfinished runs that it holds for, oldest first.
Result<std::vector<model::Run>> runs_held_by(store::Store& store, const Pause& pause) {
  auto runs = store.runs(pause.of == PauseOf::job ? pause.name : "", runs_looked_at);
  if (!runs) return runs;
  std::erase_if(*runs, [&](const model::Run& run) { return !is_unfinished(run) || !holds(pause, run); });
  std::reverse(runs->begin(), runs->end());
  return runs;
}

int list(const GlobalOptions& global, const job::Config& config) {
  auto states = open_states(config);
  if (!states) return show_error(global, states.error());
  const auto now = SystemClock().now();
  bool any = false;
  for (auto& state : *states) {
    const auto pauses = state.store->pauses();
    if (!pauses) return show_error(global, pauses.error());
    for (const auto& pause : *pauses) {
      any = true;
      if (global.json) {
        print_json("pause", pause, std::nullopt);
        continue;
      }
      const auto runs = runs_held_by(*state.store, pause);
      if (!runs) return show_error(global, runs.error());
      std::cout << fmt::format("{}  paused {}, {}{}  batchd unpause {}\n", shown(pause), since(pause, now),
                               counted(runs->size(), "unfinished run"), state.simulated ? ", simulated" : "",
                               argument_of(pause));
    }
  }
  if (!any && !global.json) say(global, LogLevel::info, "Nothing is paused.");
  return exit_ok;
}

int pause(const GlobalOptions& global, const Target& target) {
  auto place = Workplace::open(target.state_folder, global);  // a provider may be paused before anything has run
  if (!place) return show_error(global, place.error());
  auto& store = (*place)->store();
  auto wish = target.pause;
  wish.since = SystemClock().now();
  const auto changed = store.pause(wish);
  if (!changed) return show_error(global, changed.error());
  const auto pauses = store.pauses();
  if (!pauses) return show_error(global, pauses.error());
  for (const auto& pause : *pauses)
    if (pause.of == wish.of && pause.name == wish.name) wish = pause;
  if (global.json) print_json("pause", wish, *changed);
  if (!*changed) {
    say(global, LogLevel::info,
        fmt::format("The {} is paused already, {}; nothing is changed.", shown(wish),
                    since(wish, SystemClock().now())));
    return exit_ok;
  }
  say(global, LogLevel::info,
      fmt::format("Paused the {}: nothing more is submitted; what is at the provider is collected.\n  go on:  batchd "
                  "unpause {}",
                  shown(wish), argument_of(wish)));
  if (!target.has_runs)
    say(global, LogLevel::info, fmt::format("  No run of {} is known here yet: its first one will wait.", wish.name));
  const auto runs = runs_held_by(store, wish);
  if (!runs) return show_error(global, runs.error());
  for (const auto& run : *runs)
    if (const auto owner = owner_of(run))
      say(global, LogLevel::info,
          fmt::format("  Process {} works on run {} and heeds it within seconds.", owner->process.pid, run.id));
  return exit_ok;
}

// How each of the runs that were held goes on now.
Status tell_what_follows(const GlobalOptions& global, store::Store& store, const Pause& ended) {
  const auto pauses = store.pauses();
  if (!pauses) return pauses.error();
  const auto runs = runs_held_by(store, ended);
  if (!runs) return runs.error();
  for (const auto& run : *runs) {
    const auto other = std::find_if(pauses->begin(), pauses->end(), [&](const Pause& one) { return holds(one, run); });
    const auto owner = owner_of(run);
    if (other != pauses->end()) {
      say(global, LogLevel::info,
          fmt::format("  Run {} stays paused by the {}: batchd unpause {}", run.id, shown(*other),
                      argument_of(*other)));
    } else if (owner) {
      say(global, LogLevel::info,
          fmt::format("  Process {} goes on with run {} within seconds.", owner->process.pid, run.id));
    } else {
      say(global, LogLevel::info,
          fmt::format("  Nobody works on run {}; `batchd resume {}` goes on with it.", run.id, run.id));
    }
  }
  return {};
}

int unpause(const GlobalOptions& global, const Target& target) {
  auto store = store::Store::open(target.state_folder / "batchd.db", store::Mode::read_write);
  if (!store) return show_error(global, store.error());
  const auto changed = (*store)->unpause(target.pause.of, target.pause.name);
  if (!changed) return show_error(global, changed.error());
  if (global.json) print_json("unpause", target.pause, *changed);
  say(global, LogLevel::info,
      *changed ? fmt::format("The {} is no longer paused.", shown(target.pause))
               : fmt::format("The {} is not paused; nothing is changed.", shown(target.pause)));
  if (auto told = tell_what_follows(global, **store, target.pause); !told) return show_error(global, told.error());
  return exit_ok;
}

// What is paused may be named without knowing whether it still has runs.
Result<std::optional<Target>> paused_target(const job::Config& config, const PauseOptions& options) {
  auto states = open_states(config);
  if (!states) return states.error();
  for (auto& state : *states) {
    const auto pauses = state.store->pauses();
    if (!pauses) return pauses.error();
    for (const auto& pause : *pauses) {
      const bool is_named = options.provider ? pause.of == PauseOf::provider && pause.name == *options.provider
                                             : pause.of != PauseOf::provider && pause.name == options.target;
      const bool is_begun = !options.provider && pause.of == PauseOf::run &&
                            options.target.size() >= prefix_characters_min && pause.name.starts_with(options.target);
      if (is_named || is_begun) return std::optional(Target{pause, state.folder});
    }
  }
  return std::optional<Target>();
}

std::optional<Error> fault_of(const job::Config& config, const PauseOptions& options) {
  if (options.provider && !options.target.empty())
    return Error(ErrorKind::invalid, "a run or job, or a provider: not both at once", "pause one after the other");
  if (options.provider && !config.providers.contains(*options.provider))
    return no_such_provider(config, *options.provider);
  return std::nullopt;
}

}  // namespace

int pause_command(const GlobalOptions& global, const PauseOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  if (options.target.empty() && !options.provider) return list(global, *config);
  if (const auto fault = fault_of(*config, options)) return show_error(global, *fault);
  const auto target = target_of(*config, options);
  if (!target) return show_error(global, target.error());
  if (target->pause.of == PauseOf::run) {
    auto found = find_run(*config, target->pause.name);
    if (!found) return show_error(global, found.error());
    if (model::is_final(found->run.state)) {
      say(global, LogLevel::info,
          fmt::format("Run {} is over ({}): there is nothing to pause.", found->run.id, name_of(found->run.state)));
      return exit_ok;
    }
  }
  return pause(global, *target);
}

int unpause_command(const GlobalOptions& global, const UnpauseOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  if (options.target.empty() && !options.provider)
    return show_error(global, Error(ErrorKind::invalid, "what shall go on?", "`batchd pause` lists what is paused"));
  auto paused = paused_target(*config, options);
  if (!paused) return show_error(global, paused.error());
  if (*paused) return unpause(global, **paused);
  if (const auto fault = fault_of(*config, options)) return show_error(global, *fault);
  const auto target = target_of(*config, options);
  if (!target) return show_error(global, target.error());
  if (options.provider && !path_exists(target->state_folder / "batchd.db")) {
    say(global, LogLevel::info, fmt::format("The {} is not paused; nothing is changed.", shown(target->pause)));
    return exit_ok;
  }
  return unpause(global, *target);
}

}  // namespace batchd::cli
