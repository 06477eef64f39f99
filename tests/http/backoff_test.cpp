#include "ground/http/backoff.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::http;
using namespace std::chrono_literals;

namespace {

const Time noon = from_unix_seconds(1'795'435'200);

Result<Response> status(int code, Headers headers = {}) {
  Response response;
  response.status = code;
  response.headers = std::move(headers);
  return response;
}

Result<Response> failure(ErrorKind kind) { return Error(kind, "as told"); }

// Answers in the order given, then 200; keeps when it was called.
class ListTransport final : public Transport {
 public:
  ListTransport(async::Loop& loop, std::vector<Result<Response>> outcomes)
      : loop_(loop), outcomes_(std::move(outcomes)) {}
  async::Task<Result<Response>> send(const Request&, const SendOptions&) override {
    calls.push_back(loop_.clock().now());
    if (calls.size() > outcomes_.size()) co_return status(200);
    co_return outcomes_[calls.size() - 1];
  }
  std::vector<Time> calls;

 private:
  async::Loop& loop_;
  std::vector<Result<Response>> outcomes_;
};

}  // namespace

TEST_CASE("what passes is repeated, what stands is not") {
  for (const int code : {408, 429, 500, 502, 503, 504})
    CHECK(is_passing(status(code)));
  for (const int code : {200, 201, 301, 400, 401, 403, 404, 409, 413, 422, 501})
    CHECK_FALSE(is_passing(status(code)));
  CHECK(is_passing(failure(ErrorKind::network)));
  for (const ErrorKind kind : {ErrorKind::io, ErrorKind::protocol, ErrorKind::cancelled, ErrorKind::invalid})
    CHECK_FALSE(is_passing(failure(kind)));
}

TEST_CASE("x-should-retry overrules the status, but not a success") {
  CHECK(is_passing(status(409, {{"X-Should-Retry", "true"}})));
  CHECK_FALSE(is_passing(status(503, {{"x-should-retry", "False"}})));
  CHECK(is_passing(status(503, {{"x-should-retry", "perhaps"}})));
  CHECK_FALSE(is_passing(status(200, {{"x-should-retry", "true"}})));
}

TEST_CASE("a server asks in seconds, in milliseconds or with a date") {
  CHECK(asked_delay({{"Retry-After", "7"}}, noon) == 7000ms);
  CHECK(asked_delay({{"Retry-After", "0.5"}}, noon) == 500ms);
  CHECK(asked_delay({{"Retry-After", "7"}, {"Retry-After-Ms", "250"}}, noon) == 250ms);
  CHECK(asked_delay({{"Retry-After", format_http_date(noon + 90s)}}, noon) == 90s);
  CHECK(asked_delay({{"Retry-After", format_http_date(noon - 90s)}}, noon) == 0s);
  CHECK_FALSE(asked_delay({{"Retry-After", "soon"}}, noon).has_value());
  CHECK_FALSE(asked_delay({{"Retry-After", "-3"}}, noon).has_value());
  CHECK_FALSE(asked_delay({}, noon).has_value());
  CHECK(asked_delay({{"Retry-After", "99999999999999999999999"}}, noon).value() > 24h);
}

TEST_CASE("the wait is uniform below a bound that doubles and is capped") {
  Random random(7);
  const BackoffOptions options{.attempts_max = 20, .delay_first = 500ms, .delay_max = 3000ms};
  for (const auto& [attempts, bound] : std::vector<std::pair<std::uint32_t, Duration>>{
           {1, 500ms}, {2, 1000ms}, {3, 2000ms}, {4, 3000ms}, {15, 3000ms}}) {
    Duration least = bound;
    Duration most{0};
    for (int i = 0; i < 500; ++i) {
      const auto wait = next_delay(options, attempts, true, status(503), noon, random);
      REQUIRE(wait.has_value());
      least = std::min(least, *wait);
      most = std::max(most, *wait);
    }
    CHECK(most <= bound);
    CHECK(most > bound * 9 / 10);
    CHECK(least < bound / 10);
  }
}

TEST_CASE("a server's wish is honoured, with a little jitter and up to a cap") {
  Random random(7);
  const BackoffOptions options{.asked_max = 120s};
  for (int i = 0; i < 100; ++i) {
    const auto wait = next_delay(options, 1, true, status(429, {{"Retry-After", "20"}}), noon, random);
    CHECK(wait >= 20s);
    CHECK(wait <= 22s);
    const auto capped = next_delay(options, 1, true, status(429, {{"Retry-After", "86400"}}), noon, random);
    CHECK(capped >= 120s);
    CHECK(capped <= 132s);
  }
}

TEST_CASE("a call that is not repeatable is never repeated, nor is one that has used its attempts") {
  Random random(7);
  const BackoffOptions options{.attempts_max = 3};
  CHECK_FALSE(next_delay(options, 1, false, status(503), noon, random).has_value());
  CHECK_FALSE(next_delay(options, 1, false, failure(ErrorKind::network), noon, random).has_value());
  CHECK(next_delay(options, 2, true, status(503), noon, random).has_value());
  CHECK_FALSE(next_delay(options, 3, true, status(503), noon, random).has_value());
}

TEST_CASE("a repeatable call is sent until an outcome stands, and every wait is announced") {
  TurnedClock clock(noon);
  async::Loop loop(clock);
  Random random(1);
  ListTransport transport(loop, {status(503), status(429, {{"Retry-After", "30"}}), failure(ErrorKind::network)});
  const Request request{.url = "http://h/"};
  const SendOptions options{.repeatable = true};
  const BackoffOptions backoff;
  std::vector<std::string> why;
  const std::function<void(const Repeat&)> note = [&](const Repeat& repeat) { why.push_back(repeat.why); };
  const auto outcome = loop.run(send_with_backoff(loop, transport, random, request, options, backoff, note));
  REQUIRE(outcome.ok());
  CHECK(outcome->status == 200);
  CHECK(transport.calls.size() == 4);
  CHECK(transport.calls[2] - transport.calls[1] >= 30s);
  CHECK(why == std::vector<std::string>{"503 Service Unavailable", "429 Too Many Requests", "as told"});
}

TEST_CASE("a spending call that fails is sent exactly once") {
  TurnedClock clock(noon);
  async::Loop loop(clock);
  Random random(1);
  ListTransport transport(loop, {failure(ErrorKind::network)});
  const Request request{.method = Method::post, .url = "http://h/"};
  const SendOptions options;
  const BackoffOptions backoff;
  const auto outcome = loop.run(send_with_backoff(loop, transport, random, request, options, backoff));
  CHECK_FALSE(outcome.ok());
  CHECK(transport.calls.size() == 1);
}

TEST_CASE("the last failure stands when the attempts are used up") {
  TurnedClock clock(noon);
  async::Loop loop(clock);
  Random random(1);
  ListTransport transport(loop, std::vector<Result<Response>>(10, status(503)));
  const Request request{.url = "http://h/"};
  const SendOptions options{.repeatable = true};
  const BackoffOptions backoff{.attempts_max = 4};
  const auto outcome = loop.run(send_with_backoff(loop, transport, random, request, options, backoff));
  REQUIRE(outcome.ok());
  CHECK(outcome->status == 503);
  CHECK(transport.calls.size() == 4);
}

TEST_CASE("patience ends the attempts at whoever is not there, but not at who asks us to slow down") {
  const Request request{.url = "http://h/"};
  const SendOptions options{.repeatable = true};
  BackoffOptions backoff{.attempts_max = 50, .delay_first = 10s, .delay_max = 10s, .repeat_for = 60s};
  for (const auto& outcome : {failure(ErrorKind::network), status(503), status(429)}) {
    TurnedClock clock(noon);
    async::Loop loop(clock);
    Random random(1);
    ListTransport transport(loop, std::vector<Result<Response>>(100, outcome));
    const auto last = loop.run(send_with_backoff(loop, transport, random, request, options, backoff));
    const bool throttled = last.ok() && last->status == 429;
    CHECK((transport.calls.size() == 50) == throttled);
    CHECK((transport.calls.back() - noon <= 60s) != throttled);
  }
}

TEST_CASE("a stopped token ends the wait between two attempts") {
  TurnedClock clock(noon);
  async::Loop loop(clock);
  Random random(1);
  ListTransport transport(loop, {status(429, {{"Retry-After", "100"}})});
  const Request request{.url = "http://h/"};
  const SendOptions options{.repeatable = true};
  const BackoffOptions backoff;
  auto stop_later = [&]() -> async::Task<void> {
    (void)co_await loop.sleep_for(10s);
    options.stop.stop();
  };
  loop.spawn(stop_later());
  const auto outcome = loop.run(send_with_backoff(loop, transport, random, request, options, backoff));
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().kind == ErrorKind::cancelled);
  CHECK(clock.now() == noon + 10s);
}
