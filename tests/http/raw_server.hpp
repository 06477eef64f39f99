#pragma once
// A server that speaks byte by byte as a test says, to show the client what no proper server does.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "ground/async/loop.hpp"

namespace batchd::test {

namespace asio = boost::asio;

class RawConnection {
 public:
  explicit RawConnection(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  // Reads until `text` has come (it and all before it are taken); false: the other side went away before.
  async::Task<bool> read_until(std::string text) {
    boost::system::error_code error;
    char buffer[4096];
    std::size_t at = received.find(text);
    while (at == std::string::npos && !error) {
      const asio::mutable_buffer into(buffer, sizeof buffer);
      auto token = asio::redirect_error(asio::use_awaitable, error);
      const std::size_t bytes = co_await socket_.async_read_some(into, token);
      received.append(buffer, bytes);
      at = received.find(text);
    }
    if (at == std::string::npos) co_return false;
    taken = received.substr(0, at + text.size());
    received.erase(0, at + text.size());
    co_return true;
  }
  // false: the other side did not take it all.
  async::Task<bool> say(std::string text) {
    boost::system::error_code error;
    const asio::const_buffer from(text.data(), text.size());
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await asio::async_write(socket_, from, token);
    co_return !error;
  }
  // From now on the other side talks to whoever listens at this port of ours, until one of the two ends it.
  async::Task<void> relay_to(async::Loop& loop, std::uint16_t port) {
    asio::ip::tcp::socket other(loop.io());
    boost::system::error_code error;
    const asio::ip::tcp::endpoint there(asio::ip::make_address("127.0.0.1"), port);
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await other.async_connect(there, token);
    if (error) co_return;
    async::TaskGroup directions(loop);
    directions.spawn(pump(socket_, other));
    directions.spawn(pump(other, socket_));
    co_await directions.join();
  }
  void close() { socket_.close(); }
  void reset() {
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
  }

  std::string received;
  std::string taken;  // by the last read_until()

 private:
  static async::Task<void> pump(asio::ip::tcp::socket& from, asio::ip::tcp::socket& to) {
    boost::system::error_code error;
    std::string buffer(64 * 1024, '\0');
    while (!error) {
      const asio::mutable_buffer into(buffer.data(), buffer.size());
      auto token = asio::redirect_error(asio::use_awaitable, error);
      const std::size_t bytes = co_await from.async_read_some(into, token);
      if (error) break;
      const asio::const_buffer out(buffer.data(), bytes);
      auto written = asio::redirect_error(asio::use_awaitable, error);
      co_await asio::async_write(to, out, written);
    }
    boost::system::error_code ignored;
    to.close(ignored);
    from.close(ignored);
  }

  asio::ip::tcp::socket socket_;
};

// The n-th connection plays the n-th script; further ones play the last.
class RawServer {
 public:
  using Script = std::function<async::Task<void>(RawConnection&)>;

  RawServer(async::Loop& loop, std::vector<Script> scripts)
      : loop_(loop), scripts_(std::move(scripts)), acceptor_(loop.io(), {asio::ip::make_address("127.0.0.1"), 0}) {
    loop.spawn(accept());
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string url(const std::string& target = "/") const {
    return "http://127.0.0.1:" + std::to_string(port()) + target;
  }
  std::size_t accepted = 0;

 private:
  async::Task<void> accept() {
    for (;;) {
      boost::system::error_code error;
      asio::ip::tcp::socket socket(loop_.io());
      auto token = asio::redirect_error(asio::use_awaitable, error);
      co_await acceptor_.async_accept(socket, token);
      if (error) co_return;
      const Script& script = scripts_[std::min(accepted++, scripts_.size() - 1)];
      loop_.spawn(play(script, std::move(socket)));
    }
  }
  static async::Task<void> play(Script script, asio::ip::tcp::socket socket) {
    RawConnection connection(std::move(socket));
    co_await script(connection);
  }

  async::Loop& loop_;
  std::vector<Script> scripts_;
  asio::ip::tcp::acceptor acceptor_;
};

// One request is read (head only), one answer given.
inline RawServer::Script answers(std::string text, bool close_behind = true) {
  return [text, close_behind](RawConnection& connection) -> async::Task<void> {
    while (co_await connection.read_until("\r\n\r\n")) {
      (void)co_await connection.say(text);
      if (close_behind) co_return;
    }
  };
}

}  // namespace batchd::test
