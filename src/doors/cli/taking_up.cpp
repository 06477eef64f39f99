#include "doors/cli/taking_up.hpp"

#include <fmt/format.h>

namespace batchd::cli {
namespace {

// As the run's own command said it.
SimulatorArguments world_of(const model::JobSpec& job) {
  if (!job.rehearsal) return {};
  return {job.rehearsal->seed, job.rehearsal->faults};
}

}  // namespace

Result<TakenUp> take_up(const GlobalOptions& global, const job::Config& config, const model::Run& run,
                        std::optional<Duration> give_up_after, bool asks_provider) {
  auto job = job::thaw(run.frozen_job);
  if (!job) return job.error();
  const auto found = config.providers.find(run.provider);
  if (found == config.providers.end())
    return Error(ErrorKind::invalid, fmt::format("the run's provider \"{}\" is no longer in the config", run.provider),
                 "put it back, or give the config it was started with by --config");
  auto spec = as_patient_as(run.simulated ? as_simulated(found->second) : found->second, give_up_after);
  if (asks_provider) {
    if (auto key = provider::check_key(spec, read_variable); !key) return key.error();
  }
  auto place = Workplace::open(state_folder_of(config, run.simulated), global);
  if (!place) return place.error();
  auto provider = reach_provider(**place, spec, *job, world_of(*job));
  if (!provider) return provider.error();
  return TakenUp{std::move(*place), *provider, Driven{std::move(*job), spec, config.prices, give_up_after, false}};
}

int drive_on(TakenUp& taken, const GlobalOptions& global, const std::string& run) {
  const auto display = make_display(global, taken.place->loop().clock());
  const auto signals = take_signals(*taken.place);
  return drive_to_end(*taken.place, *taken.provider, *display, global, run, taken.driven, *signals);
}

int show_final(const GlobalOptions& global, FoundRun& found) {
  auto counts = found.store->counts(found.run.id);
  if (!counts) return show_error(global, counts.error());
  show_closing(global, found.run, *counts, true);
  return found.run.exit_code;
}

Error still_preparing(const model::Run& run) {
  return Error(ErrorKind::conflict, fmt::format("run {} was never prepared to its end: nothing of it was sent", run.id),
               "`batchd run` of its job starts it again; if a process still reads its rows, stop that one");
}

}  // namespace batchd::cli
