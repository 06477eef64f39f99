// The one place that instantiates reads and writes over plain and TLS sockets.
#include "ground/http/sockets.hpp"

#include <cerrno>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/socket.h>

namespace batchd::http {

namespace asio = boost::asio;

namespace {

class SocketStream : public Stream {
 public:
  void close() override {
    ErrorCode ignored;
    socket().close(ignored);
  }
  void shutdown_send() override {
    ErrorCode ignored;
    socket().shutdown(asio::socket_base::shutdown_send, ignored);
  }
  void reset() override {
    ErrorCode ignored;
    socket().set_option(asio::socket_base::linger(true, 0), ignored);
    socket().close(ignored);
  }
  bool is_quiet() override {
    auto& open = socket();
    if (!open.is_open()) return false;
    char byte = 0;
    const auto got = ::recv(open.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

 protected:
  virtual Socket& socket() = 0;
};

template <typename AsioStream>
async::Task<Transferred> read_from(AsioStream& stream, char* into, std::size_t size) {
  Transferred result;
  const asio::mutable_buffer buffer(into, size);
  auto token = asio::redirect_error(asio::use_awaitable, result.error);
  result.bytes = co_await stream.async_read_some(buffer, token);
  co_return result;
}

template <typename AsioStream>
async::Task<Transferred> write_to(AsioStream& stream, std::string_view bytes) {
  Transferred result;
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  auto token = asio::redirect_error(asio::use_awaitable, result.error);
  result.bytes = co_await stream.async_write_some(buffer, token);
  co_return result;
}

class PlainStream final : public SocketStream {
 public:
  explicit PlainStream(Socket socket) : socket_(std::move(socket)) {}
  async::Task<Transferred> read_some(char* into, std::size_t size) override { return read_from(socket_, into, size); }
  async::Task<Transferred> write_some(std::string_view bytes) override { return write_to(socket_, bytes); }

 private:
  Socket& socket() override { return socket_; }
  Socket socket_;
};

class TlsStream final : public SocketStream {
 public:
  explicit TlsStream(std::unique_ptr<TlsSocket> socket) : socket_(std::move(socket)) {}
  async::Task<Transferred> read_some(char* into, std::size_t size) override { return read_from(*socket_, into, size); }
  async::Task<Transferred> write_some(std::string_view bytes) override { return write_to(*socket_, bytes); }

 private:
  Socket& socket() override { return socket_->next_layer(); }
  std::unique_ptr<TlsSocket> socket_;
};

}  // namespace

std::unique_ptr<Stream> make_plain_stream(Socket socket) { return std::make_unique<PlainStream>(std::move(socket)); }

std::unique_ptr<Stream> make_tls_stream(std::unique_ptr<TlsSocket> socket) {
  return std::make_unique<TlsStream>(std::move(socket));
}

void set_no_delay(Socket& socket) {
  ErrorCode ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

bool is_end(const ErrorCode& error) { return error == asio::error::eof; }

bool is_cut(const ErrorCode& error) {
  return is_end(error) || error == asio::ssl::error::stream_truncated || error == asio::error::connection_reset ||
         error == asio::error::broken_pipe || error == asio::error::connection_aborted ||
         error == asio::error::not_connected;
}

}  // namespace batchd::http
