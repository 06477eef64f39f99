#include "core/engine/pacing.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::engine;
using namespace std::chrono_literals;

TEST_CASE("a validating batch is looked at six times soon, then more and more rarely up to the limit") {
  const model::PollPolicy policy{5s, 300s};
  for (std::uint32_t polls = 0; polls <= 6; ++polls)
    CHECK(poll_interval(policy, 1, polls, true) == 5s);
  const auto about = [&](std::uint32_t polls, Duration expected) {
    const auto interval = poll_interval(policy, 1, polls, false);
    return interval >= expected * 9 / 10 && interval <= expected * 11 / 10;
  };
  CHECK(about(7, 60s));
  CHECK(about(8, 120s));
  CHECK(about(9, 240s));
  CHECK(about(10, 300s));
  CHECK(about(1000, 300s));
}

TEST_CASE("a batch at work is never looked at every five seconds") {
  CHECK(poll_interval({5s, 300s}, 1, 1, false) >= 54s);
}

TEST_CASE("retries grow, and the server's wish is honoured but capped") {
  CHECK(retry_interval(1, 1, {}) < retry_interval(1, 4, {}));
  CHECK(retry_interval(1, 100, {}) <= 330s);
  CHECK(retry_interval(1, 1, 90'000) == 90s);
  CHECK(retry_interval(1, 1, 1'000'000'000'000) == 1h);
  CHECK(retry_interval(1, 1, -5) >= 4500ms);
}

TEST_CASE("shards that failed together do not knock together again") {
  CHECK(retry_interval(1, 3, {}) != retry_interval(2, 3, {}));
}

TEST_CASE("the looks of a reconciliation spread over the settle time") {
  model::ReconcilePolicy policy;
  policy.settle = 20s;
  policy.looks = 3;
  CHECK(look_interval(policy) == 10s);
  policy.looks = 1;
  CHECK(look_interval(policy) == 20s);
}
