#pragma once
// What is said where a run's files are missing because prune deleted them: so and when, and what remains.

#include "core/runner/pruning.hpp"

namespace batchd::runner {

// `fault` in these words if it is of a file that is gone (not_found, io) and prune deleted files of the run; else as it
// is. Of the same kind.
Error explained_by_pruning(const Error& fault, const model::Run& run, const std::optional<model::Happening>& pruning);

// "its results, as they were published: /out/tickets/01jd…/results.jsonl"; where they are gone, too: its figures.
std::string what_remains(const model::Run& run);

// Of some answers that a run has, one's file is missing.
bool has_lost_answers(const Path& state_folder, const std::vector<model::Shard>& shards);

}  // namespace batchd::runner
