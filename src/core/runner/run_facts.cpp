#include "core/runner/run_facts.hpp"

#include <algorithm>

#include "line/notify/target.hpp"

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
  auto untold = untold_of(store, run.id);
  if (!untold) return untold.error();
  facts.untold = std::move(*untold);
  auto who = who_cancelled(store, run);
  if (!who) return who.error();
  facts.cancelled_by = std::move(*who);
  facts.run = std::move(run);
  return facts;
}

Result<std::vector<report::Untold>> untold_of(store::Store& store, std::string_view run) {
  const auto deliveries = store.deliveries_of(run);
  if (!deliveries) return deliveries.error();
  std::vector<report::Untold> untold;
  for (const auto& one : *deliveries) {
    if (!model::is_untold(one)) continue;
    auto& told = untold.emplace_back();
    const auto target = notify::target_from_text(one.target);
    told.event = one.event;
    told.to = target ? notify::shown(*target) : "target of a message";
    told.why = one.detail;
    told.since = one.created_at;
    told.tries = one.attempts;
    if (one.state == model::DeliveryState::pending) told.next_try_at = one.next_try_at;
  }
  return untold;
}

}  // namespace batchd::runner
