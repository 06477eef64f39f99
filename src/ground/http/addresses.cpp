#include "ground/http/addresses.hpp"

#include <algorithm>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace batchd::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// A lookup runs on a thread of Asio's and cannot be called back: when the time is over we leave, it ends unheard.
struct Lookup {
  explicit Lookup(async::Loop& loop) : resolver(loop.io()), wakeup(loop) {}
  tcp::resolver resolver;
  async::Wakeup wakeup;
  ErrorCode error;
  std::vector<Endpoint> endpoints;
  bool finished = false;
};

// Tries one address; `share` is its part of the whole time.
async::Task<ErrorCode> connect_one(async::Loop& loop, Socket& socket, const Endpoint& endpoint, Duration share,
                                   Attempt& attempt) {
  ErrorCode error;
  std::function<void()> close = [&socket] {
    ErrorCode ignored;
    socket.close(ignored);
  };
  attempt.cut = close;
  bool over = false;
  // The handler may already be queued when this frame ends: it must not touch the socket then.
  auto alive = std::make_shared<bool>(true);
  asio::steady_timer timer(loop.io(), share);
  timer.async_wait([alive, &over, close](const ErrorCode& failed) {
    if (failed || !*alive) return;
    over = true;
    close();
  });
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await socket.async_connect(endpoint, token);
  *alive = false;
  attempt.cut = nullptr;
  if (over) error = asio::error::timed_out;
  co_return error;
}

}  // namespace

async::Task<ErrorCode> look_up(async::Loop& loop, const std::string& host, std::uint16_t port, Attempt& attempt,
                               std::vector<Endpoint>& endpoints) {
  ErrorCode error;
  const auto address = asio::ip::make_address(host, error);
  if (!error) {
    endpoints.emplace_back(tcp::endpoint(address, port));
    co_return ErrorCode();
  }
  auto lookup = std::make_shared<Lookup>(loop);
  lookup->resolver.async_resolve(host, std::to_string(port),
                                 [lookup](const ErrorCode& failed, const tcp::resolver::results_type& found) {
                                   lookup->error = failed;
                                   for (const auto& entry : found)
                                     lookup->endpoints.emplace_back(entry.endpoint());
                                   lookup->finished = true;
                                   lookup->wakeup.notify();
                                 });
  attempt.cut = [lookup] { lookup->wakeup.notify(); };
  while (!lookup->finished && !attempt.ended)
    co_await lookup->wakeup.wait();
  attempt.cut = nullptr;
  if (!lookup->finished) co_return ErrorCode(asio::error::operation_aborted);
  endpoints = in_turn(lookup->endpoints);
  co_return lookup->error;
}

std::vector<Endpoint> in_turn(const std::vector<Endpoint>& endpoints) {
  std::vector<Endpoint> first;  // the family the system prefers
  std::vector<Endpoint> other;
  for (const auto& endpoint : endpoints)
    (endpoint.protocol() == endpoints.front().protocol() ? first : other).push_back(endpoint);
  std::vector<Endpoint> ordered;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    if (i < first.size()) ordered.push_back(first[i]);
    if (i < other.size()) ordered.push_back(other[i]);
  }
  ordered.resize(std::min(ordered.size(), addresses_max));
  return ordered;
}

async::Task<ErrorCode> connect_to_first(async::Loop& loop, Socket& socket, const std::vector<Endpoint>& endpoints,
                                        Attempt& attempt) {
  ErrorCode error = asio::error::host_not_found;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const Duration share = attempt.remaining() / static_cast<int>(endpoints.size() - i);
    error = co_await connect_one(loop, socket, endpoints[i], share, attempt);
    if (attempt.ended || !error) break;
    ErrorCode ignored;
    socket.close(ignored);
  }
  co_return error;
}

}  // namespace batchd::http
