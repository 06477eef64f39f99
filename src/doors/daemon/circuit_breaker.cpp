#include "doors/daemon/circuit_breaker.hpp"

#include <fmt/format.h>

#include "ground/base/units.hpp"

namespace batchd::daemon {

CircuitBreaker::CircuitBreaker(provider::Provider& behind, std::string name, const Clock& clock, Log& log)
    : DecoratedProvider(behind), name_(std::move(name)), clock_(clock), log_(log) {}

std::optional<Error> CircuitBreaker::turned_away() {
  const auto now = clock_.now();
  const auto until = circuit_.open_until(now);
  if (!until) return std::nullopt;
  Error error(ErrorKind::unavailable, fmt::format("{} has not answered lately ({}); the next call goes out in {}",
                                                  name_, circuit_.last_error(), format_duration(*until - now)));
  error.retry_after_ms = (*until - now).count();
  error.nothing_sent = true;
  return error;
}

void CircuitBreaker::heard(const std::optional<Error>& error) {
  const bool was_open = circuit_.is_open();
  circuit_.heard(error, clock_.now());
  if (circuit_.is_open() && !was_open)
    log_.warning("a provider does not answer; calls to it are held back",
                 {{"provider", name_}, {"why", circuit_.last_error()}});
  if (!circuit_.is_open() && was_open) log_.info("a provider answers again", {{"provider", name_}});
}

}  // namespace batchd::daemon
