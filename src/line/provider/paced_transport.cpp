#include "line/provider/paced_transport.hpp"

#include <algorithm>

#include "ground/http/backoff.hpp"

namespace batchd::provider {

PacedTransport::PacedTransport(async::Loop& loop, http::Transport& inner, http::RateLimit limit)
    : loop_(loop), inner_(inner), limiter_(loop, limit) {}

async::Task<Result<http::Response>> PacedTransport::send(const http::Request& request,
                                                         const http::SendOptions& options) {
  const Status turn = co_await limiter_.acquire(options.stop);
  if (!turn) {
    Error error = turn.error();
    error.nothing_sent = true;
    co_return error;
  }
  auto answer = co_await inner_.send(request, options);
  if (answer && answer->status == 429) {
    const auto asked = http::asked_delay(answer->headers, loop_.clock().now());
    limiter_.hold_for(std::min(asked.value_or(hold_default), hold_max));
  }
  co_return answer;
}

}  // namespace batchd::provider
