// The submission protocol, one handler per answer. The order within each handler is the promise: an intention is in
// the changes of the same decision that hands out its action, so it is committed before anything leaves the machine.

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

constexpr std::uint32_t fetch_not_found_max = 10;          // looks for a result file the provider says it does not have
constexpr Duration clock_slack = std::chrono::minutes(5);  // between our clock and the provider's

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

std::string first_error_of(const model::RemoteBatch& batch) {
  if (batch.errors.empty()) return {};
  const auto& error = batch.errors.front();
  const auto line = error.line ? fmt::format(" (line {})", *error.line) : std::string();
  return error.code.empty() ? error.message + line : fmt::format("{}: {}{}", error.code, error.message, line);
}

}  // namespace

// -- starting steps ----------------------------------------------------------------------------------------------

void Decider::start_upload(Shard& shard) {
  shard.stage = ShardStage::uploading;
  touch(shard);
  schedule(shard, Upload{shard.n, now_}, now_);
}

void Decider::start_create(Shard& shard, Time at) {
  touch(shard);
  if (state_.stopping) {
    shard.stage = ShardStage::uploaded;
    return;
  }
  Submission submission;
  submission.shard = shard.n;
  submission.n = next_submission_number(shard);
  submission.intended_at = now_;
  submission.server_time = state_.sessions[shard.n].server_time;
  shard.submission = submission.n;
  shard.stage = ShardStage::creating;
  touch(state_.submissions[{shard.n, submission.n}] = submission);
  schedule(shard, Create{shard.n, submission.n, at}, at);
}

void Decider::start_look(Shard& shard, Time at) {
  // Back to before the *first* intent: a batch of an earlier submission that we took for lost may turn up now.
  const auto& first = state_.submissions.at({shard.n, 1});
  const auto since = std::min(first.intended_at, first.server_time.value_or(first.intended_at)) - clock_slack;
  schedule(shard, Look{shard.n, since, at}, at);
}

void Decider::start_poll(Shard& shard, Time at) { schedule(shard, Poll{shard.n, newest(shard).batch_id, at}, at); }

void Decider::start_fetch(Shard& shard, Time at) {
  const auto& submission = newest(shard);
  schedule(shard, Fetch{shard.n, submission.output_file_id, submission.error_file_id, at}, at);
}

void Decider::start_collect(Shard& shard) { schedule(shard, Collect{shard.n, now_}, now_); }

void Decider::end_without_batch(Shard& shard, EndKind kind, std::string error) {
  shard.stage = ShardStage::ended;
  shard.end = kind;
  shard.error = std::move(error);
  touch(shard);
  start_collect(shard);
}

void Decider::resume_shard(Shard& shard) {
  switch (shard.stage) {
    case ShardStage::planned:
      return;  // fill_slots() takes it when there is room
    case ShardStage::uploading:
      return schedule(shard, Upload{shard.n, now_}, now_);
    case ShardStage::uploaded:
      return start_create(shard, now_);
    case ShardStage::creating:
      // The process ended between the intent and the answer. Whether the POST left is not known, so it is not sent
      // again: the provider is asked.
      shard.stage = ShardStage::unknown;
      touch(shard);
      say(shard.n, "unknown", "The last process ended while submitting; asking the provider what became of it.");
      return start_look(shard, now_);
    case ShardStage::unknown:
      return start_look(shard, now_);
    case ShardStage::in_flight:
      return start_poll(shard, now_);
    case ShardStage::ended:
      return shard.end == EndKind::batch ? start_fetch(shard, now_) : start_collect(shard);
    case ShardStage::fetched:
      return start_collect(shard);
    case ShardStage::collected:
      return;
  }
}

// -- upload ------------------------------------------------------------------------------------------------------

void Decider::on(const Uploaded& event) {
  heard(event.shard);
  Shard* shard = step_answered(event.shard, ShardStage::uploading);
  if (!shard) return;
  shard->stage = ShardStage::uploaded;
  shard->input_file_id = event.file_id;
  shard->error.clear();
  touch(*shard);
  say(shard->n, "uploaded", fmt::format("Uploaded as {}.", event.file_id));
  if (state_.cancelling) return end_without_batch(*shard, EndKind::not_sent, {});
  state_.sessions[shard->n].server_time = event.server_time;
  start_create(*shard, now_);
}

void Decider::on(const UploadFailed& event) {
  Shard* shard = step_answered(event.shard, ShardStage::uploading);
  if (!shard || halts(event.error)) return;
  if (event.error.kind == ErrorKind::not_found) {
    // No Files API at that address: no shard of this run will fare better, and nothing was paid for.
    return halt(exit_denied, Error(ErrorKind::not_found, event.error.message,
                                   "check base_url of this provider: its Files API answers at <base_url>/files"));
  }
  if (event.error.kind == ErrorKind::rejected) {
    say(shard->n, "refused", fmt::format("The provider refused the upload: {}", event.error.message));
    return end_without_batch(*shard, EndKind::refused, event.error.message);
  }
  if (state_.cancelling) return end_without_batch(*shard, EndKind::not_sent, {});
  const auto at = retry_at(*shard, event.error);
  schedule(*shard, Upload{shard->n, at}, at);
}

// -- create and reconcile ----------------------------------------------------------------------------------------

void Decider::note_batch(Submission& submission, const model::RemoteBatch& batch) {
  submission.batch_id = batch.id;
  submission.state = batch.state;
  submission.state_text = batch.state_text;
  submission.counts = batch.counts;
  submission.output_file_id = batch.output_file_id;
  submission.error_file_id = batch.error_file_id;
  submission.errors = batch.errors;
  if (batch.created_at) submission.created_at = batch.created_at;
  if (batch.expires_at) submission.expires_at = batch.expires_at;
  if (model::is_terminal(batch.state) && !submission.ended_at) submission.ended_at = now_;
  touch(submission);
}

void Decider::on(const Created& event) {
  heard(event.shard);
  Shard* shard = step_answered(event.shard, ShardStage::creating);
  if (!shard) return;
  shard->stage = ShardStage::in_flight;
  shard->error.clear();
  touch(*shard);
  note_batch(newest(*shard), event.batch);
  say(shard->n, "submitted", fmt::format("Submitted as {}.", event.batch.id));
  state_.sessions[shard->n].polls = 0;
  if (state_.cancelling) ask_cancel(*shard, event.batch.id, now_);
  start_poll(*shard, now_ + poll_interval(policy_.poll, shard->n, 0, true));
}

void Decider::on(const CreateFailed& event) {
  Shard* shard = step_answered(event.shard, ShardStage::creating);
  if (!shard) return;
  if (event.error.kind == ErrorKind::unknown) {
    shard->stage = ShardStage::unknown;
    shard->error = event.error.message;
    touch(*shard);
    say(shard->n, "unknown",
        fmt::format("What became of the submission is not known ({}); asking the provider.", event.error.message));
    return start_look(*shard, now_);
  }
  // It certainly does not exist: this submission is over, whatever comes next has the next number.
  Submission& lost = newest(*shard);
  lost.given_up = true;
  const bool is_refused = event.error.kind == ErrorKind::rejected || event.error.kind == ErrorKind::not_found ||
                          event.error.kind == ErrorKind::denied;
  lost.state_text = is_refused ? model::submission_refused : "";
  lost.errors = {{event.error.code, event.error.message, {}}};
  touch(lost);
  shard->stage = ShardStage::uploaded;
  touch(*shard);
  if (halts(event.error)) return;
  if (is_refused) {
    // What a provider says no to here is not the rows (those it judges later) but what all shards share: the window,
    // the endpoint, the account. Nothing was paid, so nothing is given up: a person mends it and goes on.
    say(shard->n, "refused", fmt::format("The provider refused the batch: {}", event.error.message));
    return halt(exit_denied,
                Error(event.error.kind, event.error.message,
                      "nothing was paid for; mend `batch` in the job (or this provider in the config) and run the same "
                      "command again, or give the run up with `batchd cancel`"));
  }
  if (state_.cancelling) return end_without_batch(*shard, EndKind::not_sent, {});
  // The intent of the next submission is committed now, its POST waits for its time.
  start_create(*shard, retry_at(*shard, event.error));
}

void Decider::on(const Looked& event) {
  heard(event.shard);
  Shard* shard = step_answered(event.shard, ShardStage::unknown);
  if (!shard) return;
  if (!event.found.empty()) return adopt(*shard, event.found);
  auto& session = state_.sessions[shard->n];
  if (!session.first_look_at) session.first_look_at = now_;
  ++session.looks;
  const bool settled = now_ - *session.first_look_at >= policy_.reconcile.settle;
  if (session.looks >= policy_.reconcile.looks && settled) return believe_absent(*shard);
  start_look(*shard, now_ + look_interval(policy_.reconcile));
}

void Decider::adopt(Shard& shard, const std::vector<model::RemoteBatch>& found) {
  const auto& oldest = found.front();
  const auto number = submission_number(oldest);
  // The submission it says it is; a batch without our metadata is taken for the newest.
  if (number > 0 && state_.submissions.contains({shard.n, number})) shard.submission = number;
  newest(shard).given_up = false;
  note_batch(newest(shard), oldest);
  shard.stage = ShardStage::in_flight;
  shard.error.clear();
  touch(shard);
  auto& session = state_.sessions[shard.n];
  session.looks = session.polls = 0;
  session.first_look_at.reset();
  say(shard.n, "adopted", fmt::format("Found {} at the provider and adopted it; nothing was sent again.", oldest.id));
  for (std::size_t i = 1; i < found.size(); ++i) {
    // A twin gets a submission row of its own, so that a crash before its cancel does not forget it.
    Submission twin;
    twin.shard = shard.n;
    twin.n = next_submission_number(shard);
    twin.intended_at = now_;
    twin.given_up = true;
    auto& kept = state_.submissions[{shard.n, twin.n}] = twin;
    note_batch(kept, found[i]);
    say(shard.n, "twin", fmt::format("{} holds the same requests as {}; cancelling it.", found[i].id, oldest.id));
    if (!model::is_terminal(found[i].state)) act(CancelBatch{shard.n, found[i].id, now_});
  }
  if (state_.cancelling) ask_cancel(shard, oldest.id, now_);
  start_poll(shard, now_);
}

void Decider::believe_absent(Shard& shard) {
  newest(shard).given_up = true;
  touch(newest(shard));
  auto& session = state_.sessions[shard.n];
  session.looks = 0;
  session.first_look_at.reset();
  say(shard.n, "absent", fmt::format("The provider does not have submission {}: it never arrived.", shard.submission));
  if (state_.cancelling) return end_without_batch(shard, EndKind::not_sent, {});
  // Once may happen. A connection that swallows every submission is given more and more time.
  const auto lost = shard.submission;
  start_create(shard, lost > 1 ? now_ + retry_interval(shard.n, lost - 1, {}) : now_);
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
  switch (policy_.reconcile.on_ambiguous) {
    case model::OnAmbiguous::wait:
      state_.sessions[shard.n].undecided = true;
      say(shard.n, "undecided", shard.error);
      return;
    case model::OnAmbiguous::fail:
      say(shard.n, "undecided", shard.error + " (on_ambiguous: fail)");
      return end_without_batch(shard, EndKind::refused, shard.error);
    case model::OnAmbiguous::resubmit:
      say(shard.n, "undecided", shard.error + " (on_ambiguous: resubmit)");
      return believe_absent(shard);
  }
}

// -- waiting for the batch ---------------------------------------------------------------------------------------

void Decider::on(const Polled& event) {
  heard(event.shard);
  Shard* shard = step_answered(event.shard, ShardStage::in_flight);
  if (!shard) return;
  auto& submission = newest(*shard);
  auto& session = state_.sessions[shard->n];
  const auto& batch = event.batch;
  ++session.polls;
  const bool changed = submission.state != batch.state || submission.counts != batch.counts;
  // Poll after poll that says the same is not worth a transaction.
  if (changed || model::is_terminal(batch.state)) note_batch(submission, batch);
  if (batch.state == BatchState::unrecognised && changed)
    say(shard->n, "unrecognised", fmt::format("The provider calls the state \"{}\"; polling on.", batch.state_text));
  if (!model::is_terminal(batch.state)) {
    const bool validating = batch.state == BatchState::validating;
    return start_poll(*shard, now_ + poll_interval(policy_.poll, shard->n, session.polls, validating));
  }
  shard->stage = ShardStage::ended;
  shard->end = EndKind::batch;
  shard->error = first_error_of(batch);
  touch(*shard);
  say(shard->n, std::string(name_of(batch.state)),
      fmt::format("{} is {}: {} completed, {} failed of {}{}{}", batch.id, name_of(batch.state), batch.counts.completed,
                  batch.counts.failed, batch.counts.total, shard->error.empty() ? "." : ". ", shard->error));
  start_fetch(*shard, now_);
}

void Decider::on(const PollFailed& event) {
  // A failed poll is never a failed batch.
  Shard* shard = step_answered(event.shard, ShardStage::in_flight);
  if (!shard || halts(event.error)) return;
  start_poll(*shard, retry_at(*shard, event.error));
}

// -- results -----------------------------------------------------------------------------------------------------

void Decider::on(const Fetched& event) {
  heard(event.shard);
  Shard* shard = step_answered(event.shard, ShardStage::ended);
  if (!shard) return;
  shard->stage = ShardStage::fetched;
  shard->output_file = event.output_file;
  shard->error_file = event.error_file;
  touch(*shard);
  start_collect(*shard);
}

void Decider::on(const FetchFailed& event) {
  Shard* shard = step_answered(event.shard, ShardStage::ended);
  if (!shard || halts(event.error)) return;
  const auto at = retry_at(*shard, event.error);
  const bool gone = event.error.kind == ErrorKind::not_found || event.error.kind == ErrorKind::rejected;
  if (gone && state_.sessions[shard->n].failures >= fetch_not_found_max) {
    // The provider keeps saying it has no such file. Its items become `missing`, which says so row by row.
    say(shard->n, "results_gone", fmt::format("The result file cannot be had: {}", event.error.message));
    shard->stage = ShardStage::fetched;
    shard->error = event.error.message;
    touch(*shard);
    return start_collect(*shard);
  }
  start_fetch(*shard, at);
}

void Decider::on(const Collected& event) {
  const auto found = state_.shards.find(event.shard);
  check(found != state_.shards.end(), "an answer names a shard of this run");
  Shard& shard = found->second;
  if (shard.stage != ShardStage::fetched && shard.stage != ShardStage::ended) return;
  state_.sessions[shard.n] = {};
  shard.stage = ShardStage::collected;
  shard.outcome_file = event.outcome_file;
  touch(shard);
  state_.run.anomalies += event.anomalies;
  touch_run();
  say(shard.n, "collected", fmt::format("All {} items of the shard are accounted for.", shard.requests));
}

void Decider::on(const CollectFailed& event) { halt(exit_internal, event.error); }

// -- cancel ------------------------------------------------------------------------------------------------------

void Decider::cancel_shard(Shard& shard) {
  const auto& session = state_.sessions[shard.n];
  switch (shard.stage) {
    case ShardStage::planned:
      return end_without_batch(shard, EndKind::not_sent, {});
    case ShardStage::in_flight:
      return ask_cancel(shard, newest(shard).batch_id, now_);
    case ShardStage::uploading:
    case ShardStage::uploaded:
    case ShardStage::creating:
    case ShardStage::unknown:
    case ShardStage::ended:
    case ShardStage::fetched:
    case ShardStage::collected:
      // The answer under way decides: an upload's is dropped, a created or adopted batch is cancelled then. A shard
      // nobody can decide stays so: whether it costs money is exactly what is not known.
      check(session.busy || session.undecided || shard.stage == ShardStage::collected, "a shard under way is busy");
      return;
  }
}

void Decider::ask_cancel(Shard& shard, const std::string& batch_id, Time at) {
  auto& session = state_.sessions[shard.n];
  if (session.cancel_asked) return;
  session.cancel_asked = true;
  say(shard.n, "cancelling", fmt::format("Asking the provider to cancel {}; what it has finished is kept.", batch_id));
  act(CancelBatch{shard.n, batch_id, at});
}

void Decider::on(const BatchCancelled& event) {
  heard(event.shard);
  for (auto& [key, submission] : state_.submissions) {
    if (key.first != event.shard || submission.batch_id != event.batch_id) continue;
    if (submission.given_up) {  // a twin: nobody polls it
      submission.state = BatchState::cancelled;
      touch(submission);
    }
  }
  const auto shard = state_.shards.find(event.shard);
  if (shard == state_.shards.end() || shard->second.stage != ShardStage::in_flight) return;
  if (newest(shard->second).batch_id != event.batch_id) return;
  // Look soon: it may have been a small one.
  state_.sessions[event.shard].polls = 0;
  start_poll(shard->second, now_ + policy_.poll.first);
}

void Decider::on(const BatchCancelFailed& event) {
  if (halts(event.error)) return;
  // Refused: it has ended meanwhile, and the next poll will say so.
  if (event.error.kind == ErrorKind::rejected || event.error.kind == ErrorKind::not_found) return;
  const auto& shard = state_.shards.at(event.shard);
  act(CancelBatch{event.shard, event.batch_id, retry_at(shard, event.error)});
}

}  // namespace batchd::engine
