// A pause: nothing new is uploaded or created while it holds. What has begun goes on: an upload under way comes to its
// end, batches are polled and collected, lost submissions are asked about. What was kept from going is taken up again
// by fill_slots() and fill_room() as if a slot had become free.

#include <algorithm>

#include <fmt/format.h>

#include "core/engine/decider.hpp"

namespace batchd::engine {

using model::Shard;
using model::ShardStage;

void Decider::on(const Paused& event) {
  state_.paused = event.pause;
  if (state_.run.state != model::RunState::running) return;
  say(0, "paused", fmt::format("Paused by `batchd pause {}`: nothing more is submitted.", argument_of(event.pause)));
}

void Decider::on(const Unpaused&) {
  if (!state_.paused) return;
  state_.paused.reset();
  if (state_.run.state == model::RunState::running) say(0, "unpaused", "Nothing pauses it any more; going on.");
}

// A cancelled run sends nothing, paused or not, and must come to its end.
bool Decider::is_paused() const { return state_.paused && !state_.cancelling; }

// An upload that would be begun again waits with those that were never begun.
void Decider::hold_upload(Shard& shard) {
  shard.stage = ShardStage::planned;
  touch(shard);
  if (!anything_in_flight()) state_.unreachable_since.reset();  // nobody is asked any more
}

std::uint64_t Decider::held_back() const {
  if (!is_paused()) return 0;
  return static_cast<std::uint64_t>(std::count_if(state_.shards.begin(), state_.shards.end(), [&](const auto& entry) {
    const auto session = state_.sessions.find(entry.first);
    const bool waits = session != state_.sessions.end() && session->second.waits_for_room;
    return entry.second.stage == ShardStage::planned || (entry.second.stage == ShardStage::uploaded && waits);
  }));
}

std::string Decider::pause_detail(std::uint64_t held) const {
  const auto argument = argument_of(*state_.paused);
  return fmt::format(
      "`batchd pause {0}` holds back {1} {2}; what is at the provider is collected, and `batchd unpause "
      "{0}` goes on",
      argument, held, held == 1 ? "shard" : "shards");
}

}  // namespace batchd::engine
