#include "ground/http/rate_limiter.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::http;
using namespace std::chrono_literals;

namespace {

const Time noon = from_unix_seconds(1'795'435'200);

async::Task<void> note_turn(async::Loop& loop, RateLimiter& limiter, std::vector<Duration>& turns) {
  async::StopToken never;
  const Status turn = co_await limiter.acquire(never);
  if (turn.ok()) turns.push_back(loop.clock().now() - noon);
}

async::Task<void> many(async::Loop& loop, RateLimiter& limiter, int callers, std::vector<Duration>& turns) {
  async::TaskGroup group(loop);
  for (int i = 0; i < callers; ++i)
    group.spawn(note_turn(loop, limiter, turns));
  co_await group.join();
}

}  // namespace

TEST_CASE("callers of one account go one after the other, after a burst") {
  TurnedClock clock(noon);
  async::Loop loop(clock);
  RateLimiter limiter(loop, {.calls = 60, .per = 60s, .burst = 3});
  std::vector<Duration> turns;
  loop.run(many(loop, limiter, 6, turns));
  CHECK(turns == std::vector<Duration>{0s, 0s, 0s, 1s, 2s, 3s});
}

TEST_CASE("the burst comes back after a quiet while, and no more than it") {
  TurnedClock clock(noon);
  async::Loop loop(clock);
  RateLimiter limiter(loop, {.calls = 60, .per = 60s, .burst = 2});
  std::vector<Duration> turns;
  auto main = [&]() -> async::Task<void> {
    co_await many(loop, limiter, 3, turns);
    (void)co_await loop.sleep_for(99s);
    co_await many(loop, limiter, 3, turns);
  };
  loop.run(main());
  CHECK(turns == std::vector<Duration>{0s, 0s, 1s, 100s, 100s, 101s});
}

TEST_CASE("no limit means no waiting") {
  TurnedClock clock(noon);
  async::Loop loop(clock);
  RateLimiter limiter(loop, {});
  std::vector<Duration> turns;
  loop.run(many(loop, limiter, 100, turns));
  CHECK(turns.size() == 100);
  CHECK(clock.now() == noon);
}

TEST_CASE("when one is throttled all of the account wait, those who come later too") {
  TurnedClock clock(noon);
  async::Loop loop(clock);
  RateLimiter limiter(loop, {.calls = 60, .per = 60s, .burst = 1});
  std::vector<Duration> turns;
  auto main = [&]() -> async::Task<void> {
    async::TaskGroup group(loop);
    for (int i = 0; i < 3; ++i)
      group.spawn(note_turn(loop, limiter, turns));
    (void)co_await loop.sleep_for(500ms);
    limiter.hold_for(30s);
    limiter.hold_for(10s);  // a shorter one does not shorten it
    co_await group.join();
  };
  loop.run(main());
  REQUIRE(turns.size() == 3);
  CHECK(turns[0] == 0s);
  CHECK(turns[1] == 30500ms);
}

TEST_CASE("a caller who is told to stop gives up its place in the queue") {
  TurnedClock clock(noon);
  async::Loop loop(clock);
  RateLimiter limiter(loop, {.calls = 1, .per = 60s, .burst = 1});
  async::StopToken token;
  auto main = [&]() -> async::Task<Status> {
    (void)co_await limiter.acquire(token);
    auto stop_soon = [&]() -> async::Task<void> {
      (void)co_await loop.sleep_for(1s);
      token.stop();
    };
    loop.spawn(stop_soon());
    co_return co_await limiter.acquire(token);
  };
  const Status second = loop.run(main());
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().kind == ErrorKind::cancelled);
  CHECK(clock.now() == noon + 1s);
}
