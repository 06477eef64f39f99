#include "core/runner/after_pruning.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "line/report/report.hpp"

namespace batchd::runner {

std::string what_remains(const model::Run& run) {
  const auto results = report::folder_of(run) / run.id / "results.jsonl";
  if (path_exists(results)) return fmt::format("its results remain as they were published: {}", results.string());
  return fmt::format("its record and its figures remain: `batchd status {}`", run.id);
}

Error explained_by_pruning(const Error& fault, const model::Run& run, const std::optional<model::Happening>& pruning) {
  const bool is_of_a_file = fault.kind == ErrorKind::not_found || fault.kind == ErrorKind::io;
  if (!pruning || !is_of_a_file) return fault;
  Error told = fault;
  told.message = fmt::format("`batchd prune` deleted what run {} was made of at {}: the answers are gone", run.id,
                             format_utc(pruning->at));
  told.hint = what_remains(run);
  return told;
}

bool has_lost_answers(const Path& state_folder, const std::vector<model::Shard>& shards) {
  return std::any_of(shards.begin(), shards.end(), [&](const model::Shard& shard) {
    return !shard.outcome_file.empty() && !path_exists(state_folder / shard.outcome_file);
  });
}

}  // namespace batchd::runner
