// The submission protocol, one handler per answer. The order within each handler is the promise: an intention is in
// the changes of the same decision that hands out its action, so it is committed before anything leaves the machine.

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/engine/decider.hpp"
#include "core/engine/pacing.hpp"
#include "core/engine/queue.hpp"

namespace batchd::engine {

using model::BatchState;
using model::EndKind;
using model::Shard;
using model::ShardStage;
using model::Submission;

namespace {

constexpr std::uint32_t remove_tries_max = 4;
constexpr std::uint32_t fetch_not_found_max = 10;  // looks for a result file the provider says it does not have

std::string first_error_of(const model::RemoteBatch& batch) {
  if (batch.errors.empty()) return {};
  const auto& error = batch.errors.front();
  const auto place = place_of(error);
  return error.code.empty() ? error.message + place : fmt::format("{}: {}{}", error.code, error.message, place);
}

// As the provider counted them; of one that does not count, and calls the batch completed, as many as it was asked for.
std::uint64_t answers_expected(const Shard& shard, const Submission& submission) {
  const auto& counts = submission.counts;
  const bool nobody_counted = counts == model::RequestCounts{};
  return nobody_counted && submission.state == BatchState::completed ? shard.requests
                                                                     : counts.completed + counts.failed;
}

}  // namespace

// -- starting steps ----------------------------------------------------------------------------------------------

void Decider::start_upload(Shard& shard) {
  if (is_held()) return hold_upload(shard);
  shard.stage = ShardStage::uploading;
  touch(shard);
  schedule(shard, Upload{shard.n, now_}, now_);
}

void Decider::start_create(Shard& shard) {
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
  schedule(shard, Create{shard.n, submission.n, now_}, now_);
}

void Decider::start_wait(Shard& shard, Time at) {
  shard.stage = ShardStage::uploaded;
  touch(shard);
  schedule(shard, Wait{shard.n, at}, at);
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
  take_results(shard);
}

void Decider::take_results(Shard& shard) {
  if (must_search(shard)) return start_search(shard, now_);
  shard.end == EndKind::batch ? start_fetch(shard, now_) : start_collect(shard);
}

void Decider::resume_shard(Shard& shard) {
  switch (shard.stage) {
    case ShardStage::planned:
      return;  // fill_slots() takes it when there is room
    case ShardStage::uploading:
      return start_upload(shard);
    case ShardStage::uploaded:
      return submit(shard);
    case ShardStage::creating:
      // The process ended between the intent and the answer. Whether the POST left is not known, so it is not sent
      // again: the provider is asked.
      shard.stage = ShardStage::unknown;
      touch(shard);
      say(shard.n, "unknown", "The last process ended while submitting; asking the provider what became of it.");
      return start_look(shard, now_);
    case ShardStage::unknown:
      if (!resolve_by_word(shard)) start_look(shard, now_);
      return;
    case ShardStage::in_flight:
      if (must_search(shard)) start_search(shard, now_);
      return start_poll(shard, now_);
    case ShardStage::ended:
      return take_results(shard);
    case ShardStage::fetched:
      return start_collect(shard);
    case ShardStage::collected:
      return remove_remote_files(shard, now_);
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
  submit(*shard);
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
  if (is_held()) return hold_upload(*shard);
  const auto at = retry_at(*shard, event.error);
  schedule(*shard, Upload{shard->n, at}, at);
}

// -- create and reconcile ----------------------------------------------------------------------------------------

void Decider::note_batch(Submission& submission, const model::RemoteBatch& batch) {
  // A list may show an older truth than the one that is known.
  if (!submission.batch_id.empty() && model::is_terminal(submission.state) && !model::is_terminal(batch.state)) return;
  submission.batch_id = batch.id;
  submission.state = batch.state;
  submission.state_text = batch.state_text;
  submission.counts = batch.counts;
  submission.output_file_id = batch.output_file_id;
  submission.error_file_id = batch.error_file_id;
  submission.errors = batch.errors;
  if (batch.created_at) submission.created_at = batch.created_at;
  if (batch.expires_at) submission.expires_at = batch.expires_at;
  if (batch.usage.known) submission.usage = batch.usage;
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
  if (must_search(*shard)) start_search(*shard, now_);
  start_poll(*shard, now_ + poll_interval(policy_.poll, shard->n, 0, true));
}

void Decider::on(const Waited& event) {
  Shard* shard = step_answered(event.shard, ShardStage::uploaded);
  if (shard) submit(*shard);
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
  // The next intent is committed when its time has come: a crash until then leaves nothing in doubt.
  if (file_is_not_found(*shard, event.error)) return;
  start_wait(*shard, retry_at(*shard, event.error));
}

// -- waiting for the batch ---------------------------------------------------------------------------------------

void Decider::on(const Polled& event) {
  heard(event.shard);
  // Of a batch that was dropped while it was asked about: the search tells of it.
  const auto asked = state_.shards.find(event.shard);
  if (asked != state_.shards.end() && asked->second.stage == ShardStage::in_flight &&
      newest(asked->second).batch_id != event.batch.id)
    return;
  Shard* shard = step_answered(event.shard, ShardStage::in_flight);
  if (!shard) return;
  auto& submission = newest(*shard);
  auto& session = state_.sessions[shard->n];
  const auto& batch = event.batch;
  ++session.polls;
  const bool is_first = !submission.created_at && batch.created_at;  // of one that was adopted by its id alone
  const bool changed = is_first || submission.state != batch.state || submission.counts != batch.counts;
  // Poll after poll that says the same is not worth a transaction.
  if (changed || model::is_terminal(batch.state)) note_batch(submission, batch);
  if (batch.state == BatchState::unrecognised && changed)
    say(shard->n, "unrecognised", fmt::format("The provider calls the state \"{}\"; polling on.", batch.state_text));
  if (!model::is_terminal(batch.state)) {
    const bool validating = batch.state == BatchState::validating;
    if (!validating) session.queue_refusals = 0;
    return start_poll(*shard, now_ + poll_interval(policy_.poll, shard->n, session.polls, validating));
  }
  if (!state_.cancelling && means_full_queue(batch)) return wait_for_queue(*shard, batch);
  shard->stage = ShardStage::ended;
  shard->end = EndKind::batch;
  shard->error = first_error_of(batch);
  touch(*shard);
  say(shard->n, std::string(name_of(batch.state)),
      fmt::format("{} is {}: {} completed, {} failed of {}{}{}", batch.id, name_of(batch.state), batch.counts.completed,
                  batch.counts.failed, batch.counts.total, shard->error.empty() ? "." : ". ", shard->error));
  take_results(*shard);
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
  // The provider counted more answers than its files hold: they may not be whole yet. Paid answers are not given up
  // at once.
  const auto answers = answers_expected(*shard, newest(*shard));
  auto& session = state_.sessions[shard->n];
  if (event.lines && *event.lines < answers && !session.fetched_again) {
    session.fetched_again = true;
    say(shard->n, "results_short",
        fmt::format("The result files hold {} lines for {} answers; downloading them once more.", *event.lines,
                    answers));
    return start_fetch(*shard, now_ + policy_.poll.first);
  }
  shard->stage = ShardStage::fetched;
  shard->output_file = event.output_file;
  shard->error_file = event.error_file;
  shard->output_bytes = event.output_bytes;
  shard->error_bytes = event.error_bytes;
  shard->output_sha256 = event.output_sha256;
  shard->error_sha256 = event.error_sha256;
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
  shard.outcome_mark = event.outcome_mark;
  touch(shard);
  if (!event.errors.empty() && event.errors != newest(shard).errors) {
    newest(shard).errors = event.errors;
    touch(newest(shard));
  }
  state_.run.anomalies += event.anomalies;
  touch_run();
  say(shard.n, "collected", fmt::format("All {} items of the shard are accounted for.", shard.requests));
  // The runner commits the outcomes with this decision and acts then: nothing is deleted that is not kept here.
  remove_remote_files(shard, now_);
}

void Decider::remove_remote_files(const Shard& shard, Time at) {
  if (!policy_.delete_remote_files || shard.remote_files_removed) return;
  std::set<std::string> files;
  if (!shard.input_file_id.empty()) files.insert(shard.input_file_id);
  for (const auto& [key, submission] : state_.submissions) {
    if (key.first != shard.n) continue;
    if (!submission.output_file_id.empty()) files.insert(submission.output_file_id);
    if (!submission.error_file_id.empty()) files.insert(submission.error_file_id);
  }
  if (files.empty()) return;
  state_.sessions[shard.n].removing = true;
  act(RemoveFiles{shard.n, {files.begin(), files.end()}, at});
}

void Decider::on(const FilesRemoved& event) {
  heard(event.shard);
  auto& shard = state_.shards.at(event.shard);
  state_.sessions[event.shard].removing = false;
  shard.remote_files_removed = true;
  touch(shard);
}

// Results do not wait for it: after a few tries the files stay, and that is said.
void Decider::on(const RemoveFailed& event) {
  auto& session = state_.sessions[event.shard];
  if (++session.remove_failures < remove_tries_max)
    return remove_remote_files(state_.shards.at(event.shard),
                               now_ + retry_interval(event.shard, session.remove_failures, event.error.retry_after_ms));
  session.removing = false;
  say(event.shard, "files_kept", fmt::format("The provider's files of this shard stay there: {}", event.error.message));
}

void Decider::on(const CollectFailed& event) {
  const auto found = state_.shards.find(event.shard);
  check(found != state_.shards.end(), "an answer names a shard of this run");
  Shard& shard = found->second;
  auto& session = state_.sessions[shard.n];
  const bool is_fetched = shard.stage == ShardStage::fetched && shard.end == EndKind::batch;
  // The provider has them still; a disk that loses them again is a person's business.
  if (event.error.kind != ErrorKind::not_found || !is_fetched || session.lost_answers)
    return halt(exit_internal, event.error);
  session.lost_answers = true;
  shard.stage = ShardStage::ended;
  touch(shard);
  say(shard.n, "answers_gone", fmt::format("{}; downloading the answers again.", event.error.message));
  start_fetch(shard, now_);
}

// -- cancel ------------------------------------------------------------------------------------------------------

void Decider::cancel_shard(Shard& shard) {
  const auto& session = state_.sessions[shard.n];
  switch (shard.stage) {
    case ShardStage::planned:
    case ShardStage::uploaded:
      if (state_.account.stage == Account::Stage::asking) return;  // its answer decides
      return end_without_batch(shard, EndKind::not_sent, {});
    case ShardStage::in_flight:
      return ask_cancel(shard, newest(shard).batch_id, now_);
    case ShardStage::uploading:
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
  if (session.cancel_asked || state_.cancel_scope == model::CancelScope::unsent) return;
  session.cancel_asked = true;
  say(shard.n, "cancelling", fmt::format("Asking the provider to cancel {}; what it has finished is kept.", batch_id));
  act(CancelBatch{shard.n, batch_id, at});
}

void Decider::on(const BatchCancelled& event) {
  heard(event.shard);
  for (auto& [key, submission] : state_.submissions) {
    if (key.first != event.shard || submission.batch_id != event.batch_id) continue;
    if (submission.given_up && !model::is_terminal(submission.state)) {
      // A twin: nobody polls it. What it had finished by then the next search tells.
      submission.state = BatchState::cancelling;
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
  // Refused: it has ended meanwhile, and the next poll or search will say so.
  if (event.error.kind == ErrorKind::rejected || event.error.kind == ErrorKind::not_found) return;
  const auto& shard = state_.shards.at(event.shard);
  act(CancelBatch{event.shard, event.batch_id, retry_at(shard, event.error)});
}

}  // namespace batchd::engine
