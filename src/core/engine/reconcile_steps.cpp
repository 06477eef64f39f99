// What became of a submission whose answer was lost: asked for until it is found, or until "it is not there" has
// stayed true for long enough in a list that can be believed.

#include <algorithm>

#include <fmt/format.h>

#include "core/engine/decider.hpp"
#include "core/engine/pacing.hpp"

namespace batchd::engine {

using model::EndKind;
using model::Shard;
using model::ShardStage;

void Decider::start_look(Shard& shard, Time at) {
  const auto since = listing_since(shard);
  schedule(shard, Look{shard.n, since, at, witnesses_for(shard, since)}, at);
}

void Decider::on(const Looked& event) {
  heard(event.shard);
  Shard* shard = step_answered(event.shard, ShardStage::unknown);
  if (!shard) return;
  if (note_found(*shard, event.found)) return adopt(*shard, event.found);
  nothing_found(*shard, event);
}

void Decider::adopt(Shard& shard, const std::vector<model::RemoteBatch>& found) {
  const auto& kept = keep_one(shard);
  const auto others = found.size() > 1 ? fmt::format(" ({} were found)", found.size()) : std::string();
  say(shard.n, "adopted",
      fmt::format("Found {} at the provider and adopted it{}; nothing was sent again.", kept.batch_id, others));
  go_on_with(shard, kept.batch_id);
}

void Decider::go_on_with(Shard& shard, const std::string& batch_id) {
  shard.stage = ShardStage::in_flight;
  shard.end = EndKind::none;
  shard.error.clear();
  touch(shard);
  auto& session = state_.sessions[shard.n];
  session.looks = session.polls = session.searches = 0;
  session.first_look_at.reset();
  session.list_behind_since.reset();
  session.cancel_asked = false;
  if (state_.cancelling) ask_cancel(shard, batch_id, now_);
  if (must_search(shard)) start_search(shard, now_ + search_interval(policy_.reconcile, 0));
  start_poll(shard, now_);
}

// How long "it is not there" must stay true. Where nothing vouches for the list it may simply be late, and each
// submission that went that way makes it likelier.
Duration Decider::quiet_before_create(const Shard& shard) const {
  std::uint32_t lost = 0;
  for (const auto& [key, submission] : state_.submissions)
    lost += key.first == shard.n && model::is_in_doubt(submission);
  const bool vouched = state_.sessions.at(shard.n).vouched;
  const auto tries = vouched && lost > 0 ? lost - 1 : lost;
  return policy_.reconcile.settle + (tries > 0 ? retry_interval(shard.n, tries, {}) : Duration(0));
}

void Decider::nothing_found(Shard& shard, const Looked& event) {
  auto& session = state_.sessions[shard.n];
  note_missed(shard);
  const auto list = judge_list(event.asked, event.listed);
  if (list == ListState::behind) {
    // The settle time begins when the list has caught up.
    session.looks = 0;
    session.first_look_at.reset();
    if (!session.list_behind_since) {
      session.list_behind_since = now_;
      say(shard.n, "list_behind", "The provider's list does not show batches that exist; waiting until it does.");
    }
    const auto interval = look_interval_behind(policy_.reconcile, now_ - *session.list_behind_since);
    if (!interval) return cannot_be_told(shard, list_not_believed());
    return start_look(shard, now_ + *interval);
  }
  session.list_behind_since.reset();
  session.vouched = session.vouched || list == ListState::vouched;
  if (!session.first_look_at) session.first_look_at = now_;
  ++session.looks;
  const bool settled = now_ - *session.first_look_at >= quiet_before_create(shard);
  // An intent from the future was written down by a clock that has been set back since.
  const auto intended_at = std::min(newest(shard).intended_at, *session.first_look_at);
  const bool older_than_lag = now_ - intended_at >= 2 * state_.run.list_lag;
  if (session.looks >= policy_.reconcile.looks && settled && older_than_lag) return believe_absent(shard);
  start_look(shard, now_ + look_interval(policy_.reconcile));
}

void Decider::believe_absent(Shard& shard) {
  say(shard.n, "absent",
      fmt::format("The provider does not list submission {}: taken for never arrived, and looked for again later.",
                  shard.submission));
  submit_anew(shard);
}

void Decider::submit_anew(Shard& shard) {
  auto& lost = newest(shard);
  lost.given_up = true;
  if (lost.state_text.empty()) lost.state_text = model::submission_absent;
  touch(lost);
  auto& session = state_.sessions[shard.n];
  session.looks = 0;
  session.first_look_at.reset();
  session.vouched = false;
  if (state_.cancelling) return end_without_batch(shard, EndKind::not_sent, {});
  submit(shard);
}

void Decider::on(const LookFailed& event) {
  Shard* shard = step_answered(event.shard, ShardStage::unknown);
  if (!shard || halts(event.error)) return;
  if (event.error.kind == ErrorKind::rejected) return cannot_be_told(*shard, event.error);
  // A look that failed is not a look that found nothing: the settle time starts again.
  auto& session = state_.sessions[shard->n];
  session.looks = 0;
  session.first_look_at.reset();
  start_look(*shard, retry_at(*shard, event.error));
}

void Decider::cannot_be_told(Shard& shard, const Error& error) {
  shard.error =
      fmt::format("The provider cannot say what became of submission {}: {}", shard.submission, error.message);
  touch(shard);
  newest(shard).state_text = model::submission_unknown;
  newest(shard).errors = {{error.code, error.message, {}}};
  touch(newest(shard));
  auto& session = state_.sessions[shard.n];
  switch (policy_.reconcile.on_ambiguous) {
    case model::OnAmbiguous::wait:
      session.undecided = true;
      say(shard.n, "undecided", shard.error);
      return;
    case model::OnAmbiguous::fail:
      say(shard.n, "undecided", shard.error + " (on_ambiguous: fail)");
      session.unsearchable = true;
      return end_without_batch(shard, EndKind::given_up, shard.error);
    case model::OnAmbiguous::resubmit:
      say(shard.n, "undecided", shard.error + " (on_ambiguous: resubmit)");
      session.unsearchable = true;
      return believe_absent(shard);
  }
}

}  // namespace batchd::engine
