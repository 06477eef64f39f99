#pragma once
// Internal to the room: a transport that lets each attempt, repeats too, wait for the account's turn, and makes all of
// the account wait when one of them was throttled.

#include "ground/http/rate_limiter.hpp"
#include "ground/http/transport.hpp"

namespace batchd::provider {

class PacedTransport final : public http::Transport {
 public:
  static constexpr Duration hold_default{1'000};  // after a 429 that does not say how long: limits are per second, too
  static constexpr Duration hold_max{120'000};

  PacedTransport(async::Loop& loop, http::Transport& inner, http::RateLimit limit);

  async::Task<Result<http::Response>> send(const http::Request& request, const http::SendOptions& options) override;

 private:
  async::Loop& loop_;
  http::Transport& inner_;
  http::RateLimiter limiter_;
};

}  // namespace batchd::provider
