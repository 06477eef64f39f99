// A run whose record may lack some of what was submitted: it was begun by another state directory, or its database was
// put back from a backup. Each process asks the account which batches of the run there are, and begins nothing new
// until it has heard. The list may be late, so it is looked at for as long as a submission whose answer was lost is
// looked for (the settle time), from when it shows what is known to exist; and once more when it turns out later that
// it is slower than it was believed to be:
//
//   known <--Audited-- asking --the provider cannot be asked--> cannot_be_told (ends when nothing else is left to do)
//         --a list later than thought-->
//
// What the record does not know is kept, and looked at again before each shard is sent: a shard that has a batch there
// adopts it. Of a shard that was sent all the same one batch is kept, as search_steps.cpp does it.

#include <algorithm>

#include <fmt/format.h>

#include "core/engine/decider.hpp"
#include "core/engine/pacing.hpp"

namespace batchd::engine {

using model::Shard;
using model::ShardStage;

namespace {

constexpr Duration witnesses_for_so_long = std::chrono::hours(1);  // what is older, a list need not show any more
constexpr int looks_until_believed = 4;

}  // namespace

void Decider::begin_asking_account() {
  state_.account.asked_since = now_;
  ask_account(now_);
}

void Decider::ask_account(Time at) {
  state_.account.stage = Account::Stage::asking;
  state_.account.next_at = at;
  std::vector<Witness> witnesses;
  for (const auto& [key, known] : state_.submissions) {
    if (known.batch_id.empty() || !known.created_at || *known.created_at < now_ - witnesses_for_so_long) continue;
    witnesses.push_back({known.batch_id, state_.shards.at(key.first).input_file_id, *known.created_at, false});
  }
  keep_newest(witnesses);
  act(Audit{at, std::move(witnesses)});
}

// It told of everything that had been submitted by then, as far as is known of its list.
bool Decider::account_told_too_early() const {
  const auto& account = state_.account;
  return account.stage == Account::Stage::known && account.told_at && !state_.cancelling && !state_.stopping &&
         *account.told_at - account.asked_since < 2 * state_.run.list_lag;
}

bool Decider::is_held() const { return is_paused() || state_.account.stage != Account::Stage::known; }

void Decider::on(const Audited& event) {
  auto& account = state_.account;
  if (account.stage != Account::Stage::asking) return;
  state_.unreachable_since.reset();
  state_.throttled = false;
  account.failures = 0;
  account.unknown_here.clear();
  for (const auto& marked : event.batches)
    if (!is_known(marked.batch) && !model::came_to_nothing(marked.batch)) account.unknown_here.push_back(marked);
  // A pause holds back what is new: these exist.
  for (auto& [n, shard] : state_.shards) {
    const bool not_sent = shard.stage == ShardStage::planned || shard.stage == ShardStage::uploaded;
    const bool is_open = shard.stage == ShardStage::in_flight || shard.stage == ShardStage::ended;
    if (not_sent) take_over(shard);
    if (is_open && knows_how_it_stands(shard, event)) drop_unknown_twins(shard);
    if (state_.halted) return;
  }
  account.told_at = now_;
  const auto list = judge_list(event.asked, event.listed);
  if (list == ListState::behind) return ask_account_behind();
  account.list_behind_since.reset();
  if (!account.first_told_at) account.first_told_at = now_;
  const bool settled = now_ - *account.first_told_at >= policy_.reconcile.settle;
  const bool older_than_lag = now_ - account.asked_since >= 2 * state_.run.list_lag;
  if (!settled || !older_than_lag) {
    const auto left = account.asked_since + 2 * state_.run.list_lag - now_;
    return ask_account(now_ + std::max(look_interval(policy_.reconcile), left / looks_until_believed));
  }
  account.stage = Account::Stage::known;
  account.next_at.reset();
  if (state_.cancelling) end_unsent();
}

// What a cancel had to wait for.
void Decider::end_unsent() {
  for (auto& [n, shard] : state_.shards)
    if (shard.stage == ShardStage::planned || shard.stage == ShardStage::uploaded)
      end_without_batch(shard, model::EndKind::not_sent, {});
}

// The settle time begins when the list has caught up.
void Decider::ask_account_behind() {
  auto& account = state_.account;
  account.first_told_at.reset();
  if (!account.list_behind_since) account.list_behind_since = now_;
  const auto interval = look_interval_behind(policy_.reconcile, now_ - *account.list_behind_since);
  if (!interval) return account_cannot_be_told(list_not_believed());
  ask_account(now_ + *interval);
}

void Decider::on(const AuditFailed& event) {
  auto& account = state_.account;
  if (account.stage != Account::Stage::asking || halts(event.error)) return;
  const bool is_for_good = event.error.kind == ErrorKind::rejected || event.error.kind == ErrorKind::not_found;
  if (!is_for_good) return ask_account(now_ + retry_interval(0, ++account.failures, event.error.retry_after_ms));
  account_cannot_be_told(event.error);
}

void Decider::account_cannot_be_told(const Error& error) {
  auto& account = state_.account;
  account.stage = Account::Stage::cannot_be_told;
  account.why = error.message;
  say(0, "undecided", fmt::format("What {} holds of this run cannot be told: {}", state_.run.provider, error.message));
  if (state_.cancelling) end_unsent();
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
  if (!state_.cancelling && would_pay_twice(shard)) return true;
  std::vector<model::RemoteBatch> theirs;
  for (const auto* marked : unknown_batches_of(shard))
    if (model::holds_requests_of(shard, marked->batch, marked->input_bytes)) theirs.push_back(marked->batch);
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

// A record that was put back says what its batch was then: it may have come to nothing since, and been replaced.
bool Decider::knows_how_it_stands(const Shard& shard, const Audited& event) {
  if (shard.stage == ShardStage::ended && shard.end != model::EndKind::batch) return true;
  auto& kept = newest(shard);
  const auto is_kept = [&](const MarkedBatch& marked) { return marked.batch.id == kept.batch_id; };
  const auto listed = std::find_if(event.batches.begin(), event.batches.end(), is_kept);
  if (listed == event.batches.end()) return kept.intended_at >= state_.account.asked_since;
  if (kept.state != listed->batch.state || kept.counts != listed->batch.counts) note_batch(kept, listed->batch);
  return true;
}

void Decider::drop_unknown_twins(Shard& shard) {
  std::vector<model::RemoteBatch> twins;
  for (const auto* marked : unknown_batches_of(shard))
    if (model::holds_requests_of(shard, marked->batch, marked->input_bytes)) twins.push_back(marked->batch);
  if (twins.empty()) return;
  const auto before = shard.submission;
  const bool had_batch = shard.stage == ShardStage::in_flight || shard.end == model::EndKind::batch;
  note_found(shard, twins);
  keep_one(shard);
  follow_kept(shard, had_batch && shard.submission == before);
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
