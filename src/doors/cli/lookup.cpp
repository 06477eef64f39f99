#include "doors/cli/lookup.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/runner/item_life.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/workplace.hpp"
#include "ground/base/suggest.hpp"

namespace batchd::cli {
namespace {

constexpr std::uint32_t runs_looked_at = 1'000;
constexpr std::uint32_t prefixes_shown = 5;
constexpr std::size_t prefix_characters_min = 4;

Result<std::optional<model::Run>> unfinished_of_job(store::Store& store, std::string_view job) {
  auto runs = store.runs(job, runs_looked_at);
  if (!runs) return runs.error();
  const auto unfinished = std::find_if(runs->begin(), runs->end(), [](const auto& run) { return is_unfinished(run); });
  if (unfinished == runs->end()) return std::optional<model::Run>();
  return std::optional(std::move(*unfinished));
}

Result<std::optional<model::Run>> run_by_name(store::Store& store, std::string_view name) {
  // To the store no job means every job; `batchd cancel "$RUN"` of an unset RUN must not mean the newest of them.
  if (name.empty()) return std::optional<model::Run>();
  if (const auto at = name.find('@'); at != std::string_view::npos)
    return store.find_run(name.substr(0, at), name.substr(at + 1));
  auto of_job = store.runs(name, 1);
  if (!of_job) return of_job.error();
  if (!of_job->empty()) return std::optional(of_job->front());
  if (name.size() < prefix_characters_min) return std::optional<model::Run>();
  auto ids = store.run_ids_with_prefix(name, prefixes_shown);
  if (!ids) return ids.error();
  if (ids->empty()) return std::optional<model::Run>();
  if (ids->size() > 1) {
    return Error(ErrorKind::invalid, fmt::format("\"{}\" is the beginning of more than one run", name),
                 fmt::format("give more of it, for example {} or {}", ids->at(0), ids->at(1)));
  }
  auto run = store.run(ids->front());
  if (!run) return run.error();
  return std::optional(std::move(*run));
}

// A folder we may not look into is not an empty one.
Result<bool> is_there(const Path& database) {
  std::error_code fault;
  const auto status = std::filesystem::status(database, fault);
  if (std::filesystem::exists(status)) return true;
  if (status.type() == std::filesystem::file_type::not_found) return false;
  return Error(ErrorKind::io, fmt::format("{} cannot be read: {}", database.string(), fault.message()),
               "the state belongs to the user who ran batchd; run as that one, or name another with --state-dir");
}

// The newest run of that name whose record is gone.
Result<std::optional<model::PrunedRun>> pruned_by_name(store::Store& store, std::string_view name) {
  if (name.empty()) return std::optional<model::PrunedRun>();
  if (const auto at = name.find('@'); at != std::string_view::npos) {
    const auto key = name.substr(at + 1);
    const auto alike = store.pruned_runs_like(name.substr(0, at), key, {}, runs_looked_at);
    if (!alike) return alike.error();
    const auto same = std::find_if(alike->begin(), alike->end(), [&](const auto& run) { return run.key == key; });
    return same == alike->end() ? std::optional<model::PrunedRun>() : std::optional(*same);
  }
  auto found = store.pruned_runs(name, 1);
  if (found && found->empty() && name.size() >= prefix_characters_min) found = store.pruned_runs("", 1, name);
  if (!found) return found.error();
  if (found->empty()) return std::optional<model::PrunedRun>();
  return std::optional(std::move(found->front()));
}

Error no_such_run(std::vector<OpenedState>& states, std::string_view name) {
  std::vector<std::string> jobs;
  for (auto& state : states) {
    auto runs = state.store->runs("", runs_looked_at);
    if (!runs) continue;
    for (const auto& run : *runs)
      jobs.push_back(run.job);
  }
  const auto meant = suggest(name, jobs);
  return Error(ErrorKind::not_found, fmt::format("there is no run or job \"{}\"", name),
               meant          ? fmt::format("did you mean \"{}\"? `batchd runs` lists all", *meant)
               : jobs.empty() ? "nothing has run yet in this state directory (see --state-dir and --config)"
                              : "`batchd runs` lists all");
}

}  // namespace

job::ConfigOptions config_options(const GlobalOptions& global, std::optional<Path> job_file) {
  job::ConfigOptions options;
  options.file = global.config;
  options.job_file = std::move(job_file);
  options.state_folder = global.state_dir;
  options.current_folder = std::filesystem::current_path();
  options.environment = job::system_environment();
  return options;
}

std::optional<job::Config> load_config_here(const GlobalOptions& global) {
  auto loaded = job::load_config(config_options(global, std::nullopt));
  show_complaints(global, loaded.complaints);
  if (!loaded.ok()) return std::nullopt;
  return std::move(loaded.config);
}

Result<std::vector<OpenedState>> open_states(const job::Config& config) {
  std::vector<OpenedState> states;
  for (const bool simulated : {false, true}) {
    OpenedState state;
    state.folder = state_folder_of(config, simulated);
    state.simulated = simulated;
    const auto database = state.folder / "batchd.db";
    const auto there = is_there(database);
    if (!there) return there.error();
    if (!*there) continue;
    auto store = store::Store::open(database, store::Mode::read_only);
    // A process that has just begun is making its tables: nothing has run in it yet.
    if (!store && store.error().kind == ErrorKind::not_found) continue;
    if (!store) return store.error();
    state.store = std::move(*store);
    states.push_back(std::move(state));
  }
  return states;
}

Result<FoundRun> find_run(const job::Config& config, std::string_view name) {
  auto states = open_states(config);
  if (!states) return states.error();
  for (auto& state : *states) {
    auto run = run_by_name(*state.store, name);
    if (!run) return run.error();
    if (*run) return FoundRun{state.folder, std::move(state.store), std::move(**run)};
  }
  for (auto& state : *states) {
    const auto pruned = pruned_by_name(*state.store, name);
    if (!pruned) return pruned.error();
    if (*pruned)
      return Error(ErrorKind::not_found, told(**pruned),
                   "nothing more is known of it here: the config's `retention` kept its record for so long");
  }
  return no_such_run(*states, name);
}

bool is_unfinished(const model::Run& run) {
  return run.state != model::RunState::created && !model::is_final(run.state);
}

Result<FoundRun> find_run_to_act_on(const job::Config& config, std::string_view name) {
  auto states = open_states(config);
  if (!states) return states.error();
  for (auto& state : *states) {
    if (name.empty()) break;  // to the store no job means every job
    auto run = unfinished_of_job(*state.store, name);
    if (!run) return run.error();
    if (*run) return FoundRun{state.folder, std::move(state.store), std::move(**run)};
  }
  return find_run(config, name);
}

Result<store::ItemState> find_item(FoundRun& found, std::string_view name) {
  return runner::find_item(*found.store, found.run.id, name);
}

}  // namespace batchd::cli
