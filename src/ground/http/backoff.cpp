#include "ground/http/backoff.hpp"

#include <algorithm>
#include <charconv>

namespace batchd::http {

namespace {

std::optional<double> number_from(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0)) return std::nullopt;
  return value;
}

// Beyond a year it is a mistake, and beyond 2^53 not even a number of milliseconds.
Duration from_ms(double ms) {
  constexpr double year_ms = 366.0 * 24 * 3600 * 1000;
  return Duration(static_cast<std::int64_t>(std::min(ms, year_ms)));
}

Duration up_to(Duration most, Random& random) {
  return Duration(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most.count()) + 1)));
}

std::string why_again(const Result<Response>& outcome) {
  if (!outcome.ok()) return outcome.error().message;
  const std::string_view phrase = reason_phrase(outcome->status);
  return std::to_string(outcome->status) + (phrase.empty() ? "" : " ") + std::string(phrase);
}

}  // namespace

std::optional<Duration> asked_delay(const Headers& headers, Time now) {
  if (const auto ms = headers.find("retry-after-ms"))
    if (const auto number = number_from(*ms)) return from_ms(*number);
  const auto after = headers.find("Retry-After");
  if (!after) return std::nullopt;
  if (const auto seconds = number_from(*after)) return from_ms(*seconds * 1000);
  if (const auto date = parse_http_date(*after)) return std::max(Duration(0), *date - now);
  return std::nullopt;
}

bool is_passing(const Result<Response>& outcome) {
  if (!outcome.ok()) return outcome.error().kind == ErrorKind::network;
  if (outcome->is_success()) return false;
  if (const auto wish = outcome->headers.find("x-should-retry")) {
    if (equal_without_case(*wish, "true")) return true;
    if (equal_without_case(*wish, "false")) return false;
  }
  switch (outcome->status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

namespace {

// Being asked to come later is an answer, and no reason to lose patience.
bool patience_ends(const BackoffOptions& options, const Result<Response>& outcome, Time first, Time next) {
  const bool asked_to_wait = outcome.ok() && (outcome->status == 429 || asked_delay(outcome->headers, next));
  return options.repeat_for && !asked_to_wait && next - first > *options.repeat_for;
}

}  // namespace

std::optional<Duration> next_delay(const BackoffOptions& options, std::uint32_t attempts, bool repeatable,
                                   const Result<Response>& outcome, Time now, Random& random) {
  if (!repeatable || attempts >= options.attempts_max || !is_passing(outcome)) return std::nullopt;
  if (outcome.ok()) {
    if (const auto asked = asked_delay(outcome->headers, now)) {
      const Duration wait = std::min(*asked, options.asked_max);
      // Everybody was told the same moment: without jitter they would all come back together.
      return wait + up_to(wait / 10, random);
    }
  }
  Duration most = std::min(options.delay_first, options.delay_max);
  for (std::uint32_t n = 1; n < attempts && most < options.delay_max; ++n)
    most = std::min(most * 2, options.delay_max);
  return up_to(most, random);
}

async::Task<Result<Response>> send_with_backoff(async::Loop& loop, Transport& transport, Random& random,
                                                const Request& request, const SendOptions& send_options,
                                                const BackoffOptions& options,
                                                const std::function<void(const Repeat&)>& on_repeat) {
  const Time first = loop.clock().now();
  for (std::uint32_t attempts = 1;; ++attempts) {
    Result<Response> outcome = co_await transport.send(request, send_options);
    const auto wait = next_delay(options, attempts, send_options.repeatable, outcome, loop.clock().now(), random);
    if (!wait || patience_ends(options, outcome, first, loop.clock().now() + *wait)) co_return outcome;
    if (on_repeat) {
      const Repeat repeat{attempts, options.attempts_max, *wait, why_again(outcome)};
      on_repeat(repeat);
    }
    const Status slept = co_await loop.sleep_for(*wait, send_options.stop);
    if (!slept.ok()) co_return slept.error();
  }
}

async::Task<Result<Response>> send_with_backoff(async::Loop& loop, Transport& transport, Random& random,
                                                const Request& request, const SendOptions& send_options,
                                                const BackoffOptions& options) {
  static const std::function<void(const Repeat&)> silent;
  return send_with_backoff(loop, transport, random, request, send_options, options, silent);
}

}  // namespace batchd::http
