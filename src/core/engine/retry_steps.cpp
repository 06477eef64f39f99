// Asking again. When every shard is collected, what has failed is looked at class by class; what the ladder sends back
// is gathered from all shards into as few new ones as possible, which then go the way of every shard:
//
//   none -> surveying -+-> over (nothing is to be asked again: the run is counted)
//    ^                 `-> gathering --a shard committed--> gathering --all sources exhausted--> none
//    `------------------------------------------- all shards collected ---------------------------'
//
// An attempt of an item is gathered once: the store refuses a second shard for it. A process that dies while gathering
// leaves whole shards; what is not in one of them failed as before, and is found by the next survey.

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/engine/decider.hpp"
#include "core/engine/ladder.hpp"
#include "core/engine/pacing.hpp"

namespace batchd::engine {

using model::BatchState;
using model::EndKind;
using model::Shard;

namespace {

// What may lie in one file: the same model and thinking mode, and the same attempt of each item.
using Group = std::tuple<std::string, std::string, std::uint32_t, std::uint32_t>;

std::string counted_items(std::uint64_t items) { return items == 1 ? "1 item" : fmt::format("{} items", items); }

std::string list_of(const std::map<model::Reason, std::uint64_t>& items_of_reason) {
  std::vector<std::string> parts;
  for (const auto& [reason, items] : items_of_reason)
    parts.push_back(fmt::format("{} {}", items, name_of(reason)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

// The provider refused the batch for single lines: the others are as good as they were, and nobody has looked at them.
bool Decider::did_not_run(const Shard& shard) const {
  if (shard.end != EndKind::batch) return false;
  const auto found = state_.submissions.find({shard.n, shard.submission});
  if (found == state_.submissions.end()) return false;
  const auto& batch = found->second;
  return batch.state == BatchState::failed && batch.counts.completed == 0 && !batch.errors.empty() &&
         std::all_of(batch.errors.begin(), batch.errors.end(), [](const auto& error) { return error.line; });
}

// Of its items, when they go again.
std::uint32_t Decider::unspent_after(const Shard& shard) const { return shard.unspent + (did_not_run(shard) ? 1 : 0); }

bool Decider::may_ask_again() const {
  return policy_.attempts_max > 1 || !state_.run.retry.reasons.empty() ||
         std::any_of(state_.shards.begin(), state_.shards.end(),
                     [&](const auto& entry) { return did_not_run(entry.second); });
}

bool Decider::goes_again(const FailureClass& failed) const {
  const auto& shard = state_.shards.at(failed.shard);
  const auto& wish = state_.run.retry;
  FailureHistory history;
  history.reason = failed.reason;
  history.attempts = shard.attempt;
  history.was_run = !did_not_run(shard);
  history.unspent = unspent_after(shard);
  history.is_wished = wish.reasons.contains(failed.reason) && shard.n <= wish.last_shard;
  return ladder(history, policy_.attempts_max) == Rung::ask_again;
}

void Decider::begin_round() {
  if (state_.cancelling || !may_ask_again()) {
    state_.round.stage = Round::Stage::over;
    return;
  }
  state_.round.stage = Round::Stage::surveying;
  act(Survey{});
}

void Decider::on(const Surveyed& event) {
  if (state_.round.stage != Round::Stage::surveying) return;
  state_.round = {Round::Stage::over};
  state_.unreachable_since.reset();
  if (state_.cancelling) return;
  std::map<Group, Gather> groups;
  std::map<model::Reason, std::uint64_t> again;
  std::uint64_t items = 0;
  for (const auto& failed : event.failures) {
    if (!goes_again(failed)) continue;
    const auto& shard = state_.shards.at(failed.shard);
    const auto unspent = unspent_after(shard);
    auto& gather = groups[{shard.model, shard.thinking, shard.attempt + 1, unspent}];
    gather.becomes.attempt = shard.attempt + 1;
    gather.becomes.unspent = unspent;
    gather.becomes.lane = shard.lane;
    gather.becomes.model = shard.model;
    gather.becomes.thinking = shard.thinking;
    if (gather.sources.empty() || gather.sources.back().shard != shard.n) gather.sources.push_back({shard.n, {}});
    gather.sources.back().reasons.add(failed.reason);
    items += failed.items;
    again[failed.reason] += failed.items;
  }
  if (groups.empty()) return;
  if (state_.account.stage == Account::Stage::cannot_be_told) return halt_untold();
  say(0, "retrying", fmt::format("Asking {} again: {}.", counted_items(items), list_of(again)));
  state_.round.stage = Round::Stage::gathering;
  for (auto& [group, gather] : groups)
    state_.round.left.push_back(std::move(gather));
  gather_next();
}

void Decider::gather_next() {
  auto& left = state_.round.left;
  if (left.empty() || state_.cancelling) {
    // Otherwise the next survey would send for them again, for ever.
    if (state_.round.gathered == 0 && !state_.cancelling)
      halt(exit_internal, Error(ErrorKind::internal, "items that are to be asked again are not among those that failed",
                                "`batchd verify` says what does not agree; please report this"));
    state_.round = {};
    return;
  }
  left.front().becomes.n = state_.shards.empty() ? 1 : state_.shards.rbegin()->first + 1;
  act(left.front());
}

void Decider::on(const Gathered& event) {
  if (state_.round.stage != Round::Stage::gathering) return;
  // What a cancel overtook stays as it failed.
  if (event.shard.requests > 0 && !state_.cancelling) {
    if (would_pay_twice(event.shard)) return;
    auto& shard = state_.shards[event.shard.n] = event.shard;
    touch(shard);
    state_.round.gathered += shard.requests;
    say(shard.n, "gathered",
        fmt::format("{} go into one more batch, as their attempt {}.", counted_items(shard.requests), shard.attempt));
    take_over(shard);
  }
  auto& left = state_.round.left;
  left.front().after_sequence = event.last_sequence;
  if (event.exhausted) left.erase(left.begin());
  gather_next();
}

void Decider::on(const SurveyFailed& event) { halt(exit_internal, event.error); }
void Decider::on(const GatherFailed& event) { halt(exit_internal, event.error); }

}  // namespace batchd::engine
