#include "ground/http/connect.hpp"

#include <vector>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ground/base/units.hpp"
#include "ground/http/addresses.hpp"
#include "ground/http/tunnel.hpp"
#include "ground/http/unix_socket.hpp"

namespace batchd::http {

namespace asio = boost::asio;

namespace {

// Whom the TCP connection goes to: the host, or the proxy.
std::string first_stop(const ConnectTarget& target) { return target.proxy ? target.proxy->describe() : target.where; }

Error lookup_error(const ConnectTarget& target, const ErrorCode& error) {
  if (target.proxy)
    return Error(ErrorKind::network,
                 "cannot find the address of " + target.proxy->host + ", the proxy named by " + target.proxy->named_by +
                     " (" + error.message() + ")",
                 target.proxy->way_out());
  return Error(ErrorKind::network, "cannot find the address of " + target.host + " (" + error.message() + ")",
               "Check the spelling of the host in the URL (base_url), and this machine's network and DNS.");
}

Error connection_error(const ConnectTarget& target, const ErrorCode& error) {
  if (target.unix_socket)
    return Error(ErrorKind::network, "cannot connect to " + target.where + " (" + error.message() + ")",
                 "Is the daemon running? It makes the socket when it starts.");
  const bool refused = error == asio::error::connection_refused;
  const std::string message = refused ? "nothing listens at " + first_stop(target) + " (connection refused)"
                                      : "cannot connect to " + first_stop(target) + " (" + error.message() + ")";
  if (target.proxy) return Error(ErrorKind::network, message, target.proxy->way_out());
  if (refused)
    return Error(ErrorKind::network, message,
                 "Check host and port of the URL (base_url), and that the server is running.");
  return Error(ErrorKind::network, message, "Check this machine's network, and host and port of the URL (base_url).");
}

Error out_of_time(const ConnectTarget& target, Duration timeout, std::string_view stage) {
  return Error(ErrorKind::network,
               "no connection to " + first_stop(target) + " within " + format_duration(timeout) + " (" +
                   std::string(stage) + ")",
               "Check this machine's network and whether a firewall drops the connection; connect_timeout is the "
               "limit." +
                   (target.proxy ? " " + target.proxy->way_out() : std::string()));
}

async::Task<Result<std::unique_ptr<Stream>>> secure(const ConnectTarget& target, Socket& socket, Duration timeout,
                                                    Attempt& attempt) {
  auto tls = std::make_unique<TlsSocket>(std::move(socket), *target.tls);
  auto complaint = std::make_shared<CertificateComplaint>();
  const Status expected = expect_host(*tls, target.host, complaint);
  if (!expected.ok()) co_return expected.error();
  attempt.cut = [&tls] {
    ErrorCode ignored;
    tls->next_layer().close(ignored);
  };
  ErrorCode error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await tls->async_handshake(asio::ssl::stream_base::client, token);
  attempt.cut = nullptr;
  if (attempt.ended) co_return out_of_time(target, timeout, "TLS handshake");
  if (!error) co_return make_tls_stream(std::move(tls));
  Error failed = handshake_error(*tls, error, target.host, target.where, *complaint, target.ca_file);
  if (target.proxy) failed.hint += " The way there led through " + target.proxy->describe() + ".";
  co_return failed;
}

async::Task<Result<std::unique_ptr<Stream>>> connect_within(async::Loop& loop, const ConnectTarget& target,
                                                            Duration timeout, Attempt& attempt) {
  std::vector<Endpoint> endpoints;
  if (target.unix_socket) {
    if (!fits_socket_address(*target.unix_socket)) co_return unfit_socket_path(*target.unix_socket);
    endpoints.emplace_back(asio::local::stream_protocol::endpoint(target.unix_socket->string()));
  } else {
    const std::string& host = target.proxy ? target.proxy->host : target.host;
    const std::uint16_t port = target.proxy ? target.proxy->port : target.port;
    const ErrorCode failed = co_await look_up(loop, host, port, attempt, endpoints);
    if (attempt.ended) co_return out_of_time(target, timeout, "looking up its address");
    if (failed || endpoints.empty()) co_return lookup_error(target, failed);
  }

  Socket socket(loop.io());
  const ErrorCode error = co_await connect_to_first(loop, socket, endpoints, attempt);
  if (attempt.ended || error == asio::error::timed_out) co_return out_of_time(target, timeout, "connecting");
  if (error) co_return connection_error(target, error);
  set_no_delay(socket);
  if (target.tls == nullptr) co_return make_plain_stream(std::move(socket));
  if (target.proxy) {
    const Status through = co_await open_tunnel(socket, *target.proxy, target.where, target.user_agent, attempt);
    if (attempt.ended) co_return out_of_time(target, timeout, "waiting for the proxy's answer");
    if (!through.ok()) co_return through.error();
  }
  co_return co_await secure(target, socket, timeout, attempt);
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
