#include "core/runner/account_audit.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "core/engine/engine.hpp"
#include "core/runner/adoption.hpp"
#include "core/runner/preparation.hpp"
#include "ground/base/hash.hpp"
#include "ground/base/ulid.hpp"

namespace batchd::runner {
namespace {

using model::RemoteBatch;
using model::Shard;
using model::ShardStage;
using model::Submission;

constexpr std::uint32_t runs_max = 100'000;
constexpr std::string_view filename_head = "batchd-";
constexpr std::string_view filename_tail = ".jsonl";
constexpr std::size_t ulid_characters = 26;
constexpr std::size_t key_mark_characters_max = 256;  // OpenAI keeps 512 of a value

std::uint32_t number_in(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && end == text.data() + text.size() ? number : 0;
}

std::string value_of(const RemoteBatch& batch, std::string_view key) {
  const auto found = batch.metadata.find(std::string(key));
  return found == batch.metadata.end() ? std::string() : found->second;
}

const Shard* shard_of(const KnownRun& known, std::uint32_t n) {
  const auto found =
      std::find_if(known.shards.begin(), known.shards.end(), [n](const Shard& shard) { return shard.n == n; });
  return found == known.shards.end() ? nullptr : &*found;
}

const Submission* newest_of(const KnownRun& known, const Shard& shard) {
  for (const auto& one : known.submissions)
    if (one.shard == shard.n && one.n == shard.submission) return &one;
  return nullptr;
}

// A process is at it: what it has just sent it may not have written down yet.
bool is_under_way(const KnownRun& known, const Mark& mark) {
  const auto owner = process_from_text(known.run.owner);
  if (model::is_final(known.run.state) || !owner || liveness_of(*owner) == Liveness::dead) return false;
  const auto* shard = shard_of(known, mark.shard);
  return shard && shard->stage >= ShardStage::uploading && shard->stage <= ShardStage::unknown;
}

// Half a sentence; "": it can be adopted.
std::string why_not_adoptable(const KnownRuns& known, const Mark& mark, const RemoteBatch& batch,
                              std::uint64_t input_bytes) {
  const auto found = known.find(mark.run);
  if (found == known.end()) return "its run is not known here";
  const auto& run = found->second;
  if (run.is_pruned) return fmt::format("its run is over ({}), and its record was pruned here", name_of(run.run.state));
  if (model::is_final(run.run.state)) return fmt::format("its run is over ({})", name_of(run.run.state));
  if (run.run.state == model::RunState::created) return "its run was never prepared to its end";
  const auto* shard = shard_of(run, mark.shard);
  if (!shard) return fmt::format("its run has no shard {}", mark.shard);
  if (auto why = why_not_of_shard(*shard, batch, input_bytes); !why.empty()) return why;
  switch (shard->stage) {
    case ShardStage::planned:
    case ShardStage::uploading:
    case ShardStage::uploaded:
    case ShardStage::creating:
    case ShardStage::unknown:
      return {};
    case ShardStage::in_flight: {
      const auto* newest = newest_of(run, *shard);
      return fmt::format("its shard has another batch under way, {}", newest ? newest->batch_id : "");
    }
    case ShardStage::ended:
    case ShardStage::fetched:
    case ShardStage::collected:
      break;
  }
  return "its shard has its answers from another batch";
}

// What the state knows by id.
struct Owned {
  std::set<std::string_view> batches;
  std::set<std::string_view> files;
  std::map<std::string_view, Mark> by_input_file;
};

Owned owned_by(const KnownRuns& known) {
  Owned owned;
  for (const auto& [id, run] : known) {
    for (const auto& shard : run.shards) {
      if (shard.input_file_id.empty()) continue;
      owned.files.insert(shard.input_file_id);
      owned.by_input_file[shard.input_file_id] = {run.run.job, id, shard.n, 0};
    }
    for (const auto& one : run.submissions) {
      if (one.batch_id.empty()) continue;
      owned.batches.insert(one.batch_id);
      owned.files.insert(one.output_file_id);
      owned.files.insert(one.error_file_id);
    }
  }
  return owned;
}

}  // namespace

std::string filename_of(std::string_view run, std::uint32_t shard) {
  return fmt::format("{}{}-{:04}{}", filename_head, run, shard, filename_tail);
}

std::optional<Mark> mark_of(const RemoteBatch& batch) {
  Mark mark;
  mark.job = value_of(batch, model::metadata_job);
  mark.run = value_of(batch, model::metadata_run);
  mark.shard = number_in(value_of(batch, model::metadata_shard));
  mark.submission = number_in(value_of(batch, model::metadata_submission));
  mark.key_mark = value_of(batch, model::metadata_key);
  mark.attempt = number_in(value_of(batch, model::metadata_attempt));
  mark.asked = number_in(value_of(batch, model::metadata_asked));
  if (mark.run.empty()) return std::nullopt;
  return mark;
}

std::uint64_t asked_first(const Shard& shard) {
  return shard.attempt <= 1 && !model::is_reused(shard) ? shard.requests : 0;
}

std::string key_mark_of(std::string_view key) {
  if (key.size() <= key_mark_characters_max) return std::string(key);
  return std::string(hashed_key_start) + to_hex(xxh3_128(key));
}

std::string_view question_of_mark(std::string_view key_mark) {
  const auto slash = key_mark.rfind('/');
  const bool is_begun_anew = slash != std::string_view::npos && is_ulid(key_mark.substr(slash + 1));
  return is_begun_anew && !key_mark.starts_with(daemon_key_start) ? key_mark.substr(0, slash) : key_mark;
}

std::optional<Mark> mark_of_filename(std::string_view filename) {
  if (!filename.starts_with(filename_head) || !filename.ends_with(filename_tail)) return std::nullopt;
  const auto inner =
      filename.substr(filename_head.size(), filename.size() - filename_head.size() - filename_tail.size());
  if (inner.size() < ulid_characters + 2 || inner[ulid_characters] != '-') return std::nullopt;
  Mark mark;
  mark.run = inner.substr(0, ulid_characters);
  mark.shard = number_in(inner.substr(ulid_characters + 1));
  if (!is_ulid(mark.run) || mark.shard == 0) return std::nullopt;
  return mark;
}

Result<KnownRuns> known_runs(store::Store& store, std::string_view provider) {
  auto runs = store.runs("", runs_max);
  if (!runs) return runs.error();
  KnownRuns known;
  for (auto& run : *runs) {
    if (!provider.empty() && run.provider != provider) continue;
    auto shards = store.shards(run.id);
    if (!shards) return shards.error();
    auto submissions = store.submissions(run.id);
    if (!submissions) return submissions.error();
    run.frozen_job.clear();
    run.frozen_job.shrink_to_fit();
    auto id = run.id;
    known.emplace(std::move(id), KnownRun{std::move(run), std::move(*shards), std::move(*submissions), false});
  }
  const auto pruned = store.pruned_runs("", runs_max);
  if (!pruned) return pruned.error();
  for (const auto& one : *pruned) {
    if (!provider.empty() && one.provider != provider) continue;
    KnownRun run;
    run.run.id = one.id;
    run.run.job = one.job;
    run.run.state = one.state;
    run.is_pruned = true;
    known.emplace(one.id, std::move(run));
  }
  return known;
}

AccountAudit audit_account(const KnownRuns& known, const std::vector<RemoteBatch>& batches,
                           const std::vector<model::RemoteFile>& files) {
  const auto owned = owned_by(known);
  std::map<std::string_view, const model::RemoteFile*> listed;
  for (const auto& file : files)
    listed[file.id] = &file;

  AccountAudit audit;
  std::set<std::string_view> feeding;
  std::map<std::string_view, Mark> results;
  for (const auto& batch : batches) {
    if (!model::is_terminal(batch.state)) feeding.insert(batch.input_file_id);
    if (owned.batches.contains(batch.id)) {
      ++audit.owned_batches;
      continue;
    }
    UnownedBatch one{batch, mark_of(batch), 0, false, "it does not carry batchd's mark"};
    const auto input = listed.find(batch.input_file_id);
    // A server that keeps no metadata: the input file tells.
    if (!one.mark && input != listed.end()) one.mark = mark_of_filename(input->second->filename);
    if (const auto fed = owned.by_input_file.find(batch.input_file_id); !one.mark && fed != owned.by_input_file.end())
      one.mark = fed->second;
    if (input != listed.end()) one.bytes = input->second->bytes;
    if (one.mark) {
      const auto run = known.find(one.mark->run);
      if (run != known.end() && is_under_way(run->second, *one.mark)) {
        ++audit.owned_batches;
        continue;
      }
      one.why = why_not_adoptable(known, *one.mark, batch, one.bytes);
      one.is_adoptable = one.why.empty();
      if (model::is_terminal(batch.state) && !one.is_adoptable) {
        results[batch.output_file_id] = *one.mark;
        results[batch.error_file_id] = *one.mark;
      }
    }
    audit.batches.push_back(std::move(one));
  }
  for (const auto& file : files) {
    auto mark = mark_of_filename(file.filename);
    const auto result = results.find(file.id);
    if (result != results.end()) mark = result->second;
    const auto run = mark ? known.find(mark->run) : known.end();
    const bool under_way = run != known.end() && is_under_way(run->second, *mark);
    if (owned.files.contains(file.id) || under_way) {
      ++audit.owned_files;
    } else if (mark) {
      audit.files.push_back({file, *mark, feeding.contains(file.id), result != results.end()});
    } else {
      ++audit.foreign_files;
    }
  }
  return audit;
}

bool any_without_mark(const std::vector<RemoteBatch>& batches) {
  return std::any_of(batches.begin(), batches.end(), [](const RemoteBatch& batch) { return !mark_of(batch); });
}

std::vector<engine::MarkedBatch> batches_of_run(std::string_view run, const std::map<std::uint32_t, Shard>& shards,
                                                const std::vector<RemoteBatch>& batches,
                                                const std::vector<model::RemoteFile>& files) {
  std::map<std::string_view, const model::RemoteFile*> listed;
  for (const auto& file : files)
    listed[file.id] = &file;
  std::map<std::string_view, std::uint32_t> shard_of_file;
  for (const auto& [n, shard] : shards)
    if (!shard.input_file_id.empty()) shard_of_file[shard.input_file_id] = n;

  std::vector<engine::MarkedBatch> found;
  for (const auto& batch : batches) {
    const auto input = listed.find(batch.input_file_id);
    auto mark = mark_of(batch);
    if (!mark && input != listed.end()) mark = mark_of_filename(input->second->filename);
    std::uint32_t shard = mark && mark->run == run ? mark->shard : 0;
    if (const auto fed = shard_of_file.find(batch.input_file_id); !mark && fed != shard_of_file.end())
      shard = fed->second;
    if (shard > 0) found.push_back({shard, batch, input == listed.end() ? 0 : input->second->bytes});
  }
  return found;
}

Status adopt(store::Store& store, const UnownedBatch& found, Time now) {
  if (!found.mark) return Error(ErrorKind::invalid, fmt::format("{} cannot be adopted: {}", found.batch.id, found.why));
  auto run = store.run(found.mark->run);
  if (!run) return run.error();
  auto shards = store.shards(run->id);
  if (!shards) return shards.error();
  auto submissions = store.submissions(run->id);
  if (!submissions) return submissions.error();
  const KnownRuns known{{run->id, {*run, *shards, *submissions, false}}};
  const auto& mark = *found.mark;
  const auto& batch = found.batch;
  // Asked again: it may have gone on since the list was read.
  if (const auto why = why_not_adoptable(known, mark, batch, found.bytes); !why.empty())
    return Error(ErrorKind::invalid, fmt::format("{} cannot be adopted: {}", batch.id, why));

  auto state = engine::state_from(std::move(*run), std::move(*shards), std::move(*submissions));
  state.stopping = true;  // it is written down here; whoever resumes the run goes on with it
  const auto decision =
      engine::decide(state, engine::Resolved{mark.shard, 0, model::Settlement::adopt, batch}, engine::Policy(), now);
  return store.apply(state.run.id, decision.changes);
}

}  // namespace batchd::runner
