#pragma once
// From a job to a prepared run: find the run this command means, or judge, render, cut and record every row.
//
// A run is (job, key). The same key again is the same run; without --key and --new that is also the newest which --new
// has begun of the same question. Until the last row is judged the run is `created`: it has
// sent nothing, and when the process dies it is dropped by the next one.
//
// With `reuse` a row whose request was answered before in this job, under the same answer_rule, is copied: it becomes
// an item of a shard that is collected from the start. Only a row that can be read as what it should be is copied.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/runner/observer.hpp"
#include "core/runner/surroundings.hpp"
#include "line/prepare/prepare.hpp"
#include "rules/model/job_spec.hpp"
#include "rules/model/provider_spec.hpp"
#include "rules/model/pruned_run.hpp"

namespace batchd::runner {

// How the key of a run begins that was begun through the daemon's API.
inline constexpr std::string_view daemon_key_start = "api/";

struct Ask {
  model::JobSpec job;
  std::string frozen_job;  // rules/job's freeze() of it
  model::ProviderSpec provider;
  std::optional<std::string> key;  // --key
  bool new_run = false;            // --new
  std::optional<Error> blocked;    // why nothing may be sent (no key): said before a million rows are read,
                                   // or with the first row that no earlier run has answered
  // The same, asked only when something new is to be begun, under this key: the account may hold what this state does
  // not know.
  std::function<async::Task<Status>(std::string key)> may_begin = {};
  std::optional<std::string> run_id = {};  // of a run that another state directory began: its batches are to fit
  std::string question = {};               // default_key() of that run, as they say it; "": they do not
  std::string fresh_id = {};               // that a run which is begun now is to have; "": any
};

struct Fresh {  // prepared now; state running
  std::string run;
};
struct Existing {  // this command's run, as it stands; maybe final
  model::Run run;
  bool same_rows = true;  // false: under the same --key the input holds something else today
};
struct Elsewhere {  // the job has an unfinished run that was asked something else
  model::Run run;
};
struct Refused {  // rows are wrong and the job says not to go on; nothing was kept
  Error error;
  std::vector<prepare::Complaint> complaints;  // the first of them
  prepare::Tally tally;
  std::string file;  // as the user named it
};
struct BeingAsked {  // some of these requests an unfinished run is being asked; nothing was kept. When that is over
                     // they are reused
  std::string run;
  std::uint64_t rows = 0;
};
struct Pruned {  // this command's run, which is over and of which there is no record any more; nothing is asked again
  model::PrunedRun run;
};
using Start = std::variant<Fresh, Existing, Elsewhere, Refused, BeingAsked, Pruned>;

// Errors: conflict (another live process prepares or owns the run), invalid and not_found (input), io, cancelled.
async::Task<Result<Start>> find_or_prepare(Surroundings& around, const Ask& ask, Observer& observer,
                                           async::StopToken stop);

// Removes a run that has sent nothing, with its files. Blocking. Errors: conflict (it has), io.
Status forget_unsent(Surroundings& around, const std::string& run);

// The run is ours, or conflict with the sentence who has it. A dead owner on this machine is taken over at once, one on
// another machine when its heart has not beaten for a lease: nobody can ask there whether it lives.
inline constexpr Duration heartbeat_every = std::chrono::seconds(30);
inline constexpr Duration lease = 10 * heartbeat_every;
Status own(store::Store& store, const model::Run& run, const ProcessIdentity& process, Time now);
async::Task<Status> own(Surroundings& around, const model::Run& run);

}  // namespace batchd::runner
