#include "ground/http/server.hpp"

#include <cerrno>
#include <cstring>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ground/http/server_connection.hpp"
#include "ground/http/tls.hpp"
#include "ground/http/unix_socket.hpp"

namespace batchd::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using Protocol = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Protocol>;

namespace {

constexpr Duration accept_pause{200};  // after a failed accept (no descriptors left): the cause needs time to pass

struct Listener {
  explicit Listener(async::Loop& loop) : acceptor(loop.io()) {}
  Acceptor acceptor;
  std::unique_ptr<TlsContext> tls;
  Path unix_path;  // empty: TCP
};

tcp::endpoint tcp_from(const Protocol::endpoint& endpoint) {
  tcp::endpoint address;
  if (endpoint.protocol().family() == AF_UNIX || endpoint.size() > address.capacity()) return address;
  std::memcpy(address.data(), endpoint.data(), endpoint.size());
  return address;
}

std::string peer_of(const Protocol::endpoint& endpoint) {
  if (endpoint.protocol().family() == AF_UNIX) return "unix";
  const tcp::endpoint address = tcp_from(endpoint);
  const std::string host = address.address().to_string();
  return (address.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(address.port());
}

// Is somebody behind this socket file?
bool is_listening(const Path& path) {
  asio::io_context alone;
  asio::local::stream_protocol::socket socket(alone);
  ErrorCode error;
  socket.connect(asio::local::stream_protocol::endpoint(path.string()), error);
  return !error;
}

}  // namespace

// Shared with nobody: what tasks need, they hold themselves (ServerShared, Listener).
struct Server::State {
  State(async::Loop& loop, Handler& handler, Log& log, ServerOptions options)
      : shared(std::make_shared<ServerShared>(loop, handler, log, std::move(options))) {}

  Result<std::shared_ptr<Listener>> listen(const Protocol::endpoint& endpoint, const std::string& where,
                                           std::optional<unsigned> mode);
  std::uint16_t start(std::shared_ptr<Listener> listener);  // its port

  std::shared_ptr<ServerShared> shared;
  std::vector<std::shared_ptr<Listener>> listeners;
};

namespace {

// One of connections_max, from accept to the end.
struct Admission {
  explicit Admission(std::shared_ptr<ServerShared> to) : shared(std::move(to)) { ++shared->connections; }
  Admission(Admission&& other) noexcept = default;  // leaves an empty one behind, which counts nothing
  ~Admission() {
    if (!shared) return;
    --shared->connections;
    shared->changed.notify();
  }
  std::shared_ptr<ServerShared> shared;
};

async::Task<void> serve_plain(Admission admission, Socket socket, std::string peer) {
  ServerConnection connection(admission.shared, make_plain_stream(std::move(socket)), std::move(peer));
  co_await connection.run();
}

async::Task<void> serve_tls(Admission admission, std::shared_ptr<Listener> listener, Socket socket, std::string peer) {
  const auto shared = admission.shared;
  auto tls = std::make_unique<TlsSocket>(std::move(socket), *listener->tls);
  ErrorCode error;
  {
    Watchdog watchdog(shared->loop, [&tls] {
      ErrorCode ignored;
      tls->next_layer().close(ignored);
    });
    watchdog.watch(shared->options.idle_timeout);
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await tls->async_handshake(asio::ssl::stream_base::server, token);
  }
  if (error) {
    shared->log.debug("a TLS handshake failed", {{"peer", peer}, {"reason", error.message()}});
    co_return;
  }
  ServerConnection connection(shared, make_tls_stream(std::move(tls)), std::move(peer));
  co_await connection.run();
}

async::Task<void> accept_all(std::shared_ptr<ServerShared> shared, std::shared_ptr<Listener> listener) {
  while (!shared->stopping) {
    while (shared->connections >= shared->options.connections_max && !shared->stopping)
      co_await shared->changed.wait();
    if (shared->stopping) co_return;
    Socket socket(shared->loop.io());
    Protocol::endpoint peer;
    ErrorCode error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await listener->acceptor.async_accept(socket, peer, token);
    if (shared->stopping) co_return;
    if (error) {
      shared->log.warning("cannot accept a connection", {{"reason", error.message()}});
      (void)co_await shared->loop.sleep_for(accept_pause);
      continue;
    }
    ++shared->accepted;
    Admission admission(shared);
    set_no_delay(socket);
    if (listener->tls) {
      shared->loop.spawn(serve_tls(std::move(admission), listener, std::move(socket), peer_of(peer)));
    } else {
      shared->loop.spawn(serve_plain(std::move(admission), std::move(socket), peer_of(peer)));
    }
  }
}

Error cannot_listen(const std::string& where, const ErrorCode& error) {
  if (error == asio::error::address_in_use)
    return Error(ErrorKind::conflict, "cannot listen on " + where + ": another program does",
                 "Stop that program or choose another port.");
  return Error(ErrorKind::io, "cannot listen on " + where + ": " + error.message());
}

Result<tcp::endpoint> address_from(const std::string& host, std::uint16_t port) {
  ErrorCode error;
  const auto address = asio::ip::make_address(host, error);
  if (error)
    return Error(ErrorKind::invalid, "cannot listen on \"" + host + "\": it is not an address",
                 "Write an address of this machine, like 127.0.0.1 or ::1.");
  return tcp::endpoint(address, port);
}

}  // namespace

Result<std::shared_ptr<Listener>> Server::State::listen(const Protocol::endpoint& endpoint, const std::string& where,
                                                        std::optional<unsigned> mode) {
  auto listener = std::make_shared<Listener>(shared->loop);
  ErrorCode error;
  listener->acceptor.open(endpoint.protocol(), error);
  if (!error && !mode) listener->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  // The mode of the socket's file is that of the descriptor at bind(): there is no moment at which others get in.
  if (!error && mode && ::fchmod(listener->acceptor.native_handle(), *mode) != 0)
    error = ErrorCode(errno, boost::system::system_category());
  if (!error) listener->acceptor.bind(endpoint, error);
  if (!error) listener->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return cannot_listen(where, error);
  return listener;
}

std::uint16_t Server::State::start(std::shared_ptr<Listener> listener) {
  ErrorCode ignored;
  const auto local = tcp_from(listener->acceptor.local_endpoint(ignored));
  shared->loop.spawn(accept_all(shared, listener));
  listeners.push_back(std::move(listener));
  return local.port();
}

Server::Server(async::Loop& loop, Handler& handler, Log& log, ServerOptions options)
    : state_(std::make_unique<State>(loop, handler, log, std::move(options))) {}
Server::~Server() = default;

Result<std::uint16_t> Server::listen_tcp(const std::string& host, std::uint16_t port) {
  const auto endpoint = address_from(host, port);
  if (!endpoint.ok()) return endpoint.error();
  auto listener = state_->listen(*endpoint, host + ":" + std::to_string(port), std::nullopt);
  if (!listener.ok()) return listener.error();
  return state_->start(std::move(*listener));
}

Result<std::uint16_t> Server::listen_tls(const std::string& host, std::uint16_t port, const Path& certificate_file,
                                         const Path& key_file) {
  auto context = make_server_context(certificate_file, key_file);
  if (!context.ok()) return context.error();
  const auto endpoint = address_from(host, port);
  if (!endpoint.ok()) return endpoint.error();
  auto listener = state_->listen(*endpoint, host + ":" + std::to_string(port), std::nullopt);
  if (!listener.ok()) return listener.error();
  (*listener)->tls = std::move(*context);
  return state_->start(std::move(*listener));
}

Status Server::listen_unix(const Path& path, unsigned mode) {
  if (!fits_socket_address(path)) return unfit_socket_path(path);
  const std::string where = "the socket " + path.string();
  if (path_exists(path)) {
    if (!std::filesystem::is_socket(path))
      return Error(ErrorKind::io, "cannot listen on " + where + ": a file of that name exists and is no socket");
    if (is_listening(path)) return cannot_listen(where, asio::error::address_in_use);
    const Status removed = remove_file(path);  // left behind by a process that was killed
    if (!removed.ok()) return removed;
  }
  auto listener = state_->listen(asio::local::stream_protocol::endpoint(path.string()), where, mode);
  if (!listener.ok()) return listener.error();
  (*listener)->unix_path = path;
  (void)state_->start(std::move(*listener));
  return {};
}

void Server::stop() {
  auto& shared = *state_->shared;
  if (shared.stopping) return;
  shared.stopping = true;
  for (const auto& listener : state_->listeners) {
    ErrorCode ignored;
    listener->acceptor.close(ignored);
    if (!listener->unix_path.empty()) (void)remove_file(listener->unix_path);
  }
  for (auto* connection : shared.open)
    connection->close_if_idle();
  shared.changed.notify();
}

void Server::cut() {
  stop();
  for (auto* connection : state_->shared->open)
    connection->close();
}

async::Task<void> Server::drained() {
  const auto shared = state_->shared;
  while (shared->connections > 0)
    co_await shared->changed.wait();
}

std::uint64_t Server::connections_accepted() const { return state_->shared->accepted; }
std::uint64_t Server::connections_open() const { return state_->shared->connections; }
std::uint64_t Server::requests_served() const { return state_->shared->served; }

}  // namespace batchd::http
