#pragma once
// What finished runs were made of goes when its time has come: the spool (requests and their rows) and the answers, a
// folder a run each. Later its record goes: its items, its figures, what happened. Its published results stay, and so
// does a line by which the same command still knows it (model::PrunedRun).
//
// Never of a run that is not over, or that somebody works on. The answers of a run that `reuse` would copy from stay
// beyond their time, and the record by which they are found, unless the caller says otherwise: without them the same
// requests would be sent, and paid, again.
//
// A record goes in this order: the run is hidden (claim), its files are deleted, its rows are swept in portions. What
// is cut off anywhere on the way is hidden already, and finish_pruned() goes on with it.
//
// Blocking; one Store, on the thread that owns it.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/store.hpp"
#include "ground/base/files.hpp"
#include "ground/base/process.hpp"
#include "rules/model/pruned_run.hpp"
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
  bool record = false;               // then the files go, too, whatever is said of them
  std::uint64_t requests_bytes = 0;  // of what is to go
  std::uint64_t answers_bytes = 0;
  std::uint64_t record_bytes = 0;    // about so many in the database, which uses them again
  std::uint64_t kept_for_reuse = 0;  // answers that stay all the same
  bool goes() const { return requests || answers || record; }
  std::uint64_t bytes() const { return requests_bytes + answers_bytes + record_bytes; }
};

// Of some runs behind `before` ("": from the newest on), which is the next page's afterwards; "": that was the last.
Result<std::vector<Prunable>> find_prunable_page(const PruneRequest& request, std::string& before);
// Oldest first; a run of which nothing is left to delete is not among them. Deletes nothing.
Result<std::vector<Prunable>> find_prunable(const PruneRequest& request);

// As the run's owner, so that nobody opens it again meanwhile; and `log RUN` tells of it. conflict: another process has
// it. Cut off half-way, what is left is found and deleted the next time.
Status prune(const PruneRequest& request, const Prunable& what, const ProcessIdentity& process);
// The same in three steps, of which only the second takes long, and needs no store.
Status claim(const PruneRequest& request, const Prunable& what, const ProcessIdentity& process);
Status delete_files(const Path& state_folder, const Prunable& what);
Status settle(const PruneRequest& request, const Prunable& what, const ProcessIdentity& process);

// Deletes what is left of runs whose record was pruned, by whichever process: files first, then rows.
Status finish_pruned(store::Store& store, const Path& state_folder);

// The files of one that is pruned.
Status delete_files_of(const Path& state_folder, const model::PrunedRun& run);

// What is older than the ledger and belongs to no record; only counted when `only_looks`. It deletes in portions.
Result<store::Bygone> forget_bygone(const PruneRequest& request, bool only_looks);

// What was asked of whom, and of which rows: two runs of it would be one run, but for their keys.
Hash128 question_of(std::string_view ask_hash, const std::vector<model::InputFile>& inputs);

// When prune deleted something of it, in its own words; nothing: it never did.
Result<std::optional<model::Happening>> find_pruning(store::Store& store, const std::string& run);

// What a retry is made from and reported with is still there. invalid: it was deleted, and what can be done instead.
Status check_for_retrying(store::Store& store, const Path& state_folder, const std::string& run);

}  // namespace batchd::runner
