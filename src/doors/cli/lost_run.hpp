#pragma once
// `run JOB --adopt RUN`: a run that another life of the state directory began is taken over with its batches, whole or
// not at all.

#include <optional>
#include <string>
#include <vector>

#include "doors/cli/options.hpp"
#include "doors/cli/workplace.hpp"
#include "rules/model/job_spec.hpp"

namespace batchd::cli {

// A run that is to be taken over, as the account's batches tell of it.
struct LostRun {
  std::vector<model::RemoteBatch> batches;  // of it, with answers or at work
  std::optional<std::string> key;           // it is to be called by; nothing: by its question
  std::string question;                     // default_key() of its rows and of what was asked; "": not said
  bool is_known = false;                    // there is a record of it here: `key` is that one's
};
// invalid: the account holds nothing of it, it is of another job, or was begun under another key than `given_key`; its
// record was pruned here. Nothing was prepared.
Result<LostRun> find_lost_run(Workplace& place, provider::Provider& provider, const model::JobSpec& job,
                              const std::string& run, const std::optional<std::string>& given_key);
// Puts its batches to the shards of the run that was prepared for them: all of them, or none. invalid: one does not
// fit; nothing was adopted and nothing sent. What retries have asked is taken over when the run comes to it.
Status adopt_batches_of(Workplace& place, const LostRun& lost, const GlobalOptions& global, const std::string& run);

}  // namespace batchd::cli
