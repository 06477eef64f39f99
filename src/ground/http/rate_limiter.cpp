#include "ground/http/rate_limiter.hpp"

#include <algorithm>

namespace batchd::http {

// The bucket is kept as one time: when it will be full again. A call takes one interval from it; it may be taken at
// once as long as the bucket would not be more than `burst` intervals from full. Rounded up: never faster than told.
RateLimiter::RateLimiter(async::Loop& loop, RateLimit limit)
    : loop_(loop),
      limit_(limit),
      interval_(limit.calls > 0 ? (limit.per + Duration(limit.calls - 1)) / limit.calls : Duration(0)) {
  limit_.burst = std::max(1u, limit_.burst);
}

void RateLimiter::hold_for(Duration duration) {
  const Time until = loop_.clock().now() + duration;
  if (until <= held_until_) return;
  held_until_ = until;
  held_for_ = duration;
  ++holds_;
}

Duration RateLimiter::wait_for_turn() {
  if (limit_.calls == 0) return Duration(0);
  const Time now = loop_.clock().now();
  // A clock that was set back must not make callers wait for the old time: nobody is further off than the queue is.
  const Duration furthest = interval_ * static_cast<std::int64_t>(waiting_ + limit_.burst);
  full_at_ = std::clamp(full_at_, now, now + furthest);
  const Duration patience = interval_ * static_cast<std::int64_t>(limit_.burst - 1);
  const Duration wait = std::max(Duration(0), full_at_ - patience - now);
  full_at_ += interval_;
  return wait;
}

async::Task<Status> RateLimiter::acquire(async::StopToken stop) {
  if (stop.stopped()) co_return Error(ErrorKind::cancelled, "told to stop while waiting for its turn");
  Duration wait = wait_for_turn();
  ++waiting_;
  Status slept;
  for (std::uint64_t holds_seen = 0;;) {
    if (wait > Duration(0)) slept = co_await loop_.sleep_for(wait, stop);
    if (!slept.ok() || holds_seen == holds_) break;
    // Held, before or meanwhile; for no longer than that hold was meant, whatever the clock says now.
    holds_seen = holds_;
    wait = std::clamp(held_until_ - loop_.clock().now(), Duration(0), held_for_);
  }
  --waiting_;
  co_return slept;
}

}  // namespace batchd::http
