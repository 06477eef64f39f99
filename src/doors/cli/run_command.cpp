#include <iostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/cli/commands.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/sessions.hpp"

namespace batchd::cli {
namespace {

// The job asks for something else than its unfinished run was asked: nobody guesses which of the two is meant.
int show_elsewhere(const GlobalOptions& global, const model::Run& run, const model::JobSpec& now) {
  auto then = job::thaw(run.frozen_job);
  if (!then) return show_error(global, then.error());
  auto changed = job::differences(*then, now);
  if (changed.empty()) changed.push_back("the content of " + now.input.path_as_written);
  return show_error(
      global, Error(ErrorKind::invalid,
                    fmt::format("run {} of {} is unfinished, and the job has changed since: {}", run.id, run.job,
                                fmt::join(changed, ", ")),
                    fmt::format("`batchd resume {}` finishes it as it began, or add --new to start another beside it",
                                run.id)));
}

// An unfinished run goes on as it was frozen; of today's job only what may change on the way is taken (contract.md).
Result<model::JobSpec> frozen_with_todays(const model::Run& run, const model::JobSpec& today) {
  auto job = job::thaw(run.frozen_job);
  if (!job) return job;
  job->description = today.description;
  job->batch = today.batch;
  job->recover = today.recover;
  job->budget = today.budget;
  job->reuse = today.reuse;
  job->labels = today.labels;
  job->min_success = today.min_success;
  job->schedule = today.schedule;
  job->deadline = today.deadline;
  return job;
}

int show_again(Workplace& place, const GlobalOptions& global, const model::Run& run) {
  auto counts = place.store().counts(run.id);
  if (!counts) return show_error(global, counts.error());
  show_closing(global, run, *counts, true);
  return run.exit_code;
}

// Nothing was prepared, and why; or nothing when there is a run to go on with.
std::optional<int> show_unstarted(const GlobalOptions& global, const Result<runner::Start>& start,
                                  const Signals& signals, const model::JobSpec& job) {
  if (!start) {
    if (start.error().kind != ErrorKind::cancelled || signals.first == 0) return show_error(global, start.error());
    if (!global.quiet) std::cerr << "Stopped while the input was being read; nothing was sent and nothing is kept.\n";
    return exit_signal_base + signals.first;
  }
  if (const auto* refused = std::get_if<runner::Refused>(&*start)) {
    show_refused_rows(global, *refused);
    return exit_usage;
  }
  if (const auto* elsewhere = std::get_if<runner::Elsewhere>(&*start))
    return show_elsewhere(global, elsewhere->run, job);
  return std::nullopt;
}

int run_job(const GlobalOptions& global, const RunOptions& options, const LoadedAll& loaded) {
  auto spec = loaded.config.providers.at(loaded.job.provider);
  if (options.simulate) spec = as_simulated(std::move(spec));
  const auto may_send = provider::check_key(spec);

  auto place = Workplace::open(state_folder_of(loaded.config, options.simulate), global);
  if (!place) return show_error(global, place.error());
  auto provider = reach_provider(**place, spec, loaded.job, options.simulator);
  if (!provider) return show_error(global, provider.error());
  const auto display = make_display(global, (*place)->loop().clock());
  const auto signals = take_signals(**place);

  runner::Ask ask;
  ask.job = loaded.job;
  ask.frozen_job = job::freeze(loaded.job);
  ask.provider = spec;
  ask.key = options.key;
  ask.new_run = options.new_run;
  if (!may_send) ask.blocked = may_send.error();
  auto& around = (*place)->surroundings();
  const auto start = (*place)->loop().run(runner::find_or_prepare(around, ask, *display, signals->stop));
  display->close();  // it is drawn again with the first change
  if (const auto code = show_unstarted(global, start, *signals, loaded.job)) return *code;

  const auto* existing = std::get_if<runner::Existing>(&*start);
  if (existing && model::is_final(existing->run.state)) {
    if (options.no_wait) show_bare_id(global, existing->run.id);
    return show_again(**place, global, existing->run);
  }
  if (!may_send) return show_error(global, may_send.error());
  auto job = existing ? frozen_with_todays(existing->run, loaded.job) : Result<model::JobSpec>(loaded.job);
  if (!job) return show_error(global, job.error());
  Driven driven{std::move(*job), spec, loaded.config.prices, options.give_up_after, options.no_wait};
  const auto id = existing ? existing->run.id : std::get<runner::Fresh>(*start).run;
  return drive_to_end(**place, **provider, *display, global, id, driven, *signals);
}

}  // namespace

int run_command(const GlobalOptions& global, const RunOptions& options) {
  if (options.plan_only) return plan_command(global, PlanOptions{options.job});
  if (!options.simulate && !options.simulator.faults.empty()) {
    return show_error(global,
                      Error(ErrorKind::invalid, "--fault is for rehearsals", "add --simulate, or leave it out"));
  }
  auto loaded = load_all(global, options.job);
  if (!loaded) return exit_usage;  // the complaints are shown
  return run_job(global, options, *loaded);
}

}  // namespace batchd::cli
