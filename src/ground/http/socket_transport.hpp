#pragma once
// The transport over sockets: HTTP and HTTPS over TCP, also through a proxy, or everything through one Unix socket.
// Connections are kept per host and used again; certificates and host names are always verified.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ground/async/loop.hpp"
#include "ground/base/files.hpp"
#include "ground/http/proxy.hpp"
#include "ground/http/transport.hpp"

namespace batchd::http {

struct SocketTransportOptions {
  // PEM certificates of the authorities to trust *instead of* the system's, for a private server. The context is
  // made on first use: loading the system's store takes 16 ms.
  std::optional<Path> ca_file{};
  std::optional<Path> unix_socket{};  // every connection goes there, whatever the URL's host
  ProxyChoice proxy{};                // https through a tunnel (CONNECT), http handed to the proxy; not for unix_socket
  std::string user_agent = "batchd/" BATCHD_VERSION;

  std::uint32_t connections_per_host_max = 16;  // further calls wait their turn
  std::uint32_t kept_per_host_max = 16;         // idle connections
  Duration kept_idle_max{30'000};               // an older idle connection is closed instead of used
  // A call that is not repeatable uses a kept connection only when it was idle for less: servers close connections
  // that idled for seconds, and a request that meets such a close may or may not have arrived.
  Duration kept_idle_max_unrepeatable{1'000};
  std::uint32_t header_bytes_max = 64 * 1024;  // of an answer
};

struct SocketTransportCounts {
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_reused = 0;
  std::uint64_t stale_replaced = 0;  // kept connections that were found closed or too old
};

class SocketTransport final : public Transport {
 public:
  SocketTransport(async::Loop& loop, SocketTransportOptions options);
  ~SocketTransport() override;  // no call may be under way, unless the loop is being destroyed

  async::Task<Result<Response>> send(const Request& request, const SendOptions& options) override;
  SocketTransportCounts counts() const;
  void close_idle();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace batchd::http
