// A run whose record may lack some of what was submitted: it was begun by another state directory, or its database was
// put back from a backup. Each process asks the account once which batches of the run there are, and begins nothing new
// until it has heard. The list may be late, so it is looked at for as long as a submission whose answer was lost is
// looked for (the settle time):
//
//   known <--Audited-- asking --the provider cannot be asked--> cannot_be_told (ends when nothing else is left to do)
//
// What the record does not know is kept, and looked at again before each shard is sent: a shard that has a batch there
// adopts it.

#include <algorithm>

#include <fmt/format.h>

#include "core/engine/decider.hpp"
#include "core/engine/pacing.hpp"

namespace batchd::engine {

using model::Shard;
using model::ShardStage;

void Decider::ask_account(Time at) {
  state_.account.stage = Account::Stage::asking;
  state_.account.next_at = at;
  act(Audit{at});
}

bool Decider::is_held() const { return is_paused() || state_.account.stage != Account::Stage::known; }

void Decider::on(const Audited& event) {
  auto& account = state_.account;
  if (account.stage != Account::Stage::asking) return;
  state_.unreachable_since.reset();
  state_.throttled = false;
  account.failures = 0;
  account.unknown_here.clear();
  if (!account.first_told_at) account.first_told_at = now_;
  for (const auto& marked : event.batches)
    if (!is_known(marked.batch) && !model::came_to_nothing(marked.batch)) account.unknown_here.push_back(marked);
  // A pause holds back what is new: these exist.
  for (auto& [n, shard] : state_.shards) {
    const bool not_sent = shard.stage == ShardStage::planned || shard.stage == ShardStage::uploaded;
    if (not_sent && !state_.cancelling) take_over(shard);
    if (state_.halted) return;
  }
  if (now_ - *account.first_told_at < policy_.reconcile.settle)
    return ask_account(now_ + look_interval(policy_.reconcile));
  account.stage = Account::Stage::known;
  account.next_at.reset();
}

void Decider::on(const AuditFailed& event) {
  auto& account = state_.account;
  if (account.stage != Account::Stage::asking || halts(event.error)) return;
  const bool is_for_good = event.error.kind == ErrorKind::rejected || event.error.kind == ErrorKind::not_found;
  if (!is_for_good) return ask_account(now_ + retry_interval(0, ++account.failures, event.error.retry_after_ms));
  account.stage = Account::Stage::cannot_be_told;
  account.why = event.error.message;
  say(0, "undecided",
      fmt::format("What {} holds of this run cannot be told: {}", state_.run.provider, event.error.message));
}

bool Decider::is_known(const model::RemoteBatch& batch) const {
  return std::any_of(state_.submissions.begin(), state_.submissions.end(),
                     [&](const auto& entry) { return entry.second.batch_id == batch.id; });
}

// A look, too, may have found one meanwhile.
std::vector<const MarkedBatch*> Decider::unknown_batches_of(const Shard& shard) const {
  std::vector<const MarkedBatch*> batches;
  for (const auto& marked : state_.account.unknown_here)
    if (marked.shard == shard.n && !is_known(marked.batch)) batches.push_back(&marked);
  return batches;
}

bool Decider::would_pay_twice(const Shard& shard) {
  for (const auto* marked : unknown_batches_of(shard)) {
    const auto& batch = marked->batch;
    if (model::holds_requests_of(shard, batch, marked->input_bytes)) continue;
    // Which of these items it holds cannot be told from here.
    halt(exit_internal,
         Error(
             ErrorKind::conflict,
             fmt::format("{} is a batch of this run, but not of the requests that are to be asked now (shard {}): they "
                         "might be paid for twice",
                         batch.id, shard.n),
             fmt::format("`batchd doctor --cancel {}` cancels it, if it still runs; `batchd cancel {}` ends the run "
                         "with what it has",
                         batch.id, state_.run.id)));
    return true;
  }
  return false;
}

bool Decider::take_over(Shard& shard) {
  if (state_.account.unknown_here.empty()) return false;
  if (would_pay_twice(shard)) return true;
  std::vector<model::RemoteBatch> theirs;
  for (const auto* marked : unknown_batches_of(shard))
    theirs.push_back(marked->batch);
  if (theirs.empty()) return false;
  std::erase_if(state_.account.unknown_here, [&](const MarkedBatch& marked) { return marked.shard == shard.n; });
  note_found(shard, theirs);
  auto& session = state_.sessions[shard.n];
  session.busy = session.waits_for_room = false;
  session.next_at.reset();
  adopt(shard, theirs);
  const auto& kept = newest(shard);
  for (const auto& batch : theirs)
    if (batch.id == kept.batch_id && !batch.input_file_id.empty()) shard.input_file_id = batch.input_file_id;
  return true;
}

void Decider::halt_untold() {
  halt(exit_internal,
       Error(ErrorKind::unknown,
             fmt::format("what was submitted of this run before its record was put back, or elsewhere, cannot be told, "
                         "and the same requests might be paid for twice: {}",
                         state_.account.why),
             fmt::format("look at the batches that {} lists, in its console; `batchd cancel {}` ends the run with what "
                         "it has, and `batchd run … --new` asks everything once more",
                         state_.run.provider, state_.run.id)));
}

}  // namespace batchd::engine
