#pragma once
// Internal to the room: from a host and a port to an open stream.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ground/async/loop.hpp"
#include "ground/base/files.hpp"
#include "ground/http/proxy.hpp"
#include "ground/http/stream.hpp"
#include "ground/http/tls.hpp"

namespace batchd::http {

struct ConnectTarget {
  std::string host;
  std::uint16_t port = 0;
  std::string where;                // for sentences: "api.example.com:443", "the socket /run/batchd.sock"
  std::optional<Path> unix_socket;  // instead of host and port
  std::optional<Proxy> proxy;       // TCP goes there: with TLS through a tunnel, else the proxy itself is talked to
  TlsContext* tls = nullptr;        // nullptr: plain
  std::optional<Path> ca_file;      // for sentences
  std::string user_agent;           // for the proxy
};

// Name lookup, TCP, the proxy's tunnel and TLS within `timeout`. Every Error has nothing_sent: not a byte of a request
// has left. `target` must live until the task has ended.
async::Task<Result<std::unique_ptr<Stream>>> connect(async::Loop& loop, const ConnectTarget& target, Duration timeout,
                                                     async::StopToken stop);

}  // namespace batchd::http
