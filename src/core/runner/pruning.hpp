#pragma once
// What finished runs were made of goes when its time has come: the spool (requests and their rows) and the answers, a
// folder a run each. The run's record, its items, its figures and its published results stay.
//
// Never of a run that is not over, or that somebody works on. The answers of a run that `reuse` would copy from stay
// beyond their time, unless the caller says otherwise: without them the same requests would be sent, and paid, again.
//
// Blocking; one Store, on the thread that owns it.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/store/store.hpp"
#include "ground/base/files.hpp"
#include "ground/base/process.hpp"
#include "rules/model/retention.hpp"
#include "rules/model/run.hpp"

namespace batchd::runner {

struct PruneRequest {
  store::Store& store;
  Path state_folder;
  model::Retention retention;
  // By run: how many of its answers `reuse` would copy (store::answers_remembered()).
  std::map<std::string, std::uint64_t> reusable;
  bool reusable_too = false;  // their answers go like all others
  Time now{};
};

// Of one run, what has been there for longer than it is to be kept.
struct Prunable {
  model::Run run;  // without its frozen_job
  bool requests = false;
  bool answers = false;
  std::uint64_t requests_bytes = 0;  // of what is to go
  std::uint64_t answers_bytes = 0;
  std::uint64_t kept_for_reuse = 0;  // answers that stay all the same
};

// Oldest first; a run of which nothing is left to delete is not among them. Deletes nothing.
Result<std::vector<Prunable>> find_prunable(const PruneRequest& request);

// As the run's owner, so that nobody opens it again meanwhile; and `log RUN` tells of it. conflict: another process has
// it. Cut off half-way, what is left is found and deleted the next time.
Status prune(const PruneRequest& request, const Prunable& what, const ProcessIdentity& process);

// When prune deleted something of it, in its own words; nothing: it never did.
Result<std::optional<model::Happening>> find_pruning(store::Store& store, const std::string& run);

// What a retry is made from and reported with is still there. invalid: it was deleted, and what can be done instead.
Status check_for_retrying(store::Store& store, const Path& state_folder, const std::string& run);

}  // namespace batchd::runner
