#include "core/runner/adoption.hpp"

#include <fmt/format.h>

namespace batchd::runner {
namespace {

// The submission here that has it already.
std::string why_owned(const KnownRuns& known, std::string_view run, const model::Shard& shard,
                      const std::string& batch_id) {
  for (const auto& [id, other] : known) {
    for (const auto& one : other.submissions) {
      if (one.batch_id != batch_id) continue;
      if (id != run || one.shard != shard.n) return fmt::format("it belongs to shard {} of run {}", one.shard, id);
      return fmt::format("it is known as submission {} of this shard{}", one.n,
                         one.given_up ? ", and was given up" : "");
    }
  }
  return {};
}

// What it says of itself; of one that says nothing, what it was made of.
std::string why_strange(std::string_view run, const model::Shard& shard, const model::RemoteBatch& batch) {
  const auto mark = mark_of(batch);
  if (mark && mark->run != run) return fmt::format("it says that it is of run {}", mark->run);
  if (mark && mark->shard != shard.n) return fmt::format("it says that it is of shard {}", mark->shard);
  const bool has_other_file =
      !batch.input_file_id.empty() && !shard.input_file_id.empty() && batch.input_file_id != shard.input_file_id;
  if (!mark && has_other_file)
    return fmt::format("it was made of the file {}, and this shard's is {}", batch.input_file_id, shard.input_file_id);
  if (batch.counts.total > 0 && batch.counts.total != shard.requests)
    return fmt::format("it holds {} requests, and this shard has {}", batch.counts.total, shard.requests);
  return {};
}

}  // namespace

std::string why_not_of_shard(const model::Shard& shard, const model::RemoteBatch& batch, std::uint64_t input_bytes) {
  if (!model::holds_requests_of(shard, batch, input_bytes)) return "its requests are not those of its shard";
  if (model::came_to_nothing(batch)) return fmt::format("it is {}", name_of(batch.state));
  return {};
}

std::string why_not_named(const KnownRuns& known, std::string_view run, const model::Shard& shard,
                          const model::RemoteBatch& batch) {
  if (auto why = why_owned(known, run, shard, batch.id); !why.empty()) return why;
  if (auto why = why_strange(run, shard, batch); !why.empty()) return why;
  return why_not_of_shard(shard, batch, 0);
}

}  // namespace batchd::runner
