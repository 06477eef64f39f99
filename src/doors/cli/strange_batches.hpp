#pragma once
// A state directory that is new to an account, or was put back from a backup: batches of the same job may be at work
// there that it does not know. They are looked for before anything is spent.

#include <functional>
#include <optional>
#include <string>

#include "doors/cli/options.hpp"
#include "doors/cli/workplace.hpp"
#include "rules/model/job_spec.hpp"

namespace batchd::cli {

struct Asking {
  const JobArguments& arguments;  // as the command was given
  std::string key;                // of the run that is to be begun
  Duration patience{0};           // with a provider that cannot be reached
  async::StopToken stop;
  std::optional<Time> due = {};  // of a run called by its due time: what is older is none of it
  std::function<void(const std::string& what)> tell_waiting = {};  // once, when it takes a while
};
// invalid: the account holds batches, live or with answers, of this very run (they say its key); or it holds live
// batches of this job that no run here knows; or answers of one, and this state
// directory never ran the job, or was put back from a backup since, or they are younger than `due`. Says what there is
// and the ways on. A provider that cannot list its batches has none to tell of, and after a backup that is invalid,
// too. After a backup the list is looked at for the settle time, as it may be late; when it has told of nothing
// strange, the job's state is whole again (Store::note_seen).
async::Task<Status> knows_all_of_job(Workplace& place, provider::Provider& provider, const model::ProviderSpec& spec,
                                     const model::JobSpec& job, Asking asking);

// Another run is begun in spite of what the account holds: of what it lists now nobody is asked again, but for a due
// time that is older. Where it cannot be listed, the word of who begins it counts for all.
// invalid: the account holds a run of this very key, which was said with it.
async::Task<Status> dismiss_strange_runs(Workplace& place, provider::Provider& provider,
                                         const model::ProviderSpec& spec, const model::JobSpec& job, Asking asking);

}  // namespace batchd::cli
