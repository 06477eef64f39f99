#pragma once
// What the provider's account holds, held against what this state knows: which batches and files does no run here own?
// PURE but for adopt(). Ours is what says so: a batch by its metadata (or its input file), a file by its name.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/steps.hpp"
#include "core/store/store.hpp"
#include "ground/base/process.hpp"
#include "rules/model/batch.hpp"
#include "rules/model/run.hpp"

namespace batchd::runner {

// What has ended can be fetched for as long, and what another state directory has begun is no older.
inline constexpr Duration listed_for = std::chrono::hours(31 * 24);

// Whose a remote thing says it is.
struct Mark {
  std::string job;  // "" where only a file's name tells
  std::string run;
  std::uint32_t shard = 0;
  std::uint32_t submission = 0;  // 0: not said
  std::string key_mark = {};     // key_mark_of() its run's key; "": not said
  std::uint32_t attempt = 0;     // 0: not said
  std::uint32_t asked = 0;       // asked_first() of all its run's shards; 0: not said
};
// Items of the shard that its run asks in its first round: 0 of one that is reused, or of a round of retries.
std::uint64_t asked_first(const model::Shard& shard);

std::optional<Mark> mark_of(const model::RemoteBatch& batch);
std::optional<Mark> mark_of_filename(std::string_view filename);  // "batchd-<run>-0001.jsonl"
std::string filename_of(std::string_view run, std::uint32_t shard);
// What a batch says of its run's key: the key, or of one that is longer than a provider may keep, this and its hash.
inline constexpr std::string_view hashed_key_start = "xxh3-";
std::string key_mark_of(std::string_view key);
// The same without what --new adds: of all runs of one question.
std::string_view question_of_mark(std::string_view key_mark);

struct KnownRun {
  model::Run run;  // without frozen_job
  std::vector<model::Shard> shards;
  std::vector<model::Submission> submissions;
  bool is_pruned = false;  // then of the run only what stays of it is known
};
using KnownRuns = std::map<std::string, KnownRun>;  // by id
// Of that provider; "": of all.
Result<KnownRuns> known_runs(store::Store& store, std::string_view provider);

struct UnownedBatch {
  model::RemoteBatch batch;
  std::optional<Mark> mark;  // nothing: somebody else's
  std::uint64_t bytes = 0;   // of its input file; 0: not listed
  bool is_adoptable = false;
  std::string why;  // it is not: half a sentence
  bool is_live() const { return !model::is_terminal(batch.state); }
};
struct UnownedFile {
  model::RemoteFile file;
  Mark mark;
  bool feeds_live_batch = false;  // deleting it might end what runs
  bool holds_results = false;     // of an unowned batch
};

struct AccountAudit {
  std::vector<UnownedBatch> batches;  // marked as ours, or (foreign) not
  std::vector<UnownedFile> files;     // ours only
  std::uint64_t owned_batches = 0;
  std::uint64_t owned_files = 0;
  std::uint64_t foreign_files = 0;
};
AccountAudit audit_account(const KnownRuns& known, const std::vector<model::RemoteBatch>& batches,
                           const std::vector<model::RemoteFile>& files);

// What tells of this run alone: by the batch's metadata; where that says nothing (any_without_mark()), by its input
// file's id or name.
bool any_without_mark(const std::vector<model::RemoteBatch>& batches);
std::vector<engine::MarkedBatch> batches_of_run(std::string_view run,
                                                const std::map<std::uint32_t, model::Shard>& shards,
                                                const std::vector<model::RemoteBatch>& batches,
                                                const std::vector<model::RemoteFile>& files);

// Puts the batch to its shard, as if this state had submitted it; `resume` does the rest. The run must be owned by
// `process`. invalid: it does not fit there (any more).
Status adopt(store::Store& store, const UnownedBatch& batch, Time now);

}  // namespace batchd::runner
