#include "core/runner/wholeness.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace batchd::runner {
namespace {

using model::Shard;
using model::ShardStage;
using model::Submission;

bool needs_a_submission(const Shard& shard) {
  const bool is_sent = shard.stage >= ShardStage::creating && shard.stage <= ShardStage::in_flight;
  return is_sent || shard.end == model::EndKind::batch;
}

// A sentence about the first thing that is not there; "": all is.
std::string missing_in(const model::Run& run, const std::vector<Shard>& shards,
                       const std::vector<Submission>& submissions) {
  const auto find = [&](std::uint32_t shard, std::uint32_t n) {
    return std::find_if(submissions.begin(), submissions.end(),
                        [&](const Submission& one) { return one.shard == shard && one.n == n; });
  };
  std::uint64_t requests = 0;
  for (const auto& shard : shards) {
    requests += shard.attempt <= 1 ? shard.requests : 0;  // those of retry shards are counted with their first attempt
    if (shard.submission == 0 && !needs_a_submission(shard)) continue;
    for (const auto n : {1u, std::max(shard.submission, 1u)})
      if (find(shard.n, n) == submissions.end())
        return fmt::format("submission {} of shard {} is not there", n, shard.n);
    if (shard.stage == ShardStage::in_flight && find(shard.n, shard.submission)->batch_id.empty())
      return fmt::format("the batch of shard {} is not there", shard.n);
  }
  for (const auto& submission : submissions) {
    const bool has_shard =
        std::any_of(shards.begin(), shards.end(), [&](const Shard& shard) { return shard.n == submission.shard; });
    if (!has_shard) return fmt::format("shard {} is not there, and was submitted", submission.shard);
  }
  if (requests != run.items) return fmt::format("its shards have {} of {} items", requests, run.items);
  return {};
}

}  // namespace

Error not_whole(store::Store& store, const std::string& what) {
  if (auto sound = store.check_integrity(); !sound) return sound.error();
  return {ErrorKind::io, fmt::format("the database is damaged: {}", what),
          "Put a backup of it in its place; nothing is sent until then."};
}

Status check_whole(store::Store& store, const model::Run& run, const std::vector<Shard>& shards,
                   const std::vector<Submission>& submissions) {
  const auto missing = missing_in(run, shards, submissions);
  if (missing.empty()) return {};
  return not_whole(store, fmt::format("of run {} {}", run.id, missing));
}

}  // namespace batchd::runner
