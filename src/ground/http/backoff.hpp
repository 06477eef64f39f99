#pragma once
// Repeats one safe HTTP call (law 4): full jitter, the server's own wishes honoured and capped. A call that is not
// repeatable (SendOptions::repeatable) is made once, whatever comes of it.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "ground/async/loop.hpp"
#include "ground/base/random.hpp"
#include "ground/http/transport.hpp"

namespace batchd::http {

struct BackoffOptions {
  std::uint32_t attempts_max = 5;  // all in all, the first included
  Duration delay_first{500};       // the n-th wait is uniform in [0, min(delay_max, delay_first * 2^(n-1))]
  Duration delay_max{30'000};
  Duration asked_max{120'000};  // a server that asks for more is asked again after this
  // No attempt begins later than so long after the first did, unless the server asked for the wait: whoever is silent,
  // or not there, is told of while somebody still waits for the call. Nothing: attempts_max alone counts.
  std::optional<Duration> repeat_for{};
};

// How long the server asks to wait: retry-after-ms, else Retry-After in seconds or as an HTTP date. Not capped.
std::optional<Duration> asked_delay(const Headers& headers, Time now);

// Worth repeating: 408 429 500 502 503 504 and ErrorKind::network. `x-should-retry: true|false` overrules a status.
bool is_passing(const Result<Response>& outcome);

// PURE. The wait before the next attempt, or nothing: the outcome stands. `attempts` were made so far (at least 1).
// Where the server asks for a wait, it is that wait (capped) plus up to a tenth of jitter.
std::optional<Duration> next_delay(const BackoffOptions& options, std::uint32_t attempts, bool repeatable,
                                   const Result<Response>& outcome, Time now, Random& random);

struct Repeat {
  std::uint32_t attempts = 0;  // made so far
  std::uint32_t attempts_max = 0;
  Duration wait{0};
  std::string why{};  // "503 Service Unavailable", or the error's sentence
};

// Sends until an outcome stands; a stopped token ends a wait with ErrorKind::cancelled. `on_repeat` (may be empty)
// hears of every wait before it begins. Everything given must live until the task has ended.
async::Task<Result<Response>> send_with_backoff(async::Loop& loop, Transport& transport, Random& random,
                                                const Request& request, const SendOptions& send_options,
                                                const BackoffOptions& options,
                                                const std::function<void(const Repeat&)>& on_repeat);
async::Task<Result<Response>> send_with_backoff(async::Loop& loop, Transport& transport, Random& random,
                                                const Request& request, const SendOptions& send_options,
                                                const BackoffOptions& options);

}  // namespace batchd::http
