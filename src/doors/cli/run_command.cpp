#include <algorithm>
#include <iostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/cli/commands.hpp"
#include "doors/cli/daemon_client.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/loading.hpp"
#include "doors/cli/lost_run.hpp"
#include "doors/cli/reading.hpp"
#include "doors/cli/sessions.hpp"
#include "doors/cli/strange_batches.hpp"
#include "doors/cli/superseding.hpp"

namespace batchd::cli {
namespace {

// The same job on another day: its input would be the same, were the date.
bool only_the_day_differs(const model::JobSpec& then, const model::JobSpec& now,
                          const std::vector<std::string>& changed) {
  if (changed != std::vector<std::string>{"input.path"} || then.run_date.empty() || now.run_date.empty()) return false;
  std::string path = now.input.path.string();
  for (auto at = path.find(now.run_date); at != std::string::npos; at = path.find(now.run_date, at + 1))
    path.replace(at, now.run_date.size(), then.run_date);
  return path == then.input.path;
}

// The job asks for something else than its unfinished run was asked: nobody guesses which of the two is meant.
int show_elsewhere(const GlobalOptions& global, const model::Run& run, const model::JobSpec& now,
                   std::vector<std::string> changed) {
  auto then = job::thaw(run.frozen_job);
  if (!then) return show_error(global, then.error());
  auto hint =
      fmt::format("`batchd resume {}` finishes it as it began, or add --new to start another beside it", run.id);
  if (only_the_day_differs(*then, now, changed))
    hint += fmt::format("; it is the run of {0}: --date {0} means that day", then->run_date);
  return show_error(global, Error(ErrorKind::invalid,
                                  fmt::format("run {} of {} is unfinished, and the job has changed since: {}", run.id,
                                              run.job, fmt::join(changed, ", ")),
                                  hint));
}

std::string reading_of(const model::InputSpec& input) {
  return fmt::format("{}/{}/{}", input.limit.value_or(0), input.sample ? input.sample->rows : 0,
                     input.sample ? input.sample->seed : 0);
}

// What this run was asked and the job asks otherwise. The same rows in another place are the same rows.
std::vector<std::string> changed_since(const model::JobSpec& then, const model::JobSpec& now, bool same_rows) {
  auto changed = job::differences(then, now);
  const auto path = std::find(changed.begin(), changed.end(), "input.path");
  if (same_rows && path != changed.end()) changed.erase(path);
  if (!same_rows && path == changed.end()) changed.push_back("the content of " + now.input.name());
  if (reading_of(then.input) != reading_of(now.input)) changed.emplace_back("--limit or --sample");
  return changed;
}

// The run is this command's by its key. Nothing of what it is asked may differ while it is unfinished; what only
// concerns its results stays as it began, and that is said. The exit code, when it cannot go on.
std::optional<int> judge_existing(const GlobalOptions& global, const runner::Existing& existing,
                                  const model::JobSpec& now) {
  const auto& run = existing.run;
  const auto then = job::thaw(run.frozen_job);
  if (!then) return show_error(global, then.error());
  const auto changed = changed_since(*then, now, existing.same_rows);
  const bool is_final = model::is_final(run.state);
  if (!is_final && !changed.empty()) return show_elsewhere(global, run, now, changed);
  if (!changed.empty())
    say(global, LogLevel::warning,
        fmt::format(
            "run {} is finished, and the job has changed since: {}; it is shown as it was (--new begins another)",
            run.id, fmt::join(changed, ", ")));
  const auto kept = job::differences_in_results(*then, now);
  if (is_final || kept.empty()) return std::nullopt;
  say(global, LogLevel::warning,
      fmt::format("run {0} goes on with the {1} it began with; to have today's, let it end or `batchd cancel {0}`, and "
                  "begin another with --new",
                  run.id, fmt::join(kept, ", ")));
  return std::nullopt;
}

// Runs, and `latest`, go by the job's name.
void warn_of_namesake(const GlobalOptions& global, store::Store& store, const model::JobSpec& job) {
  const auto runs = store.runs(job.name, 1);
  if (!runs || runs->empty()) return;
  const auto then = job::thaw(runs->front().frozen_job);
  if (!then || then->file.empty() || job.file.empty() || then->file == job.file || !path_exists(then->file)) return;
  say(global, LogLevel::warning,
      fmt::format("the newest run of \"{}\" came from {}, this is {}; if these are two jobs, give one of them another "
                  "name: runs go by it",
                  job.name, then->file.string(), job.file.string()));
}

int show_again(Workplace& place, const GlobalOptions& global, const model::Run& run) {
  auto counts = place.store().counts(run.id);
  if (!counts) return show_error(global, counts.error());
  show_closing(global, run, *counts, true);
  return run.exit_code;
}

// Nothing was prepared, and why; or nothing when there is a run to go on with.
std::optional<int> show_unstarted(const GlobalOptions& global, const Result<runner::Start>& start,
                                  const Signals& signals, const model::JobSpec& job, const RunOptions& options) {
  if (!start) {
    if (start.error().kind != ErrorKind::cancelled || signals.first == 0) return show_error(global, start.error());
    say(global, LogLevel::info, "Stopped while the input was being read; nothing was sent and nothing is kept.");
    return exit_signal_base + signals.first;
  }
  if (const auto* refused = std::get_if<runner::Refused>(&*start)) {
    show_refused_rows(global, *refused);
    return exit_usage;
  }
  if (const auto* pruned = std::get_if<runner::Pruned>(&*start)) {
    if (options.no_wait) show_bare_id(global, pruned->run.id);
    show_pruned(global, pruned->run, options.key ? "another --key" : "--new");
    return pruned->run.exit_code;
  }
  if (const auto* elsewhere = std::get_if<runner::Elsewhere>(&*start)) {
    const auto then = job::thaw(elsewhere->run.frozen_job);
    if (!then) return show_error(global, then.error());
    auto changed = job::differences(*then, job);
    if (changed.empty()) changed.push_back("the content of " + job.input.name());
    return show_elsewhere(global, elsewhere->run, job, std::move(changed));
  }
  if (const auto* existing = std::get_if<runner::Existing>(&*start)) return judge_existing(global, *existing, job);
  return std::nullopt;
}

// Who comes back at once, or may send nothing, cannot wait for another run's answers.
int show_being_asked(const GlobalOptions& global, const runner::BeingAsked& asked) {
  return show_error(
      global,
      Error(
          ErrorKind::invalid,
          fmt::format("{} of these requests {} being asked by run {}, which is unfinished, and would be paid twice; "
                      "nothing was sent",
                      asked.rows, asked.rows == 1 ? "is" : "are", asked.run),
          fmt::format("without --no-wait this command waits for its answers and reuses them; `batchd cancel {}` keeps "
                      "those it has (--set reuse=false asks everything again now)",
                      asked.run)));
}

// So that resume and cancel meet the world as it was.
void remember_rehearsal(const SimulatorArguments& simulator, model::JobSpec& job) {
  job.rehearsal = model::Rehearsal{simulator.seed, simulator.faults};
  job.yaml += fmt::format("# run with --simulate --seed {}\n", simulator.seed);
  for (const auto& [name, value] : simulator.faults)
    job.yaml += fmt::format("# run with --fault {}={}\n", name, value);
}

constexpr Duration patience_before_first = engine::Policy().give_up_before_first;

// Where everything was answered before nobody is asked, and no key is needed.
Result<bool> has_something_to_send(store::Store& store, const std::string& run) {
  const auto shards = store.shards(run);
  if (!shards) return shards.error();
  return std::any_of(shards->begin(), shards->end(),
                     [](const model::Shard& shard) { return !model::is_reused(shard); });
}

// A daemon, as a rule: then this command is about its work.
bool is_driven_elsewhere(const model::Run& run) {
  const auto owner = owner_of(run);
  return owner && owner->liveness == Liveness::alive;
}

// What one go came to: an end, or another run that comes first.
struct Gone {
  int exit_code = exit_ok;
  std::optional<runner::BeingAsked> being_asked = {};
};

// --new takes the place of the job's unfinished runs, once it stands itself. It does not wait for them: often they are
// why it was said.
Status take_places(Workplace& place, const GlobalOptions& global, const std::string& job,
                   const std::string& successor) {
  const auto superseded = supersede(place.store(), job, successor, place.loop().clock().now());
  if (!superseded) return superseded.error();
  for (const auto& run : *superseded)
    say(global, LogLevel::info,
        fmt::format(
            "Run {0} takes the place of {1}: nothing more of that is submitted, and `batchd resume {1}` collects "
            "what it has in flight.",
            successor, run));
  return {};
}

// The rows are a known run's: what the account holds of another answers them a second time.
int show_not_adopted(const GlobalOptions& global, const RunOptions& options, const model::Run& run) {
  const bool is_final = model::is_final(run.state);
  return show_error(
      global,
      Error(ErrorKind::invalid,
            fmt::format("run {} of {} asks the same rows and {}: of run {} nothing was adopted, and nothing was sent",
                        run.id, run.job, is_final ? "is over" : "is under way", options.adopt),
            fmt::format("{}; to have the answers of {} as a run beside it, add --new; `batchd doctor --cancel` cancels "
                        "what of it is still at work",
                        is_final ? fmt::format("`batchd results {}` has its answers", run.id)
                                 : fmt::format("`batchd resume {}` brings it to its end", run.id),
                        options.adopt)));
}

int show_known(const GlobalOptions& global, const std::string& run) {
  return show_error(global, Error(ErrorKind::invalid, fmt::format("run {} is known here already", run),
                                  fmt::format("leave --new out, or `batchd status {}`", run)));
}

// Prepared for nothing: no batch fits it, and it must not be in the way of one that is begun anew.
void forget_fresh(runner::Surroundings& around, const std::string& run) {
  if (const auto dropped = runner::forget_unsent(around, run); !dropped)
    around.log.warning("a prepared run stays behind", {{"run", run}, {"why", dropped.error().message}});
}

Gone go(const GlobalOptions& global, const RunOptions& options, const LoadedAll& loaded) {
  auto spec = loaded.config.providers.at(loaded.job.provider);
  if (options.simulate) spec = as_simulated(std::move(spec));
  spec = as_patient_as(std::move(spec), options.give_up_after);
  const auto may_send = provider::check_key(spec, read_variable);

  auto place = Workplace::open(state_folder_of(loaded.config, options.simulate), global);
  if (!place) return {show_error(global, place.error())};
  auto provider = reach_provider(**place, spec, loaded.job, options.simulator);
  if (!provider) return {show_error(global, provider.error())};
  const auto display = make_display(global, (*place)->loop().clock());
  const auto signals = take_signals(**place);
  warn_of_namesake(global, (*place)->store(), loaded.job);

  runner::Ask ask;
  ask.job = loaded.job;
  ask.frozen_job = job::freeze(loaded.job);
  ask.provider = spec;
  ask.key = options.key;
  ask.new_run = options.new_run;
  if (!may_send) ask.blocked = may_send.error();
  std::optional<LostRun> lost;
  if (!options.adopt.empty()) {
    auto found = find_lost_run(**place, **provider, loaded.job, options.adopt, options.key);
    if (found && found->is_known && options.new_run) return {show_known(global, options.adopt)};
    if (!found) return {show_error(global, found.error())};
    ask.run_id = options.adopt;
    ask.question = found->question;
    if (!options.new_run) ask.key = found->key ? found->key : options.key;
    lost = std::move(*found);
  }
  const bool asks_account = !options.simulate && options.adopt.empty();
  if (asks_account && !options.new_run)
    ask.may_begin = [&](std::string key) {
      const auto patience = std::min(patience_before_first, options.give_up_after.value_or(patience_before_first));
      const auto tell = [&global](const std::string& what) { say(global, LogLevel::info, what); };
      return knows_all_of_job(**place, **provider, spec, loaded.job,
                              {options.job, std::move(key), patience, signals->stop, {}, tell});
    };
  if (asks_account && options.new_run && !loaded.job.input.is_sample())
    ask.may_begin = [&](std::string key) {
      const Asking asking{options.job, std::move(key), Duration(0), signals->stop, {}, {}};
      return dismiss_strange_runs(**place, **provider, spec, loaded.job, asking);
    };
  auto& around = (*place)->surroundings();
  const auto start = (*place)->loop().run(runner::find_or_prepare(around, ask, *display, signals->stop));
  display->close();  // it is drawn again with the first change
  if (const auto code = show_unstarted(global, start, *signals, loaded.job, options)) return {*code};
  if (const auto* asked = std::get_if<runner::BeingAsked>(&*start)) return {exit_ok, *asked};

  const auto* existing = std::get_if<runner::Existing>(&*start);
  if (existing && !options.adopt.empty() && existing->run.id != options.adopt)
    return {show_not_adopted(global, options, existing->run)};
  if (existing && model::is_final(existing->run.state)) {
    if (options.no_wait) show_bare_id(global, existing->run.id);
    return {show_again(**place, global, existing->run)};
  }
  if (existing && !options.no_wait && is_driven_elsewhere(existing->run)) {
    FoundRun found{(*place)->surroundings().state_folder, nullptr, existing->run};
    auto store = store::Store::open(found.state_folder / "batchd.db", store::Mode::read_only);
    if (!store) return {show_error(global, store.error())};
    found.store = std::move(*store);
    if (const auto code = leave_to_daemon(global, found, "resume")) return {*code};
  }
  const auto id = existing ? existing->run.id : std::get<runner::Fresh>(*start).run;
  if (!may_send) {
    const auto asks_provider = has_something_to_send((*place)->store(), id);
    if (!asks_provider) return {show_error(global, asks_provider.error())};
    if (*asks_provider) return {show_error(global, may_send.error())};
  }
  auto job = existing ? job::thaw(existing->run.frozen_job) : Result<model::JobSpec>(loaded.job);
  if (!job) return {show_error(global, job.error())};
  if (existing) job = job::frozen_with_todays(std::move(*job), loaded.job);
  Driven driven{std::move(*job), spec, loaded.config.prices, options.give_up_after, options.no_wait};
  if (lost && !existing) {
    const auto adopted = adopt_batches_of(**place, *lost, global, id);
    if (!adopted) forget_fresh(around, id);
    if (!adopted) return {show_error(global, adopted.error())};
  }
  if (options.new_run && !loaded.job.input.is_sample()) {
    if (auto taken = take_places(**place, global, loaded.job.name, id); !taken)
      return {show_error(global, taken.error())};
  }
  return {drive_to_end(**place, **provider, *display, global, id, driven, *signals)};
}

// Another run of the job is being asked some of the same: its answers first. Nothing: now this one may be begun.
std::optional<int> wait_for_answers(const GlobalOptions& global, const RunOptions& options, const LoadedAll& loaded,
                                    const runner::BeingAsked& asked) {
  if (options.no_wait) return show_being_asked(global, asked);
  const auto database = state_folder_of(loaded.config, options.simulate) / "batchd.db";
  auto store = store::Store::open(database, store::Mode::read_write);
  if (!store) return show_error(global, store.error());
  const auto superseded = options.new_run ? supersede(**store, loaded.job.name, "", SystemClock().now())
                                          : Result<std::vector<std::string>>(std::vector<std::string>());
  if (!superseded) return show_error(global, superseded.error());
  const auto run = (*store)->run(asked.run);
  if (!run) return show_error(global, run.error());
  store->reset();
  say(global, LogLevel::info,
      fmt::format("{} of these requests {} being asked by run {}: {}, and its answers are reused.", asked.rows,
                  asked.rows == 1 ? "is" : "are", asked.run,
                  options.new_run ? "nothing more of it is submitted, what it has in flight is collected first"
                                  : "it is brought to its end first"));
  return bring_to_end(global, loaded.config, *run, options.give_up_after);
}

int run_job(const GlobalOptions& global, const RunOptions& options, const LoadedAll& loaded) {
  for (;;) {
    const auto gone = go(global, options, loaded);
    if (!gone.being_asked) return gone.exit_code;
    if (const auto code = wait_for_answers(global, options, loaded, *gone.being_asked)) return *code;
  }
}

}  // namespace

int run_command(const GlobalOptions& global, const RunOptions& options) {
  if (options.plan_only) return plan_command(global, PlanOptions{options.job});
  if (!options.simulate && !options.simulator.faults.empty()) {
    return show_error(global,
                      Error(ErrorKind::invalid, "--fault is for rehearsals", "add --simulate, or leave it out"));
  }
  auto loaded = load_all(global, options.job, options.simulate ? Purpose::rehearse : Purpose::run);
  if (!loaded.all) return loaded.exit_code;  // the complaints are shown
  if (options.simulate) remember_rehearsal(options.simulator, loaded.all->job);
  return run_job(global, options, *loaded.all);
}

}  // namespace batchd::cli
