#include "doors/simulator/timeline.hpp"

#include <algorithm>
#include <array>

namespace batchd::simulator {
namespace {

constexpr std::array<std::string_view, 8> names{"validating", "failed",  "in_progress", "finalizing",
                                                "completed",  "expired", "cancelling",  "cancelled"};

bool cancelled_in_validation(const Batch& batch) {
  return batch.cancelling && (batch.fate == Fate::stuck || *batch.cancelling < batch.in_progress);
}

bool has_failed(const Batch& batch) { return !cancelled_in_validation(batch) && batch.check && !batch.check->passed; }

// The state if nobody had ever cancelled.
State undisturbed(const Batch& batch, Time now) {
  if (batch.fate == Fate::stuck || now < batch.in_progress) return State::validating;
  if (batch.check && !batch.check->passed) return State::failed;
  if (batch.fate == Fate::expires) return now < batch.expires ? State::in_progress : State::expired;
  if (now < batch.finalizing) return State::in_progress;
  if (batch.fate == Fate::stuck_at_end) return State::finalizing;
  return now < batch.completed ? State::finalizing : State::completed;
}

}  // namespace

std::string_view name_of(State state) { return names[static_cast<std::size_t>(state)]; }

bool is_final(State state) {
  return state == State::failed || state == State::completed || state == State::expired || state == State::cancelled;
}

void settle_instants(Batch& batch, const Pace& pace, Duration window) {
  const std::uint64_t rate = std::max<std::uint64_t>(pace.requests_per_second, 1);
  Duration work(static_cast<std::int64_t>((batch.requests * 1000 + rate - 1) / rate));
  if (batch.fate == Fate::expires) work = std::max(work, Duration(2));  // there must be a middle to expire in
  batch.in_progress = batch.created + pace.validating;
  batch.finalizing = batch.in_progress + work;
  batch.completed = batch.finalizing + pace.finalizing;
  batch.expires = batch.created + window;
  if (batch.fate == Fate::expires) batch.expires = batch.in_progress + work / 2;
  if (batch.fate == Fate::normal && batch.finalizing > batch.expires) batch.fate = Fate::expires;
}

void settle_cancel(Batch& batch, const Pace& pace, Time now) {
  batch.cancelling = now;
  batch.cancelled = now + pace.cancelling;
}

bool needs_check(const Batch& batch, Time now) {
  return !batch.check && batch.fate != Fate::stuck && now >= batch.in_progress && !cancelled_in_validation(batch);
}

State state_of(const Batch& batch, Time now) {
  if (batch.cancelling && now >= *batch.cancelling && !has_failed(batch))
    return now < *batch.cancelled ? State::cancelling : State::cancelled;
  return undisturbed(batch, now);
}

std::optional<Time> end_of(const Batch& batch) {
  if (has_failed(batch)) return batch.in_progress;
  if (batch.cancelled) return batch.cancelled;
  if (batch.fate == Fate::stuck || batch.fate == Fate::stuck_at_end) return std::nullopt;
  return batch.fate == Fate::expires ? batch.expires : batch.completed;
}

bool needs_outcome(const Batch& batch, Time now) {
  if (batch.outcome) return false;
  const State state = state_of(batch, now);
  return is_final(state) && state != State::failed;
}

std::uint64_t done_by(const Batch& batch, Time now) {
  if (batch.fate == Fate::stuck || has_failed(batch)) return 0;
  if (batch.cancelling) now = std::min(now, *batch.cancelling);
  if (batch.fate == Fate::expires) now = std::min(now, batch.expires);
  if (now <= batch.in_progress) return 0;
  if (now >= batch.finalizing) return batch.requests;
  const auto passed = static_cast<double>((now - batch.in_progress).count());
  const auto whole = static_cast<double>((batch.finalizing - batch.in_progress).count());
  return static_cast<std::uint64_t>(static_cast<double>(batch.requests) * passed / whole);
}

Instants instants_of(const Batch& batch, Time now) {
  const State state = state_of(batch, now);
  Instants instants;
  if (batch.dialect == Dialect::openai || state != State::validating) instants.expires = batch.expires;
  if (state == State::failed) {
    instants.failed = batch.in_progress;
    return instants;
  }
  Time until = now;
  if (batch.cancelling && now >= *batch.cancelling) {
    instants.cancelling = batch.cancelling;
    if (state == State::cancelled) instants.cancelled = batch.cancelled;
    until = *batch.cancelling;
  }
  const State reached = undisturbed(batch, until);
  if (reached == State::validating) return instants;
  instants.in_progress = batch.in_progress;
  if (reached == State::expired) instants.expired = batch.expires;
  if (reached == State::finalizing || reached == State::completed) instants.finalizing = batch.finalizing;
  if (reached == State::completed) instants.completed = batch.completed;
  return instants;
}

}  // namespace batchd::simulator
