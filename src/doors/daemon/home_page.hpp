#pragma once
// The first page: what goes on, the jobs, and how their runs went lately. And a job's own page.

#include <optional>
#include <string>
#include <vector>

#include "core/store/store.hpp"
#include "doors/daemon/page_layout.hpp"
#include "line/report/queue_times.hpp"
#include "line/report/standing.hpp"
#include "rules/model/due_run.hpp"
#include "rules/model/schedule_spec.hpp"

namespace batchd::daemon {

struct JobLine {
  std::string name;  // "": its file never was good
  std::string file;
  std::string description;
  std::optional<model::ScheduleSpec> schedule;
  std::optional<Time> next_due;
  std::vector<std::string> complaints;  // about the file as it is now
  bool is_broken = false;               // that is, it cannot be used as it is now
  std::vector<model::Run> runs;         // newest first, at most strip_runs_max
  bool has_pruned = false;              // there were runs of which no record is kept any more
  model::Counts newest_counts;          // of the first of them
  std::optional<model::DueRun> due;     // the newest due time
  std::string provider;                 // that its file asks; "": it has none
  std::optional<model::Pause> pause;    // of the job, else of its provider
};

struct RunLine {
  model::Run run;
  model::Counts counts;
};

struct GoingOn {
  report::RunFacts facts;
  report::Standing standing;
  std::optional<report::Forecast> forecast;
};

struct HomeFacts {
  std::vector<JobLine> jobs;
  std::size_t jobs_hidden = 0;  // there are so many more
  std::string looked_for;       // only jobs with this in their name are shown
  std::vector<GoingOn> going_on;
  std::vector<RunLine> recent;  // newest first
  store::UntoldCounts untold;
  std::string begin_key;  // of what is begun from this page: sent twice it is begun once
  bool may_act = true;    // false: nothing is offered that changes anything
  Time now{};
};
Page home_page(const HomeFacts& facts);

struct JobFacts {
  JobLine job;
  bool is_in_folder = true;  // else only its runs are known
  std::vector<RunLine> runs;
  bool is_first_page = true;
  std::string next;                // the run behind which the next page begins; "": this is the last
  std::vector<model::DueRun> due;  // newest first
  std::string begin_key;
  bool may_act = true;
  Time now{};
};
Page job_page(const JobFacts& facts);

}  // namespace batchd::daemon
