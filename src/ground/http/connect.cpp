#include "ground/http/connect.hpp"

#include <algorithm>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ground/base/units.hpp"
#include "ground/http/unix_socket.hpp"

namespace batchd::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using Endpoint = asio::generic::stream_protocol::endpoint;

namespace {

constexpr std::size_t addresses_max = 4;  // of one name: beyond, a dead host only takes longer to report

// What can end an attempt from outside: time, or a stop. One at a time is under way: `cut` says how to end that.
struct Attempt {
  explicit Attempt(async::Loop& loop) : deadline(loop.io()) {}

  void end() {
    ended = true;
    if (cut) cut();
  }

  asio::steady_timer deadline;
  bool ended = false;
  bool timed_out = false;
  std::function<void()> cut;
};

// A lookup runs on a thread of Asio's and cannot be called back: when the time is over we leave, it ends unheard.
struct Lookup {
  explicit Lookup(async::Loop& loop) : resolver(loop.io()), wakeup(loop) {}
  tcp::resolver resolver;
  async::Wakeup wakeup;
  ErrorCode error;
  std::vector<Endpoint> endpoints;
  bool finished = false;
};

async::Task<ErrorCode> look_up(async::Loop& loop, const ConnectTarget& target, Attempt& attempt,
                               std::vector<Endpoint>& endpoints) {
  ErrorCode error;
  const auto address = asio::ip::make_address(target.host, error);
  if (!error) {
    endpoints.emplace_back(tcp::endpoint(address, target.port));
    co_return ErrorCode();
  }
  auto lookup = std::make_shared<Lookup>(loop);
  lookup->resolver.async_resolve(target.host, std::to_string(target.port),
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
  endpoints = lookup->endpoints;
  co_return lookup->error;
}

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

Error lookup_error(const ConnectTarget& target, const ErrorCode& error) {
  return Error(ErrorKind::network, "cannot find the address of " + target.host + " (" + error.message() + ")",
               "Check the spelling of the host in the URL (base_url), and this machine's network and DNS.");
}

Error connection_error(const ConnectTarget& target, const ErrorCode& error) {
  if (target.unix_socket)
    return Error(ErrorKind::network, "cannot connect to " + target.where + " (" + error.message() + ")",
                 "Is the daemon running? It makes the socket when it starts.");
  if (error == asio::error::connection_refused)
    return Error(ErrorKind::network, "nothing listens at " + target.where + " (connection refused)",
                 "Check host and port of the URL (base_url), and that the server is running.");
  return Error(ErrorKind::network, "cannot connect to " + target.where + " (" + error.message() + ")",
               "Check this machine's network, and host and port of the URL (base_url).");
}

Error out_of_time(const ConnectTarget& target, Duration timeout, std::string_view stage) {
  return Error(
      ErrorKind::network,
      "no connection to " + target.where + " within " + format_duration(timeout) + " (" + std::string(stage) + ")",
      "Check this machine's network and whether a firewall drops the connection; connect_timeout is the limit.");
}

async::Task<Result<std::unique_ptr<Stream>>> connect_within(async::Loop& loop, const ConnectTarget& target,
                                                            Duration timeout, Attempt& attempt) {
  std::vector<Endpoint> endpoints;
  if (target.unix_socket) {
    if (!fits_socket_address(*target.unix_socket)) co_return unfit_socket_path(*target.unix_socket);
    endpoints.emplace_back(asio::local::stream_protocol::endpoint(target.unix_socket->string()));
  } else {
    const ErrorCode failed = co_await look_up(loop, target, attempt, endpoints);
    if (attempt.ended) co_return out_of_time(target, timeout, "looking up its address");
    if (failed || endpoints.empty()) co_return lookup_error(target, failed);
  }

  Socket socket(loop.io());
  ErrorCode error;
  const std::size_t tries = std::min(endpoints.size(), addresses_max);
  for (std::size_t i = 0; i < tries; ++i) {
    const Duration share = timeout / static_cast<int>(tries);
    error = co_await connect_one(loop, socket, endpoints[i], share, attempt);
    if (attempt.ended || !error) break;
    ErrorCode ignored;
    socket.close(ignored);
  }
  if (attempt.ended || error == asio::error::timed_out) co_return out_of_time(target, timeout, "connecting");
  if (error) co_return connection_error(target, error);
  set_no_delay(socket);
  if (target.tls == nullptr) co_return make_plain_stream(std::move(socket));

  auto tls = std::make_unique<TlsSocket>(std::move(socket), *target.tls);
  auto complaint = std::make_shared<CertificateComplaint>();
  const Status expected = expect_host(*tls, target.host, complaint);
  if (!expected.ok()) co_return expected.error();
  attempt.cut = [&tls] {
    ErrorCode ignored;
    tls->next_layer().close(ignored);
  };
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await tls->async_handshake(asio::ssl::stream_base::client, token);
  attempt.cut = nullptr;
  if (attempt.ended) co_return out_of_time(target, timeout, "TLS handshake");
  if (error) co_return handshake_error(*tls, error, target.host, target.where, *complaint, target.ca_file);
  co_return make_tls_stream(std::move(tls));
}

}  // namespace

async::Task<Result<std::unique_ptr<Stream>>> connect(async::Loop& loop, const ConnectTarget& target, Duration timeout,
                                                     async::StopToken stop) {
  auto attempt = std::make_shared<Attempt>(loop);
  std::function<void()> end = [weak = std::weak_ptr(attempt)] {
    if (const auto held = weak.lock()) held->end();
  };
  auto hook = stop.on_stop(end);
  Error failed(ErrorKind::cancelled, "told to stop before there was a connection to " + target.where);
  if (!stop.stopped()) {
    attempt->deadline.expires_after(timeout);
    attempt->deadline.async_wait([end](const ErrorCode& error) {
      if (!error) end();
    });
    Result<std::unique_ptr<Stream>> outcome = co_await connect_within(loop, target, timeout, *attempt);
    if (outcome.ok()) co_return outcome;
    if (!stop.stopped()) failed = outcome.error();
  }
  failed.nothing_sent = true;
  co_return failed;
}

}  // namespace batchd::http
