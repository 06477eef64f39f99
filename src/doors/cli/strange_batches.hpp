#pragma once
// A state directory that is new to an account, or was put back from a backup: batches of the same job may be at work
// there that it does not know. They are looked for before anything is spent.

#include <optional>
#include <string>

#include "doors/cli/options.hpp"
#include "doors/cli/workplace.hpp"
#include "rules/model/job_spec.hpp"

namespace batchd::cli {

struct Asking {
  const JobArguments& arguments;  // as the command was given
  Duration patience{0};           // with a provider that cannot be reached
  async::StopToken stop;
  std::optional<Time> due = {};  // of a run called by its due time: what is older is none of it
};
// invalid: the account holds live batches of this job that no run here knows; or answers of one, and this state
// directory never ran the job, or was put back from a backup since, or they are younger than `due`. Says what there is
// and the ways on. A provider that cannot list its batches has none to tell of, and after a backup that is invalid,
// too.
async::Task<Status> knows_all_of_job(Workplace& place, provider::Provider& provider, const model::ProviderSpec& spec,
                                     const model::JobSpec& job, Asking asking);

// Puts the account's batches of this run to its shards. invalid: there is none that fits; nothing was sent.
Status adopt_batches_of(Workplace& place, provider::Provider& provider, const GlobalOptions& global,
                        const std::string& run);

}  // namespace batchd::cli
