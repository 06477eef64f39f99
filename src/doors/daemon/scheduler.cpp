#include "doors/daemon/scheduler.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/runner/notices.hpp"
#include "core/runner/superseding.hpp"
#include "ground/base/ulid.hpp"
#include "ground/base/units.hpp"
#include "line/notify/message.hpp"

namespace batchd::daemon {
namespace {

constexpr std::uint32_t runs_looked_at = 10'000;
constexpr std::uint32_t pruned_runs_looked_at = 1'000;  // whose keys begin with the one that is asked for
constexpr std::size_t refusals_max = 1'000;             // remembered
constexpr std::size_t date_characters = 10;             // of 2026-11-23T05:44:53Z

std::string place_of(const model::DueRun& due) { return due.job + " " + key_of(due.at); }

}  // namespace

Scheduler::Scheduler(runner::Surroundings& around, JobFolder& folder, RunPool& pool, SchedulerOptions options)
    : around_(around), folder_(folder), pool_(pool), options_(options) {}

async::Task<Status> Scheduler::run(async::StopToken stop) {
  if (auto there = folder_.check(); !there) co_return there.error();
  pool_.on_ended([this] { look_now(); });
  std::optional<Time> looked_for_unfinished;
  while (!stop.stopped()) {
    refresh();
    if (looked_) looked_();
    const auto now = around_.loop.clock().now();
    if (!looked_for_unfinished || now - *looked_for_unfinished >= options_.take_up_every) {
      co_await take_up_unfinished();
      looked_for_unfinished = now;
    }
    co_await note_due();
    co_await begin_queued();
    co_await sleep(stop);
  }
  pool_.on_ended({});
  co_return Status();
}

async::Task<void> Scheduler::sleep(async::StopToken stop) {
  const auto wakes_at = wakes_at_;
  wakes_at_.reset();
  if (std::exchange(was_woken_, false)) co_return;
  asleep_ = std::make_unique<async::StopToken>();
  const auto wake = stop.on_stop([this] { look_now(); });
  // By the time that passes: a clock that is set back must not make it a long sleep.
  auto span = options_.look_every;
  if (wakes_at) span = std::clamp(*wakes_at - around_.loop.clock().now(), Duration(0), span);
  (void)co_await around_.loop.sleep_for(span, *asleep_);
  asleep_.reset();
  was_woken_ = false;
}

void Scheduler::wake_at(Time time) { wakes_at_ = std::min(wakes_at_.value_or(time), time); }

void Scheduler::look_now() {
  was_woken_ = true;
  if (asleep_) asleep_->stop();
}

void Scheduler::refresh() {
  const auto now = around_.loop.clock().now();
  const auto changes = folder_.refresh(today_of({}, now));
  if (!changes) {
    around_.log.error("cannot look for jobs", {{"why", changes.error().message}});
    return;
  }
  for (const auto& change : *changes) {
    std::vector<LogField> which{{"file", change.file}};
    if (!change.job.empty()) which.push_back({"job", change.job});
    auto and_why = which;
    and_why.push_back({"why", change.why});
    switch (change.kind) {
      case JobFolder::Change::Kind::added:
        around_.log.info("a job is there", which);
        break;
      case JobFolder::Change::Kind::changed:
        around_.log.info("a job has changed", which);
        break;
      case JobFolder::Change::Kind::broken:
        around_.log.error(folder_.find(change.job) ? "a job file is broken; the job goes on as it was before"
                                                   : "a job file cannot be used",
                          and_why);
        break;
      case JobFolder::Change::Kind::removed:
        around_.log.info("a job is gone", which);
        break;
    }
    if (change.kind != JobFolder::Change::Kind::broken && !change.why.empty())
      around_.log.warning("something about a job file", and_why);
  }
  if (changes->empty()) return;
  tables_.clear();
  for (const auto* watched : folder_.jobs()) {
    if (!watched->job->schedule) continue;
    auto table = Timetable::of(*watched->job->schedule);
    if (table)
      tables_.emplace(watched->job->name, std::move(*table));
    else  // it was checked when the job was read: the zones of this machine have changed
      around_.log.error("a schedule cannot be followed", {{"job", watched->job->name}, {"why", table.error().message}});
  }
}

async::Task<void> Scheduler::take_up_unfinished() {
  auto list = [&] { return around_.store.runs("", runs_looked_at); };
  const auto runs = co_await around_.sql.run(list);
  if (!runs) {
    around_.log.error("cannot look for unfinished runs", {{"why", runs.error().message}});
    co_return;
  }
  for (const auto& run : *runs) {
    if (pool_.has(run.id)) continue;
    // One that was never prepared to its end has sent nothing: its time is queued still, or a person starts it again.
    if (run.state == model::RunState::created || model::is_final(run.state)) continue;
    const auto owner = process_from_text(run.owner);
    if (owner && *owner != around_.process && liveness_of(*owner) == Liveness::alive) continue;
    const auto* watched = folder_.find(run.job);
    around_.log.info("taking up an unfinished run", {{"run", run.id}, {"job", run.job}});
    pool_.take_up(run, watched ? watched->job : std::nullopt);
  }
}

async::Task<void> Scheduler::note_due() {
  const auto now = around_.loop.clock().now();
  for (const auto& [job, table] : tables_) {
    if (!last_.contains(job)) {
      auto look = [&] { return around_.store.due_runs(job, 1); };
      const auto known = co_await around_.sql.run(look);
      if (!known) {
        around_.log.error("cannot look up a schedule", {{"job", job}, {"why", known.error().message}});
        co_return;
      }
      const model::DueRun watched{job, now, model::DueFate::watched, "", now};
      if (known->empty() && !co_await note(watched)) co_return;
      last_[job] = known->empty() ? now : known->front().at;
    }
    const auto next = schedule::next(table.pattern, table.zone, last_.at(job));
    if (next && *next > now) wake_at(*next);
    if (!next || *next > now) continue;
    auto list = [&] { return around_.store.queued_runs(); };
    const auto queued = co_await around_.sql.run(list);
    if (!queued) co_return;
    const auto waits = std::count_if(queued->begin(), queued->end(), [&](const auto& due) { return due.job == job; });
    const Busy busy{pool_.active_of(job), static_cast<std::uint32_t>(waits)};
    const auto due = what_is_due(table, job, last_.at(job), now, busy);
    for (const auto& one : due.fates) {
      if (!co_await note(one)) co_return;  // it has no fate yet: the next look tries again
      last_[job] = one.at;
      if (one.fate == model::DueFate::skipped)
        around_.log.warning("a due time passed without a run",
                            {{"job", job}, {"due", key_of(one.at)}, {"why", one.detail}});
    }
    if (const auto after = schedule::next(table.pattern, table.zone, last_.at(job))) wake_at(*after);
    if (due.cancels_previous) {
      co_await pass_over_older(job, last_.at(job));
      co_await cancel_runs_of(job);
    }
  }
}

async::Task<bool> Scheduler::note(model::DueRun due, std::vector<model::Delivery> deliveries) {
  auto write = [&] { return around_.store.note_due_run(due, deliveries); };
  const auto written = co_await around_.sql.run(write);
  if (!written)
    around_.log.error("cannot write down what is due", {{"job", due.job}, {"why", written.error().message}});
  co_return written.ok();
}

// Who is told that a due run was not begun.
std::vector<model::Delivery> Scheduler::told_of_refusal(const model::DueRun& due, const Error& why) const {
  const auto* watched = folder_.find(due.job);
  if (!watched) return {};
  model::Run never;  // its key names it
  never.id = fmt::format("{}@{}", due.job, key_of(due.at));
  never.job = due.job;
  never.key = key_of(due.at);
  never.provider = watched->job->provider;
  const auto occasion = runner::not_begun(why);
  const model::Counts none;
  return notify::deliveries_for(watched->job->notify, {occasion, never, none, due.noted_at});
}

async::Task<void> Scheduler::pass_over_older(std::string job, Time newest) {
  auto list = [&] { return around_.store.queued_runs(); };
  const auto queued = co_await around_.sql.run(list);
  if (!queued) co_return;  // they are begun then, each in its turn
  for (auto due : *queued) {
    if (due.job != job || due.at >= newest || beginning_.contains(place_of(due))) continue;
    due.fate = model::DueFate::skipped;
    due.detail = fmt::format("the one of {} took its place (overlap: cancel_previous)", key_of(newest));
    (void)co_await note(due);
  }
}

async::Task<void> Scheduler::take_places(std::string job, std::string successor) {
  const auto now = around_.loop.clock().now();
  auto ask = [&] { return runner::supersede(around_.store, job, successor, now); };
  const auto superseded = co_await around_.sql.run(ask);
  if (!superseded)
    around_.log.error("cannot take the place of the runs before", {{"job", job}, {"why", superseded.error().message}});
  for (const auto& run : superseded ? *superseded : std::vector<std::string>()) {
    around_.log.info("another run takes its place", {{"job", job}, {"run", run}, {"successor", successor}});
    pool_.nudge(run);
  }
}

async::Task<void> Scheduler::cancel_runs_of(std::string job) {
  const auto now = around_.loop.clock().now();
  for (const auto& run : pool_.runs_of(job)) {
    auto ask = [&] { return around_.store.request_cancel(run, model::CancelScope::everything, now); };
    if (auto asked = co_await around_.sql.run(ask); !asked)
      around_.log.error("cannot cancel the run before", {{"run", run}, {"why", asked.error().message}});
    pool_.nudge(run);
  }
}

async::Task<void> Scheduler::begin_queued() {
  auto list = [&] { return around_.store.queued_runs(); };
  const auto queued = co_await around_.sql.run(list);
  if (!queued) {
    around_.log.error("cannot look up what is due", {{"why", queued.error().message}});
    co_return;
  }
  const auto now = around_.loop.clock().now();
  for (const auto& due : *queued) {
    const auto* watched = folder_.find(due.job);
    const auto table = tables_.find(due.job);
    if (!watched && folder_.find_broken(due.job)) continue;  // it waits for its file to be mended
    if (!watched || table == tables_.end()) {
      auto gone = due;
      gone.fate = model::DueFate::skipped;
      gone.detail = "the job, or its schedule, is gone";
      (void)co_await note(gone);
      continue;
    }
    const auto begins = begins_at(due, table->second.spec);
    if (now < begins) wake_at(begins);
    if (now < begins) continue;
    const auto key = key_of(due.at);
    const auto place = place_of(due);
    if (beginning_.contains(place) || pool_.active_of(due.job) >= table->second.spec.max_active_runs) continue;
    auto loaded = folder_.load(*watched, schedule::local_date(table->second.zone, due.at));
    auto fate = due;
    if (!loaded.ok()) {
      fate.fate = model::DueFate::refused;
      fate.detail = job::to_text(loaded.complaints);
      fate.noted_at = now;
      around_.log.error("a due run cannot be begun", {{"job", due.job}, {"due", key}, {"why", fate.detail}});
      (void)co_await note(fate, told_of_refusal(fate, Error(ErrorKind::invalid, fate.detail)));
      continue;
    }
    RunPool::Beginning beginning;
    beginning.job = std::move(loaded.job);
    beginning.key = key;
    beginning.run_id = make_ulid(now, around_.random);
    beginning.on_begun = [this, fate, place, key, id = beginning.run_id](Result<std::string> run) -> async::Task<void> {
      auto noted = fate;
      noted.fate = run ? model::DueFate::begun : model::DueFate::refused;
      noted.detail = run ? *run : run.error().text();
      if (run) {
        around_.log.info("a due run has begun", {{"job", noted.job}, {"due", key}, {"run", *run}});
      } else {
        around_.log.error("a due run cannot be begun", {{"job", noted.job}, {"due", key}, {"why", noted.detail}});
        remember_refusal(id, run.error());
      }
      noted.noted_at = around_.loop.clock().now();
      auto told = run ? std::vector<model::Delivery>() : told_of_refusal(noted, run.error());
      (void)co_await note(noted, std::move(told));  // or it stays queued, and its run is found by its key
      beginning_.erase(place);
    };
    beginning_[place] = true;
    if (auto begun = pool_.begin(std::move(beginning)); !begun) beginning_.erase(place);  // another time
  }
}

async::Task<Result<Scheduler::Started>> Scheduler::start(std::string job, std::string key, RunWish wish) {
  auto look = [&] { return around_.store.find_run(job, key); };
  const auto known = co_await around_.sql.run(look);
  if (!known) co_return known.error();
  if (*known) co_return Started{(*known)->id, false};
  auto look_further = [&] { return around_.store.pruned_runs_like(job, key, {}, pruned_runs_looked_at); };
  const auto pruned = co_await around_.sql.run(look_further);
  if (!pruned) co_return pruned.error();
  for (const auto& run : *pruned)
    if (run.key == key) co_return Started{run.id, false};
  const std::pair name(job, key);
  if (const auto same = starting_.find(name); same != starting_.end()) co_return Started{same->second, false};
  const auto* watched = folder_.find(job);
  if (const auto* broken = watched ? nullptr : folder_.find_broken(job); broken && broken->name == job)
    co_return Error(ErrorKind::invalid, job::to_text(broken->complaints), "mend the file; it is read again by itself");
  if (!watched) co_return Error(ErrorKind::not_found, fmt::format("there is no job \"{}\"", job));
  const auto now = around_.loop.clock().now();
  auto loaded = folder_.load(*watched, today_of(*watched->job, now), wish);
  if (!loaded.ok()) co_return Error(ErrorKind::invalid, job::to_text(loaded.complaints));
  const bool loaded_is_sample = loaded.job.input.is_sample();
  RunPool::Beginning beginning;
  beginning.job = std::move(loaded.job);
  beginning.key = key;
  beginning.run_id = make_ulid(now, around_.random);
  const auto id = beginning.run_id;
  beginning.is_new = wish.is_new;
  const bool takes_places = wish.is_new && !loaded_is_sample;
  beginning.on_begun = [this, job, id, name, takes_places](Result<std::string> run) -> async::Task<void> {
    starting_.erase(name);
    if (run) {
      around_.log.info("a run has begun", {{"job", job}, {"run", *run}});
      if (takes_places) co_await take_places(job, *run);
    } else {
      around_.log.error("a run cannot be begun", {{"job", job}, {"run", id}, {"why", run.error().text()}});
      remember_refusal(id, run.error());
    }
    co_return;
  };
  if (auto begun = pool_.begin(std::move(beginning)); !begun) co_return begun.error();
  starting_.emplace(name, id);
  co_return Started{id, true};
}

const Timetable* Scheduler::table_of(const model::JobSpec& job) const {
  const auto found = tables_.find(job.name);
  return found == tables_.end() ? nullptr : &found->second;
}

std::optional<Time> Scheduler::next_due(const model::JobSpec& job) const {
  const auto* table = table_of(job);
  return table ? schedule::next(table->pattern, table->zone, around_.loop.clock().now()) : std::nullopt;
}

std::optional<Error> Scheduler::refusal_of(std::string_view run) const {
  const auto found = refusals_.find(std::string(run));
  return found == refusals_.end() ? std::nullopt : std::optional(found->second);
}

// Run ids begin with their time: the oldest goes first.
void Scheduler::remember_refusal(const std::string& run, Error error) {
  refusals_.insert_or_assign(run, std::move(error));
  if (refusals_.size() > refusals_max) refusals_.erase(refusals_.begin());
}

std::string Scheduler::today_of(const model::JobSpec& job, Time at) const {
  const auto* table = table_of(job);
  return table ? schedule::local_date(table->zone, at) : format_utc(at).substr(0, date_characters);
}

}  // namespace batchd::daemon
