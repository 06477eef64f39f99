#include "core/runner/run_facts.hpp"

#include <algorithm>

namespace batchd::runner {
namespace {

constexpr const char* cancel_asked = "cancel_asked";
constexpr std::string_view asked_words = " asked to cancel the run.";
// Newer ones than the asking there are a few for each shard.
constexpr std::uint32_t happenings_looked_at = 5'000;

Result<std::string> who_cancelled(store::Store& store, const model::Run& run) {
  if (!run.cancel_requested_at) return std::string();
  const auto lately = store.happenings(run.id, happenings_looked_at);
  if (!lately) return lately.error();
  for (const auto& one : *lately)  // the first who asked
    if (one.kind == cancel_asked && one.text.ends_with(asked_words) && one.at >= *run.cancel_requested_at)
      return one.text.substr(0, one.text.size() - asked_words.size());
  return std::string();
}

}  // namespace

model::Happening cancel_asked_by(const std::string& who, Time now) {
  return {now, 0, cancel_asked, who + std::string(asked_words)};
}

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
  auto who = who_cancelled(store, run);
  if (!who) return who.error();
  facts.cancelled_by = std::move(*who);
  facts.run = std::move(run);
  return facts;
}

}  // namespace batchd::runner
