#include "doors/daemon/circuit.hpp"

#include <algorithm>

namespace batchd::daemon {
namespace {

// A try whose end nobody told of blocks no door for longer.
constexpr Duration trying_max = std::chrono::minutes(10);

enum class Word { answer, silence, nothing };

Word word_of(const std::optional<Error>& error) {
  if (!error) return Word::answer;
  switch (error->kind) {
    case ErrorKind::network:
    case ErrorKind::unavailable:
    case ErrorKind::unknown:
      return Word::silence;
    case ErrorKind::not_found:
    case ErrorKind::throttled:
    case ErrorKind::denied:
    case ErrorKind::rejected:
    case ErrorKind::protocol:
      return Word::answer;
    case ErrorKind::invalid:
    case ErrorKind::conflict:
    case ErrorKind::io:
    case ErrorKind::cancelled:
    case ErrorKind::internal:
      break;
  }
  return Word::nothing;
}

}  // namespace

std::optional<Time> Circuit::open_until(Time now) {
  if (!open_until_) return std::nullopt;
  if (now < *open_until_) return open_until_;
  if (trying_since_ && now - *trying_since_ < trying_max) return now + pause_first;
  trying_since_ = now;
  return std::nullopt;
}

void Circuit::heard(const std::optional<Error>& error, Time now) {
  switch (word_of(error)) {
    case Word::answer:
      *this = Circuit();
      return;
    case Word::silence:
      last_error_ = error->message;
      return fail(now);
    case Word::nothing:
      trying_since_.reset();
      return;
  }
}

// Calls that were out when it opened come back one after the other; they count once.
void Circuit::fail(Time now) {
  const bool was_trying = trying_since_.has_value();
  if (open_until_ && !was_trying) return;
  trying_since_.reset();
  if (++failures_ < failures_max) return;
  pause_ = was_trying ? std::min(2 * pause_, pause_max) : pause_first;
  open_until_ = now + pause_;
}

}  // namespace batchd::daemon
