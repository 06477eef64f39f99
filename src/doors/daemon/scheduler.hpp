#pragma once
// What is due is begun, what is unfinished is taken up: the daemon's own will.
//
//   folder of jobs -> due times (timetable) -> fates in the store -> runs (pool)
//
// A due time is written down as `queued` before it is begun, and its run has the time as its key: a crash in between
// begins it once, not twice and not never.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "doors/daemon/job_folder.hpp"
#include "doors/daemon/run_pool.hpp"
#include "doors/daemon/run_wish.hpp"
#include "doors/daemon/timetable.hpp"

namespace batchd::daemon {

struct SchedulerOptions {
  Duration look_every = std::chrono::seconds(2);      // at the folder; what is due, and a run that ends, wake earlier
  Duration take_up_every = std::chrono::seconds(30);  // looks for runs whose process has died
};

class Scheduler {
 public:
  Scheduler(runner::Surroundings& around, JobFolder& folder, RunPool& pool, SchedulerOptions options = {});

  // Until it is stopped. Errors (io) only of what it needs to begin.
  async::Task<Status> run(async::StopToken stop);
  // Looks at the folder now (SIGHUP).
  void look_now();
  // Called whenever the folder has been looked at.
  void on_looked(std::function<void()> looked) { looked_ = std::move(looked); }

  // By a person's word: a run of the job today, as wished (its key is `key`). conflict: the job's run under this key
  // ended or goes on, with its id; not_found: no such job. Asked twice, also at the same time, it is one run.
  struct Started {
    std::string run;
    bool is_new = true;
  };
  async::Task<Result<Started>> start(std::string job, std::string key, RunWish wish = {});

  std::optional<Time> next_due(const model::JobSpec& job) const;
  // Of a run that was to be begun and was not: why, while this process remembers.
  std::optional<Error> refusal_of(std::string_view run) const;

 private:
  void refresh();
  async::Task<void> sleep(async::StopToken stop);
  void wake_at(Time time);
  async::Task<void> take_up_unfinished();
  async::Task<void> note_due();
  async::Task<void> begin_queued();
  // false: it could not be written, and that is logged.
  async::Task<bool> note(model::DueRun due, std::vector<model::Delivery> deliveries = {});
  std::vector<model::Delivery> told_of_refusal(const model::DueRun& due, const Error& why) const;
  async::Task<void> take_places(std::string job, std::string successor);
  async::Task<void> cancel_runs_of(std::string job);
  // Of the job's times that wait only the newest is still wanted.
  async::Task<void> pass_over_older(std::string job, Time newest);
  const Timetable* table_of(const model::JobSpec& job) const;
  void remember_refusal(const std::string& run, Error error);
  std::string today_of(const model::JobSpec& job, Time at) const;

  runner::Surroundings& around_;
  JobFolder& folder_;
  RunPool& pool_;
  SchedulerOptions options_;
  std::map<std::string, Timetable> tables_;  // by job
  std::map<std::string, Time> last_;         // the newest time whose fate is known, by job
  std::map<std::string, bool> beginning_;    // due times that are being begun, by job and key
  std::map<std::string, Error> refusals_;    // by run
  std::map<std::pair<std::string, std::string>, std::string> starting_;  // runs start() has given to the pool and of
                                                                         // which there is no record yet: by job and key
  std::optional<Time> wakes_at_;  // the next time something is due or may be begun
  std::unique_ptr<async::StopToken> asleep_;
  bool was_woken_ = false;  // while it was awake
  std::function<void()> looked_;
};

}  // namespace batchd::daemon
