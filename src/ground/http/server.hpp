#pragma once
// An HTTP/1.1 server over TCP, TLS and Unix sockets. Bodies go to and from files in pieces of 64 KiB; every
// connection is bounded in head, body, time and number.

#include <cstdint>
#include <memory>
#include <string>

#include "ground/async/loop.hpp"
#include "ground/base/files.hpp"
#include "ground/base/log.hpp"
#include "ground/http/handler.hpp"

namespace batchd::http {

struct ServerOptions {
  Path spool_folder{};  // for bodies above BodyPlan::memory_bytes_max; must exist. What a killed process
  // left in it (body-*) may be removed before the start
  std::uint32_t connections_max = 1024;  // further ones wait in the system's queue
  std::uint32_t header_bytes_max = 64 * 1024;
  Duration keep_alive{60'000};    // an idle connection between two requests
  Duration idle_timeout{60'000};  // not one byte within a request or an answer
  // A request that comes slower than this for idle_timeout on end is given up: dripping bytes keep nobody busy.
  std::uint64_t receive_bytes_per_second_min = 64;
};

class Server {
 public:
  // handler, log and loop must outlive the server.
  Server(async::Loop& loop, Handler& handler, Log& log, ServerOptions options);
  ~Server();  // stop() and drained() first, unless the loop is being destroyed

  // Start listening; may be called several times. Port 0 takes a free one; the port is returned.
  // host is an address ("127.0.0.1", "::1"), not a name.
  Result<std::uint16_t> listen_tcp(const std::string& host, std::uint16_t port);
  Result<std::uint16_t> listen_tls(const std::string& host, std::uint16_t port, const Path& certificate_file,
                                   const Path& key_file);
  // A stale socket file is replaced, a live one is ErrorKind::conflict. `mode` of the socket file.
  Status listen_unix(const Path& path, unsigned mode = 0600);

  void stop();                  // no new connections; idle ones close, those at work end after their answer
  void cut();                   // every connection, now
  async::Task<void> drained();  // until no connection is left; after stop() or cut()

  std::uint64_t connections_accepted() const;
  std::uint64_t connections_open() const;
  std::uint64_t requests_served() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace batchd::http
