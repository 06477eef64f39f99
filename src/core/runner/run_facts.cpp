#include "core/runner/run_facts.hpp"

#include <algorithm>

namespace batchd::runner {

Result<report::RunFacts> facts_of(store::Store& store, model::Run run) {
  report::RunFacts facts;
  auto counts = store.counts(run.id);
  if (!counts) return counts.error();
  facts.counts = *counts;
  auto shards = store.shards(run.id);
  if (!shards) return shards.error();
  facts.shards = std::move(*shards);
  auto submissions = store.submissions(run.id);
  if (!submissions) return submissions.error();
  facts.submissions = std::move(*submissions);
  auto newest = store.happenings(run.id, 1);
  if (!newest) return newest.error();
  if (!newest->empty() && newest->front().kind == "halted") facts.halt = std::move(newest->front());
  auto pauses = store.pauses();
  if (!pauses) return pauses.error();
  const auto pause = std::find_if(pauses->begin(), pauses->end(), [&](const auto& one) { return holds(one, run); });
  if (pause != pauses->end()) facts.pause = std::move(*pause);
  facts.run = std::move(run);
  return facts;
}

}  // namespace batchd::runner
