#pragma once
// A client and its world on one loop, over real sockets.

#include <string>
#include <utility>
#include <vector>

#include "ground/http/server.hpp"
#include "ground/http/socket_transport.hpp"
#include "http/raw_server.hpp"
#include "http/scripted_handler.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::test {

// A proper server.
struct SocketWorld {
  TemporaryFolder folder;
  async::Loop loop;
  RecordingLog log;
  ScriptedHandler handler;
  http::Server server{loop, handler, log, http::ServerOptions{.spool_folder = folder.path()}};
  std::uint16_t port = server.listen_tcp("127.0.0.1", 0).value();
  http::SocketTransport transport{loop, {}};
  http::SendOptions options;

  std::string url(const std::string& target = "/") const { return "http://127.0.0.1:" + std::to_string(port) + target; }
  Result<http::Response> send(const http::Request& request) { return loop.run(transport.send(request, options)); }
  Result<http::Response> get(const std::string& target = "/") { return send({.url = url(target)}); }
  Result<http::Response> post(std::string body) {
    return send({.method = http::Method::post, .url = url("/x"), .body = std::move(body)});
  }
};

// A server that does as its scripts say.
struct RawWorld {
  explicit RawWorld(std::vector<RawServer::Script> scripts) : server(loop, std::move(scripts)) {}
  async::Loop loop;
  RawServer server;
  http::SocketTransport transport{loop, {.kept_idle_max_unrepeatable = std::chrono::seconds(30)}};
  http::SendOptions options;

  Result<http::Response> get() {
    const http::Request request{.url = server.url()};
    return loop.run(transport.send(request, options));
  }
  Result<http::Response> post(std::string body) {
    const http::Request request{.method = http::Method::post, .url = server.url(), .body = std::move(body)};
    return loop.run(transport.send(request, options));
  }
};

inline const std::string ok_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace batchd::test
