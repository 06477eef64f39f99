#include "core/engine/engine.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/engine/decider.hpp"
#include "core/engine/pacing.hpp"

namespace batchd::engine {

using model::CancelScope;
using model::EndKind;
using model::RunState;
using model::Shard;
using model::ShardStage;
using model::Submission;
using model::WaitingFor;

namespace {

constexpr Duration waiting_rewritten_after = std::chrono::seconds(30);
constexpr std::uint32_t refusals_worth_a_word = 3;  // of a full queue, in a row

bool occupies_a_slot(ShardStage stage) {
  return stage == ShardStage::uploading || stage == ShardStage::uploaded || stage == ShardStage::creating ||
         stage == ShardStage::unknown || stage == ShardStage::in_flight;
}

bool means_unreachable(const Error& error) {
  // A captive portal's page is not the provider; a 4xx that says "later" is.
  const bool was_heard = error.http_status >= 400 && error.http_status < 500;
  return error.kind == ErrorKind::network || (error.kind == ErrorKind::unavailable && !was_heard) ||
         error.kind == ErrorKind::protocol;
}

int exit_code_of(RunState state) {
  switch (state) {
    case RunState::succeeded:
      return exit_ok;
    case RunState::failed:
      return exit_failed;
    case RunState::stopped:
    case RunState::cancelled:
      return exit_stopped;
    case RunState::created:
    case RunState::running:
    case RunState::finalizing:
      break;
  }
  check(false, "only a final state has an exit code");
  return exit_internal;
}

}  // namespace

State state_from(model::Run run, std::vector<Shard> shards, std::vector<Submission> submissions) {
  State state;
  state.run = std::move(run);
  for (auto& shard : shards)
    state.shards.emplace(shard.n, std::move(shard));
  for (auto& submission : submissions) {
    const std::pair key{submission.shard, submission.n};
    state.submissions.emplace(key, std::move(submission));
  }
  return state;
}

Decision decide(State& state, const Event& event, const Policy& policy, Time now) {
  if (state.halted) return {};
  Decider decider(state, policy, now);
  std::visit([&](const auto& happened) { decider.on(happened); }, event);
  if (!state.halted) decider.plan();
  return decider.take();
}

// -- the run's own events ----------------------------------------------------------------------------------------

void Decider::on(const Resumed&) {
  auto& run = state_.run;
  check(run.state != RunState::created, "a run is prepared before it is decided upon");
  if (model::is_final(run.state)) {
    state_.halted = true;
    return act(Finish{run.exit_code});
  }
  if (run.state == RunState::finalizing) return act(Count{});
  state_.cancelling = run.cancel_requested_at.has_value();
  state_.cancel_scope = run.cancel_scope;
  if (run.asks_account) begin_asking_account();
  for (auto& [n, shard] : state_.shards) {
    const bool not_sent = shard.stage == ShardStage::planned || shard.stage == ShardStage::uploading ||
                          shard.stage == ShardStage::uploaded;
    // Of a run whose record lacks some, a shard may have a batch all the same: what it has answered is kept.
    if (state_.cancelling && not_sent && !run.asks_account) {
      end_without_batch(shard, EndKind::not_sent, {});
      continue;
    }
    resume_shard(shard);
    if (state_.cancelling && shard.stage == ShardStage::in_flight) ask_cancel(shard, newest(shard).batch_id, now_);
  }
  for (const auto& [key, submission] : state_.submissions) {
    // Twins whose cancel the last process may not have got through.
    const bool is_asked_for = submission.state == model::BatchState::cancelling;
    if (!submission.given_up || submission.batch_id.empty() || model::is_terminal(submission.state) || is_asked_for)
      continue;
    state_.sessions[submission.shard].dropped.insert(submission.batch_id);
    act(CancelBatch{submission.shard, submission.batch_id, now_});
  }
}

void Decider::on(const CancelRequested& event) {
  const bool goes_further =
      !state_.cancelling || (state_.cancel_scope == CancelScope::unsent && event.scope == CancelScope::everything);
  if (!goes_further || state_.run.state != RunState::running) return;
  state_.cancelling = true;
  state_.cancel_scope = event.scope;
  say(0, "cancel_requested",
      event.scope == CancelScope::unsent
          ? "Another run takes its place: nothing more is sent, what is in flight is collected."
          : "Cancelling: nothing more is sent, what the provider has finished is kept.");
  for (auto& [n, shard] : state_.shards)
    cancel_shard(shard);
}

void Decider::on(const Counted& event) {
  if (state_.run.state != RunState::finalizing) return;
  const auto& counts = event.counts;
  const auto items = counts.succeeded + counts.failed + counts.pending;
  if (counts.pending > 0) {
    return halt(exit_internal,
                Error(ErrorKind::internal,
                      fmt::format("{} items have no outcome although every shard was collected", counts.pending),
                      "please report this; the run's state is kept as it is"));
  }
  const auto cancelled = counts.reasons[static_cast<std::size_t>(model::Reason::cancelled)];
  constexpr double rounding = 1e-9;  // 0.999 of 1000 items is 999 of them
  const bool enough =
      static_cast<double>(counts.succeeded) + rounding >= policy_.min_success * static_cast<double>(items);
  const bool was_cancelled = state_.run.cancel_requested_at.has_value() || state_.cancelling;
  if (was_cancelled && cancelled > 0) {
    state_.run.stopped_by = "operator";
    touch_run();
    return act(Report{RunState::cancelled});
  }
  act(Report{enough ? RunState::succeeded : RunState::failed});
  state_.run.stopped_by.clear();
}

void Decider::on(const Reported& event) {
  if (state_.run.state != RunState::finalizing) return;
  finish(event.state);
}

void Decider::on(const ReportFailed& event) { halt(exit_internal, event.error); }

void Decider::finish(RunState final_state) {
  auto& run = state_.run;
  run.state = final_state;
  run.finished_at = now_;
  run.exit_code = exit_code_of(final_state);
  run.waiting = {};
  touch_run();
  const bool by_itself = final_state == RunState::succeeded || final_state == RunState::failed;
  say(0, "finished", fmt::format("The run {} {}.", by_itself ? "has" : "was", name_of(final_state)));
  act(Finish{run.exit_code});
  state_.halted = true;
}

// -- after every event -------------------------------------------------------------------------------------------

void Decider::plan() {
  if (state_.run.state != RunState::running) return;
  if (account_told_too_early()) ask_account(now_);
  if (!state_.stopping && !is_held()) fill_slots();
  fill_room();
  finish_when_done();
  if (!state_.halted) say_what_is_waited_for();
}

void Decider::fill_slots() {
  std::uint32_t occupied = 0;
  std::uint32_t uploading = 0;
  for (const auto& [n, shard] : state_.shards) {
    occupied += occupies_a_slot(shard.stage);
    uploading += shard.stage == ShardStage::uploading;
  }
  for (auto& [n, shard] : state_.shards) {
    if (occupied >= policy_.batches_in_flight_max || uploading >= policy_.uploads_side_by_side_max) return;
    if (shard.stage != ShardStage::planned) continue;
    if (state_.cancelling) {
      end_without_batch(shard, EndKind::not_sent, {});
      continue;
    }
    start_upload(shard);
    ++occupied;
    ++uploading;
  }
}

void Decider::finish_when_done() {
  bool any_busy = state_.round.stage == Round::Stage::surveying || state_.round.stage == Round::Stage::gathering ||
                  state_.account.stage == Account::Stage::asking;
  bool any_kept_back = false;  // for lack of a slot or of room, or by a pause: nothing of it goes on by itself
  const auto undecided = undecided_shards();
  for (const auto& [n, shard] : state_.shards) {
    const auto session = state_.sessions.find(n);
    any_busy = any_busy || (session != state_.sessions.end() && session->second.removing);
    if (shard.stage == ShardStage::collected) continue;
    const bool waits_for_a_person = session != state_.sessions.end() && session->second.undecided;
    const bool waits_for_room = session != state_.sessions.end() && session->second.waits_for_room;
    const bool is_kept_back =
        shard.stage == ShardStage::planned || (shard.stage == ShardStage::uploaded && waits_for_room);
    any_kept_back = any_kept_back || is_kept_back;
    any_busy = any_busy || !(waits_for_a_person || is_kept_back);
  }
  if (any_busy) return;
  if (!undecided.empty()) {
    say_what_is_waited_for();
    return halt(exit_internal,
                Error(ErrorKind::unknown, told_undecided(undecided), how_to_resolve(*undecided.front())));
  }
  if (any_kept_back && state_.account.stage == Account::Stage::cannot_be_told && !is_paused()) return halt_untold();
  if (any_kept_back) return;
  if (state_.round.stage == Round::Stage::none) begin_round();
  if (state_.round.stage != Round::Stage::over) return;
  state_.run.state = RunState::finalizing;
  state_.run.waiting = {};
  touch_run();
  act(Count{});
}

void Decider::say_what_is_waited_for() {
  model::Waiting waiting;
  std::uint64_t in_flight = 0;
  std::uint64_t asked_about = 0;
  std::uint64_t searched = 0;
  std::uint64_t queued = 0;
  std::string queue_detail;
  bool refused_often = false;
  const auto undecided = undecided_shards();
  for (const auto& [n, shard] : state_.shards) {
    const auto found = state_.sessions.find(n);
    if (found == state_.sessions.end()) continue;
    asked_about += shard.stage == ShardStage::unknown;
    const bool is_queued =
        shard.stage == ShardStage::uploaded && (found->second.waits_for_room || found->second.queue_refusals > 0);
    queued += is_queued;
    if (is_queued && found->second.queue_refusals > 0) queue_detail = shard.error;
    refused_often = refused_often || (is_queued && found->second.queue_refusals >= refusals_worth_a_word);
    searched += shard.stage == ShardStage::ended && must_search(shard);
    in_flight += shard.stage == ShardStage::in_flight;
    const auto& next = found->second.next_at;
    if (found->second.busy && next && *next > now_)
      waiting.next_try_at = std::min(waiting.next_try_at.value_or(*next), *next);
  }
  if (const auto held = held_back(); held > 0 && undecided.empty()) {
    waiting.what = WaitingFor::paused;
    waiting.detail = pause_detail(held);
    waiting.since = state_.paused->since;
  } else if (state_.unreachable_since) {
    waiting.what = WaitingFor::provider;
    waiting.detail = fmt::format("{} gives no usable answer", state_.run.provider);
  } else if (state_.throttled) {
    waiting.what = WaitingFor::rate_limit;
    waiting.detail = fmt::format("{} asks us to slow down", state_.run.provider);
  } else if (!undecided.empty()) {
    waiting.what = WaitingFor::unknown_submission;
    waiting.detail = fmt::format("{}; {}", told_undecided(undecided), how_to_resolve(*undecided.front()));
  } else if (state_.account.stage == Account::Stage::asking) {
    waiting.what = WaitingFor::unknown_submission;
    waiting.detail =
        fmt::format("asking {} what it holds of this run, before anything more is sent", state_.run.provider);
    if (state_.account.next_at && *state_.account.next_at > now_) waiting.next_try_at = state_.account.next_at;
  } else if (asked_about > 0) {
    waiting.what = WaitingFor::unknown_submission;
    waiting.detail = fmt::format("asking {} what became of {}", state_.run.provider,
                                 asked_about == 1 ? "a submission" : fmt::format("{} submissions", asked_about));
  } else if (queued > 0) {
    waiting.what = WaitingFor::queue_capacity;
    const auto batches = queued == 1 ? std::string("a batch waits") : fmt::format("{} batches wait", queued);
    waiting.detail = queue_detail.empty() ? fmt::format("{} for room below limits.max_in_flight_tokens", batches)
                                          : fmt::format("{} for room in the queue of {}: {}", batches,
                                                        state_.run.provider, queue_detail);
    if (refused_often && in_flight == 0)
      waiting.detail +=
          " (nothing of this run is in it: a batch larger than the whole queue never fits, and "
          "batch.max_bytes cuts smaller ones)";
  } else if (searched > 0) {
    waiting.what = WaitingFor::unknown_submission;
    waiting.detail =
        fmt::format("asking {} whether it has another batch of requests that are done", state_.run.provider);
  } else if (in_flight > 0) {
    waiting.what = WaitingFor::batches;
    waiting.detail = fmt::format("{} {} being worked on", in_flight, in_flight == 1 ? "batch is" : "batches are");
  }
  auto& written = state_.run.waiting;
  const bool same = written.what == waiting.what && written.detail == waiting.detail;
  if (waiting.what != WaitingFor::paused) waiting.since = same ? written.since : now_;
  const bool rewritten_lately =
      state_.waiting_written_at && now_ - *state_.waiting_written_at < waiting_rewritten_after;
  if (same && (rewritten_lately || written.next_try_at == waiting.next_try_at)) return;
  written = waiting;
  state_.waiting_written_at = now_;
  touch_run();
}

// -- failures ----------------------------------------------------------------------------------------------------

void Decider::heard(std::uint32_t shard) {
  state_.sessions[shard].failures = 0;
  state_.unreachable_since.reset();
  state_.throttled = false;
}

bool Decider::halts(const Error& error) {
  if (error.kind == ErrorKind::denied) return halt(exit_denied, error), true;
  const bool ours =
      error.kind == ErrorKind::io || error.kind == ErrorKind::internal || error.kind == ErrorKind::invalid;
  if (ours) return halt(exit_internal, error), true;
  state_.throttled = error.kind == ErrorKind::throttled;
  if (!means_unreachable(error)) return false;
  if (!state_.unreachable_since) {
    state_.unreachable_since = now_;
    say(0, "unreachable", fmt::format("No usable answer from the provider: {}", error.message));
  }
  if (now_ - *state_.unreachable_since < patience()) return false;
  halt(exit_unreachable, error);
  return true;
}

Duration Decider::patience() const {
  return anything_in_flight() ? policy_.give_up_after : policy_.give_up_before_first;
}

Time Decider::retry_at(const Shard& shard, const Error& error) {
  auto& session = state_.sessions[shard.n];
  ++session.failures;
  const auto at = now_ + retry_interval(shard.n, session.failures, error.retry_after_ms);
  if (!state_.unreachable_since) return at;
  // The last try is when patience ends, not after it.
  return std::min(at, std::max(now_, *state_.unreachable_since + patience()));
}

void Decider::halt(int exit_code, Error error) {
  say(0, "halted", error.message);
  state_.halted = true;
  act(Halt{exit_code, std::move(error)});
}

bool Decider::anything_in_flight() const {
  return std::any_of(state_.shards.begin(), state_.shards.end(), [&](const auto& entry) {
    const auto stage = entry.second.stage;
    return stage == ShardStage::creating || stage == ShardStage::unknown || stage == ShardStage::in_flight ||
           (stage == ShardStage::ended && entry.second.end == EndKind::batch);
  });
}

// -- bookkeeping -------------------------------------------------------------------------------------------------

Shard* Decider::step_answered(std::uint32_t n, ShardStage expected) {
  const auto found = state_.shards.find(n);
  check(found != state_.shards.end(), "an answer names a shard of this run");
  if (found->second.stage != expected) return nullptr;
  auto& session = state_.sessions[n];
  session.busy = false;
  session.next_at.reset();
  return &found->second;
}

std::uint32_t Decider::next_submission_number(const Shard& shard) const {
  const auto behind = state_.submissions.upper_bound({shard.n, UINT32_MAX});
  if (behind == state_.submissions.begin()) return 1;
  const auto& [key, last] = *std::prev(behind);
  return key.first == shard.n ? key.second + 1 : 1;
}

Submission& Decider::newest(const Shard& shard) {
  const auto found = state_.submissions.find({shard.n, shard.submission});
  check(found != state_.submissions.end(), "a shard's submission exists");
  return found->second;
}

void Decider::schedule(Shard& shard, Action action, Time at) {
  auto& session = state_.sessions[shard.n];
  session.busy = true;
  session.next_at = at;
  // A newer step replaces one handed out earlier in this same decision.
  std::erase_if(decision_.actions, [&](const Action& earlier) {
    return std::visit(
        [&](const auto& step) {
          using Step = std::decay_t<decltype(step)>;
          if constexpr (requires { step.shard; } && !std::is_same_v<Step, CancelBatch> &&
                        !std::is_same_v<Step, Search> && !std::is_same_v<Step, RemoveFiles>)
            return step.shard == shard.n;
          else
            return false;
        },
        earlier);
  });
  act(std::move(action));
}

void Decider::say(std::uint32_t shard, std::string_view kind, std::string text) {
  decision_.changes.happenings.push_back({now_, shard, std::string(kind), std::move(text)});
}

Decision Decider::take() {
  for (const auto n : touched_shards_)
    decision_.changes.shards.push_back(state_.shards.at(n));
  for (const auto& key : touched_submissions_)
    decision_.changes.submissions.push_back(state_.submissions.at(key));
  if (run_touched_) decision_.changes.run = state_.run;
  return std::move(decision_);
}

}  // namespace batchd::engine
