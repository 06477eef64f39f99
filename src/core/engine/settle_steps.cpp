// What a person settles: which batch a submission has become where the provider cannot tell, or that none did. The
// word is in the store before it comes here (model/resolution.hpp); what follows from it is one decision like any
// other. `doctor --adopt` and `run --adopt` come this way, too, with batches that a lost state had made.

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/engine/decider.hpp"

namespace batchd::engine {

using model::EndKind;
using model::Settlement;
using model::Shard;
using model::ShardStage;
using model::Submission;

namespace {

constexpr std::size_t others_named_max = 10;  // shards in doubt beside the first

// Of no submission in particular: whatever has no batch yet may get one. Else only the submission it was said of.
bool may_be_resolved(const Shard& shard, const Resolved& event) {
  if (event.submission == 0) return event.by == Settlement::adopt && shard.stage <= ShardStage::unknown;
  return shard.stage == ShardStage::unknown && shard.submission == event.submission;
}

}  // namespace

void Decider::on(const Resolved& event) {
  const auto found = state_.shards.find(event.shard);
  check(found != state_.shards.end(), "a person settles a shard of this run");
  Shard& shard = found->second;
  if (!may_be_resolved(shard, event))
    return say(shard.n, "resolved_late",
               fmt::format("--{} came too late: what became of submission {} is known by now.", name_of(event.by),
                           event.submission));
  resolve(shard, event.by, event.batch);
}

// A word that a process before this one was given and did not get to.
bool Decider::resolve_by_word(Shard& shard) {
  for (const auto& word : state_.resolutions) {
    if (word.shard != shard.n || word.submission != shard.submission) continue;
    model::RemoteBatch batch;
    batch.id = word.batch_id;
    batch.input_file_id = word.input_file_id;
    resolve(shard, word.by, batch);
    return true;
  }
  return false;
}

void Decider::resolve(Shard& shard, Settlement by, const model::RemoteBatch& batch) {
  auto& session = state_.sessions[shard.n];
  session.undecided = false;
  session.busy = false;
  session.next_at.reset();
  switch (by) {
    case Settlement::adopt:
      return adopt_by_hand(shard, batch);
    case Settlement::resubmit:
      say(shard.n, "resolved",
          fmt::format("--resubmit: submission {} is taken for never arrived. If it did arrive, it is paid for twice.",
                      shard.submission));
      return submit_anew(shard);
    case Settlement::fail:
      say(shard.n, "resolved",
          fmt::format("--fail: the shard ends without answers. {}", shard.error.empty() ? "" : shard.error));
      give_up_doubts(shard);
      return end_without_batch(shard, EndKind::given_up, shard.error);
  }
}

// The submission a batch is put to: the one it says it is of, else the one whose answer was lost, else one of its own.
Submission& Decider::place_of(const Shard& shard, const model::RemoteBatch& batch) {
  const auto said = submission_number(batch);
  for (const auto n : {said, shard.submission}) {
    const auto known = state_.submissions.find({shard.n, n});
    if (known != state_.submissions.end() && known->second.batch_id.empty()) return known->second;
  }
  Submission made;
  made.shard = shard.n;
  made.n = std::max(said, next_submission_number(shard));
  made.intended_at = batch.created_at.value_or(now_);
  return state_.submissions[{shard.n, made.n}] = made;
}

void Decider::adopt_by_hand(Shard& shard, const model::RemoteBatch& batch) {
  auto& place = place_of(shard, batch);
  place.given_up = false;
  place.state_text.clear();
  place.errors.clear();
  note_batch(place, batch);
  shard.submission = place.n;
  if (!batch.input_file_id.empty()) shard.input_file_id = batch.input_file_id;
  say(shard.n, "adopted", fmt::format("Adopted {} by hand; nothing was sent.", batch.id));
  go_on_with(shard, batch.id);
}

std::vector<const Shard*> Decider::undecided_shards() const {
  std::vector<const Shard*> undecided;
  for (const auto& [n, shard] : state_.shards) {
    const auto session = state_.sessions.find(n);
    if (shard.stage == ShardStage::unknown && session != state_.sessions.end() && session->second.undecided)
      undecided.push_back(&shard);
  }
  return undecided;
}

// The first in full, so that there is one thing to do next; of the others that they are there.
std::string Decider::told_undecided(const std::vector<const Shard*>& shards) const {
  std::string text = fmt::format("shard {}: {}", shards.front()->n, shards.front()->error);
  std::vector<std::uint32_t> others;
  for (std::size_t n = 1; n < shards.size() && others.size() < others_named_max; ++n)
    others.push_back(shards[n]->n);
  if (others.empty()) return text;
  const std::size_t unnamed = shards.size() - 1 - others.size();
  return text + fmt::format(" (shard{} {}{}: the same)", shards.size() == 2 ? "" : "s", fmt::join(others, ", "),
                            unnamed == 0 ? "" : fmt::format(" and {} more", unnamed));
}

std::string Decider::how_to_resolve(const Shard& shard) const {
  return fmt::format(
      "nothing more of it is sent until you settle it: look at the batches that {} lists, then `batchd resolve {} {} "
      "--adopt BATCH`, --resubmit (it may pay twice) or --fail",
      state_.run.provider, state_.run.id, shard.n);
}

// Nobody looks for them any more: a person has said that the shard ends.
void Decider::give_up_doubts(const Shard& shard) {
  for (auto& [key, submission] : state_.submissions) {
    if (key.first != shard.n || !model::is_in_doubt(submission)) continue;
    submission.given_up = true;
    submission.state_text = model::submission_given_up;
    touch(submission);
  }
}

}  // namespace batchd::engine
