#pragma once
// Internal to the room: the streams over sockets. One socket type for TCP and Unix, so that TLS is compiled once.

#include <memory>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "ground/http/stream.hpp"

namespace batchd::http {

using Socket = boost::asio::generic::stream_protocol::socket;
using TlsSocket = boost::asio::ssl::stream<Socket>;

std::unique_ptr<Stream> make_plain_stream(Socket socket);
// The handshake is done.
std::unique_ptr<Stream> make_tls_stream(std::unique_ptr<TlsSocket> socket);

// Small messages leave at once. No effect on Unix sockets.
void set_no_delay(Socket& socket);

}  // namespace batchd::http
