// Twins. A submission that was believed absent may exist all the same, because the provider's list was late: it is
// searched for beside the shard's own steps, and once more before its results are taken. What turns up is never
// ignored: one batch is kept, the others are cancelled, and what they had answered by then is told as paid twice.
//
// When is a list believed? A batch that is known to exist (a witness) and is not listed proves that the list is
// behind. One that is newer than what is looked for, and is listed, proves that the list has come so far.

#include <algorithm>

#include <fmt/format.h>

#include "core/engine/decider.hpp"
#include "core/engine/pacing.hpp"

namespace batchd::engine {

using model::BatchState;
using model::EndKind;
using model::Shard;
using model::ShardStage;
using model::Submission;

namespace {

constexpr Duration clock_slack = std::chrono::minutes(5);  // between our clock and the provider's
constexpr std::size_t witnesses_max = 8;                   // older ones, and as many newer ones
constexpr std::uint32_t last_searches_max = 8;             // before results are taken without an answer
constexpr Duration last_searches_apart_max = std::chrono::minutes(10);

// Which of several batches of one shard is worth most: the lower, the better. What is done is paid.
int rank_of(BatchState state) {
  switch (state) {
    case BatchState::completed:
      return 0;
    case BatchState::validating:
    case BatchState::running:
    case BatchState::finalizing:
    case BatchState::unrecognised:
      return 1;
    case BatchState::cancelling:
      return 2;
    case BatchState::expired:
    case BatchState::cancelled:
      return 3;
    case BatchState::failed:
      break;
  }
  return 4;
}

Time made_at(const Submission& submission) { return submission.created_at.value_or(submission.intended_at); }

bool by_age(const Witness& left, const Witness& right) { return left.since < right.since; }

}  // namespace

void keep_newest(std::vector<Witness>& witnesses) {
  std::sort(witnesses.begin(), witnesses.end(), by_age);
  if (witnesses.size() > witnesses_max) witnesses.erase(witnesses.begin(), witnesses.end() - witnesses_max);
}

Error list_not_believed() {
  return {ErrorKind::rejected, "its list of batches has not shown for an hour what is known to exist"};
}

std::uint32_t submission_number(const model::RemoteBatch& batch) {
  const auto found = batch.metadata.find(std::string(model::metadata_submission));
  if (found == batch.metadata.end()) return 0;
  std::uint32_t number = 0;
  for (const char c : found->second) {
    if (c < '0' || c > '9' || number > 100'000'000) return 0;
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return number;
}

// Back to before the *first* intent: a batch of an earlier submission that we took for lost may turn up now.
Time Decider::listing_since(const Shard& shard) const {
  // Not always the first: one that was adopted by hand has the number it says.
  const auto at = state_.submissions.lower_bound({shard.n, 0});
  check(at != state_.submissions.end() && at->first.first == shard.n, "what is looked for was submitted");
  const auto& first = at->second;
  return std::min(first.intended_at, first.server_time.value_or(first.intended_at)) - clock_slack;
}

const Submission* Decider::newest_in_doubt(const Shard& shard) const {
  const Submission* newest = nullptr;
  for (auto at = state_.submissions.lower_bound({shard.n, 0}); at != state_.submissions.end(); ++at) {
    if (at->first.first != shard.n) break;
    if (model::is_in_doubt(at->second)) newest = &at->second;
  }
  return newest;
}

bool Decider::has_living_twin(const Shard& shard) const {
  return std::any_of(state_.submissions.begin(), state_.submissions.end(), [&](const auto& entry) {
    const Submission& twin = entry.second;
    return entry.first.first == shard.n && twin.given_up && !twin.batch_id.empty() && !model::is_terminal(twin.state);
  });
}

bool Decider::must_search(const Shard& shard) const {
  const auto session = state_.sessions.find(shard.n);
  if (session != state_.sessions.end() && session->second.unsearchable) return false;
  return newest_in_doubt(shard) != nullptr || has_living_twin(shard);
}

std::vector<Witness> Decider::witnesses_for(const Shard& shard, Time since) const {
  const auto* doubtful = newest_in_doubt(shard);
  if (!doubtful) return {};
  std::vector<Witness> older;
  std::vector<Witness> newer;
  for (const auto& [key, known] : state_.submissions) {
    // What is older than the listing goes back is not shown, and proves nothing.
    if (known.batch_id.empty() || !known.created_at || *known.created_at < since) continue;
    const bool is_newer = known.intended_at > doubtful->intended_at;
    (is_newer ? newer : older)
        .push_back({known.batch_id, state_.shards.at(key.first).input_file_id, *known.created_at, is_newer});
  }
  // Those nearest to what is looked for.
  keep_newest(older);
  std::sort(newer.begin(), newer.end(), by_age);
  if (newer.size() > witnesses_max) newer.resize(witnesses_max);
  older.insert(older.end(), newer.begin(), newer.end());
  return older;
}

Decider::ListState Decider::judge_list(const std::vector<Witness>& asked, const std::vector<std::string>& listed) {
  bool any_newer = false;
  bool newer_listed = false;
  bool older_missing = false;
  for (const auto& witness : asked) {
    const bool is_listed = std::find(listed.begin(), listed.end(), witness.batch_id) != listed.end();
    any_newer = any_newer || witness.newer;
    newer_listed = newer_listed || (witness.newer && is_listed);
    older_missing = older_missing || (!witness.newer && !is_listed);
    if (is_listed || now_ - witness.since <= state_.run.list_lag) continue;
    state_.run.list_lag = now_ - witness.since;
    touch_run();
  }
  if (newer_listed) return ListState::vouched;
  return any_newer || older_missing ? ListState::behind : ListState::silent;
}

void Decider::start_search(Shard& shard, Time at) {
  auto& session = state_.sessions[shard.n];
  const auto since = listing_since(shard);
  if (shard.stage == ShardStage::ended) {
    session.busy = true;
    session.next_at = at;
  }
  act(Search{shard.n, ++session.search_serial, since, at, witnesses_for(shard, since)});
}

// Should it turn up later, this says how late the list is.
void Decider::note_missed(const Shard& shard) {
  for (auto& [key, submission] : state_.submissions) {
    if (key.first != shard.n || !model::is_in_doubt(submission)) continue;
    submission.missed_at = now_;
    touch(submission);
  }
}

void Decider::note_late(const Submission& submission) {
  if (!submission.missed_at || *submission.missed_at - submission.intended_at <= state_.run.list_lag) return;
  state_.run.list_lag = *submission.missed_at - submission.intended_at;
  touch_run();
}

bool Decider::note_found(Shard& shard, const std::vector<model::RemoteBatch>& found) {
  bool any_new = false;
  for (const auto& batch : found) {
    Submission* place = nullptr;
    Submission* doubtful = nullptr;
    for (auto& [key, submission] : state_.submissions) {
      if (key.first != shard.n) continue;
      if (submission.batch_id == batch.id) place = &submission;
      if (model::is_in_doubt(submission)) doubtful = &submission;
    }
    if (place) {
      const bool had_ended = model::is_terminal(place->state);
      const bool changed = place->state != batch.state || place->counts != batch.counts;
      if (changed && place->given_up) {
        note_batch(*place, batch);
        if (!had_ended && model::is_terminal(place->state)) drop_twin(*place, newest(shard));
      }
      continue;
    }
    any_new = true;
    // The submission it says it is; one without our metadata is taken for the newest that has none.
    const auto said = state_.submissions.find({shard.n, submission_number(batch)});
    const bool is_free = said != state_.submissions.end() && said->second.batch_id.empty();
    place = is_free ? &said->second : doubtful;
    if (!place) {
      // A row of its own, so that a crash before its cancel does not forget it.
      Submission twin;
      twin.shard = shard.n;
      twin.n = next_submission_number(shard);
      twin.intended_at = batch.created_at.value_or(now_);
      place = &(state_.submissions[{shard.n, twin.n}] = twin);
    } else {
      note_late(*place);
    }
    place->given_up = false;
    note_batch(*place, batch);
  }
  return any_new;
}

Submission& Decider::keep_one(Shard& shard) {
  Submission* kept = nullptr;
  const auto is_better = [&](const Submission& other) {
    if (!kept) return true;
    const auto ours = rank_of(kept->state);
    const auto theirs = rank_of(other.state);
    return theirs != ours ? theirs < ours : made_at(other) < made_at(*kept);
  };
  for (auto& [key, submission] : state_.submissions) {
    const bool is_candidate = key.first == shard.n && !submission.batch_id.empty() && !submission.given_up;
    if (is_candidate && is_better(submission)) kept = &submission;
  }
  check(kept != nullptr, "of the batches that were found one is kept");
  shard.submission = kept->n;
  touch(shard);
  for (auto& [key, submission] : state_.submissions) {
    if (key.first != shard.n || &submission == kept || submission.batch_id.empty() || submission.given_up) continue;
    submission.given_up = true;
    touch(submission);
    drop_twin(submission, *kept);
  }
  return *kept;
}

void Decider::drop_twin(Submission& twin, const Submission& kept) {
  if (!model::is_terminal(twin.state)) {
    if (!state_.sessions[twin.shard].dropped.insert(twin.batch_id).second) return;
    say(twin.shard, "twin",
        fmt::format("{} holds the same requests as {}; cancelling it.", twin.batch_id, kept.batch_id));
    return act(CancelBatch{twin.shard, twin.batch_id, now_});
  }
  if (twin.counts.completed == 0)
    return say(twin.shard, "twin",
               fmt::format("{} held the same requests as {}; it is {}, and nothing of it was paid.", twin.batch_id,
                           kept.batch_id, name_of(twin.state)));
  say(twin.shard, "paid_twice",
      fmt::format("Paid twice: {} held the same requests as {} and had answered {} of them before it could be "
                  "cancelled. The answers of {} are used.",
                  twin.batch_id, kept.batch_id, twin.counts.completed, kept.batch_id));
}

// After keep_one(): the shard goes on with the batch that is kept, wherever that one stands.
void Decider::follow_kept(Shard& shard, bool was_kept) {
  auto& session = state_.sessions[shard.n];
  session.searches = 0;
  const auto& kept = newest(shard);
  if (was_kept) return;
  say(shard.n, "adopted", fmt::format("Found {} at the provider; its answers are used.", kept.batch_id));
  session.polls = 0;
  session.cancel_asked = false;
  shard.stage = ShardStage::in_flight;
  shard.end = EndKind::none;
  touch(shard);
  if (state_.cancelling && !model::is_terminal(kept.state)) ask_cancel(shard, kept.batch_id, now_);
  start_poll(shard, now_);
}

// Before results are taken: is "there is no other" proven, and has every twin come to its end?
bool Decider::search_is_over(const Shard& shard, ListState list) const {
  const auto& session = state_.sessions.at(shard.n);
  if (session.last_searches >= last_searches_max) return true;
  if (has_living_twin(shard)) return false;
  const auto* doubtful = newest_in_doubt(shard);
  if (!doubtful || list == ListState::vouched) return true;
  const auto age = now_ - doubtful->intended_at;
  return list == ListState::silent && age >= policy_.reconcile.settle && age >= 2 * state_.run.list_lag;
}

void Decider::on(const Searched& event) {
  heard(event.shard);
  auto& session = state_.sessions[event.shard];
  Shard& shard = state_.shards.at(event.shard);
  const bool is_open = shard.stage == ShardStage::in_flight || shard.stage == ShardStage::ended;
  if (event.serial != session.search_serial || !is_open) return;
  const auto list = judge_list(event.asked, event.listed);
  const bool is_last = shard.stage == ShardStage::ended;
  ++(is_last ? session.last_searches : session.searches);
  if (note_found(shard, event.found)) {
    const auto before = shard.submission;
    const bool had_batch = shard.stage == ShardStage::in_flight || shard.end == EndKind::batch;
    keep_one(shard);
    follow_kept(shard, had_batch && shard.submission == before);
  } else {
    note_missed(shard);
  }
  if (shard.stage == ShardStage::ended && (!must_search(shard) || search_is_over(shard, list))) {
    if (must_search(shard) && session.last_searches >= last_searches_max)
      say(shard.n, "undecided", "The provider's list did not settle whether there is another batch of these requests.");
    session.unsearchable = true;
    return take_results(shard);
  }
  if (!must_search(shard)) return;
  const auto wait = search_interval(policy_.reconcile, is_last ? session.last_searches : session.searches);
  start_search(shard, now_ + (is_last ? std::min(wait, last_searches_apart_max) : wait));
}

void Decider::on(const SearchFailed& event) {
  auto& session = state_.sessions[event.shard];
  Shard& shard = state_.shards.at(event.shard);
  const bool is_open = shard.stage == ShardStage::in_flight || shard.stage == ShardStage::ended;
  if (event.serial != session.search_serial || !is_open || halts(event.error)) return;
  if (event.error.kind != ErrorKind::rejected) return start_search(shard, retry_at(shard, event.error));
  session.unsearchable = true;
  say(shard.n, "undecided",
      fmt::format("Whether there is another batch of these requests cannot be told: {}", event.error.message));
  if (shard.stage == ShardStage::ended) take_results(shard);
}

}  // namespace batchd::engine
