#pragma once
// A token bucket that all callers of one account share.

#include <cstdint>

#include "ground/async/loop.hpp"

namespace batchd::http {

struct RateLimit {
  std::uint32_t calls = 0;  // 0: no limit
  Duration per{60'000};
  std::uint32_t burst = 1;  // so many at once after a quiet while; at least 1
};

class RateLimiter {
 public:
  RateLimiter(async::Loop& loop, RateLimit limit);

  // Waits for its turn, first come, first served; ErrorKind::cancelled when stopped (the turn is then lost).
  async::Task<Status> acquire(async::StopToken stop);
  // Nobody is let through before `duration` has passed: one caller was throttled, all of the account wait.
  void hold_for(Duration duration);

 private:
  Duration wait_for_turn();

  async::Loop& loop_;
  RateLimit limit_;
  Duration interval_;  // between two calls in the long run
  Time full_at_{};     // when the bucket will be full again
  Time held_until_{};
  Duration held_for_{0};
  std::uint64_t holds_ = 0;
  std::uint64_t waiting_ = 0;
};

}  // namespace batchd::http
