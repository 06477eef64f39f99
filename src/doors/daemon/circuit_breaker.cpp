#include "doors/daemon/circuit_breaker.hpp"

#include <fmt/format.h>

#include "ground/base/units.hpp"

namespace batchd::daemon {

using async::StopToken;
using async::Task;
using model::RemoteBatch;

CircuitBreaker::CircuitBreaker(provider::Provider& behind, std::string name, const Clock& clock, Log& log)
    : behind_(behind), name_(std::move(name)), clock_(clock), log_(log) {}

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

Task<Result<provider::UploadAnswer>> CircuitBreaker::upload(provider::UploadRequest request, StopToken stop) {
  if (auto away = turned_away()) co_return std::move(*away);
  co_return noted(co_await behind_.upload(std::move(request), stop));
}

Task<Result<RemoteBatch>> CircuitBreaker::create(provider::CreateRequest request, StopToken stop) {
  if (auto away = turned_away()) co_return std::move(*away);
  co_return noted(co_await behind_.create(std::move(request), stop));
}

Task<Result<provider::FindAnswer>> CircuitBreaker::find(provider::FindRequest request, StopToken stop) {
  if (auto away = turned_away()) co_return std::move(*away);
  co_return noted(co_await behind_.find(std::move(request), stop));
}

Task<Result<RemoteBatch>> CircuitBreaker::poll(std::string batch_id, StopToken stop) {
  if (auto away = turned_away()) co_return std::move(*away);
  co_return noted(co_await behind_.poll(std::move(batch_id), stop));
}

Task<Result<provider::FetchAnswer>> CircuitBreaker::fetch(std::string file_id, Path target, StopToken stop) {
  if (auto away = turned_away()) co_return std::move(*away);
  co_return noted(co_await behind_.fetch(std::move(file_id), std::move(target), stop));
}

Task<Result<RemoteBatch>> CircuitBreaker::cancel(std::string batch_id, StopToken stop) {
  if (auto away = turned_away()) co_return std::move(*away);
  co_return noted(co_await behind_.cancel(std::move(batch_id), stop));
}

Task<Status> CircuitBreaker::remove(std::string file_id, StopToken stop) {
  if (auto away = turned_away()) co_return std::move(*away);
  co_return noted(co_await behind_.remove(std::move(file_id), stop));
}

Task<Result<provider::BatchList>> CircuitBreaker::list_batches(Time since, StopToken stop) {
  if (auto away = turned_away()) co_return std::move(*away);
  co_return noted(co_await behind_.list_batches(since, stop));
}

Task<Result<provider::FileList>> CircuitBreaker::list_files(StopToken stop) {
  if (auto away = turned_away()) co_return std::move(*away);
  co_return noted(co_await behind_.list_files(stop));
}

}  // namespace batchd::daemon
