#pragma once
// One result type for the whole house. A function that can fail returns Result<T>; the *kind* of its Error decides
// what the caller does, the text is for people. No exception crosses a room's door: a third-party throw is caught
// where the library is called and becomes an Error.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "ground/base/check.hpp"

namespace batchd {

// The closed list. Add a kind only when some caller would do something different because of it.
enum class ErrorKind {
  invalid,      // the user's command, job, config, schema or input is wrong: nothing was sent (exit 2)
  not_found,    // the named thing does not exist: a run, an item, a remote file (404)
  conflict,     // another live process owns this run (exit 6)
  io,           // a local file, disk or database did not do as told (exit 1)
  network,      // no connection, reset, time-out, TLS failure: the remote side was not reached or did not answer
  throttled,    // 429 of the kind that passes: try again after `retry_after`
  unavailable,  // 5xx: the remote side is there and cannot
  denied,       // key, permission or billing: nothing will work until a person acts (exit 4)
  rejected,     // the remote side understood and refuses this request: repeating it is useless (other 4xx)
  protocol,     // an answer arrived and cannot be understood
  unknown,      // a request that spends was sent and its outcome is not known: reconcile, never repeat
  cancelled,    // we were told to stop while waiting
  internal,     // a mistake of ours (exit 1)
};

// "network", "denied", …: stable, for logs and --json.
std::string_view name_of(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;                      // what, where and why: one sentence, no final newline, never a secret
  std::string hint;                         // what to do next; may be empty
  std::optional<long long> retry_after_ms;  // only with `throttled` and `unavailable`: as the server asked
  int http_status = 0;                      // 0 when no HTTP answer was involved
  std::string code;                         // the provider's own error code, e.g. "token_limit_exceeded"; may be empty
  bool nothing_sent = false;                // not one byte of the request left this machine, so nothing can have come
                                            // of it. false: it may have arrived (or no request was involved)

  Error() = default;
  Error(ErrorKind k, std::string m, std::string h = {}) : kind(k), message(std::move(m)), hint(std::move(h)) {}

  // The same error seen from one floor up: "cannot read job.yaml: " + message.
  Error within(std::string_view context) const;
  // message, then the hint on a line of its own when there is one.
  std::string text() const;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Asking a failure for its value, or a success for its error, is a programming error and crashes.
  T& value() & { return check(ok(), "value() of a failed Result"), std::get<0>(state_); }
  const T& value() const& { return check(ok(), "value() of a failed Result"), std::get<0>(state_); }
  T&& value() && { return check(ok(), "value() of a failed Result"), std::get<0>(std::move(state_)); }
  const Error& error() const { return check(!ok(), "error() of a successful Result"), std::get<1>(state_); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    check(!ok(), "error() of a successful Result");
    return *error_;  // NOLINT(bugprone-unchecked-optional-access): checked above
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace batchd
