#pragma once
// Internal to the room: one connection of a server, from its first byte to its last.

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "ground/base/log.hpp"
#include "ground/http/handler.hpp"
#include "ground/http/reader.hpp"
#include "ground/http/server.hpp"
#include "ground/http/server_request.hpp"

namespace batchd::http {

class ServerConnection;

// What all connections of a server share.
struct ServerShared {
  ServerShared(async::Loop& on, Handler& with, Log& to, ServerOptions given)
      : loop(on), handler(with), log(to), options(std::move(given)), names(options.spool_folder), changed(on) {}

  async::Loop& loop;
  Handler& handler;
  Log& log;
  ServerOptions options;
  SpoolNames names;
  std::set<ServerConnection*> open;
  async::Wakeup changed;          // a connection has gone, or the server was told to stop
  std::uint64_t connections = 0;  // with those in their TLS handshake
  bool stopping = false;
  std::uint64_t accepted = 0;
  std::uint64_t served = 0;
};

class ServerConnection {
 public:
  ServerConnection(std::shared_ptr<ServerShared> shared, std::unique_ptr<Stream> stream, std::string peer);
  ~ServerConnection();
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  // Serves request after request; ends when the connection does.
  async::Task<void> run();
  void close();
  void close_if_idle();

 private:
  enum class Next { keep, close };

  async::Task<bool> wait_for_request();
  async::Task<Next> serve_one();
  async::Task<Next> serve(ServerRequest request, MessageParser& parser);
  // An answer before the request was whole: behind it the connection closes.
  async::Task<Next> refuse_malformed(Method method, Error complaint);
  async::Task<Next> refuse(Method method, ServerResponse response);
  async::Task<Next> answer(Method method, ServerResponse response, bool may_keep);
  // true: sent whole and the connection may be kept.
  async::Task<bool> send(Method method, ServerResponse response, bool keep);
  async::Task<void> send_stream(const ServerResponse& response);
  async::Task<void> linger();

  std::shared_ptr<ServerShared> shared_;
  std::unique_ptr<Stream> stream_;
  std::string peer_;
  Watchdog watchdog_;
  InputBuffer input_;
  async::StopToken gone_;  // stopped when the connection is closed from outside
  bool idle_ = true;
};

}  // namespace batchd::http
