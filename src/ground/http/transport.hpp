#pragma once
// One HTTP exchange. `Transport` is an interface: over sockets (socket_transport.hpp), or within the process for
// rehearsals (in_process_transport.hpp). Neither repeats a call on its own account (that is backoff.hpp), with one
// exception: a kept connection that turns out to be closed is replaced once, when that cannot do harm.

#include <cstdint>
#include <functional>
#include <optional>

#include "ground/async/loop.hpp"
#include "ground/base/files.hpp"
#include "ground/http/message.hpp"

namespace batchd::http {

struct Progress {
  std::uint64_t sent_bytes = 0;  // of the request's body
  std::uint64_t sent_bytes_total = 0;
  std::uint64_t received_bytes = 0;                     // of the response's body
  std::optional<std::uint64_t> received_bytes_total{};  // nothing: the server does not say
};

struct SendOptions {
  // A second, equal request does no harm: a read, a poll, an upload. A request that spends is never repeatable.
  bool repeatable = false;

  Duration connect_timeout{10'000};  // name lookup, TCP and TLS together
  Duration idle_timeout{60'000};     // not one byte in either direction, also while waiting for the first of the answer
  // While a body moves: slower than this for `low_speed_window` on end is given up. 0: never.
  std::uint64_t low_speed_bytes_per_second = 0;
  Duration low_speed_window{30'000};

  // Where the body of a 2xx answer goes (created 0600 or truncated); others stay in memory. Whole or not at all: a
  // failed download leaves no file. In the kernel's hands, not yet synced.
  std::optional<Path> download_to{};
  std::uint64_t download_bytes_max = 16ull << 30;  // into a file; more is ErrorKind::protocol
  std::uint64_t body_bytes_max = 16ull << 20;      // into memory; more is ErrorKind::protocol

  async::StopToken stop{};                             // stopped: ErrorKind::cancelled
  std::function<void(const Progress&)> on_progress{};  // on the loop's thread, after each piece (at most 64 KiB)
};

class Transport {
 public:
  virtual ~Transport() = default;

  // Every HTTP status is a success here. A body that comes as gzip, though identity is asked for, is unpacked on its
  // way; the limits hold for what it unpacks to. Errors:
  //   network   no connection, TLS failure, time-out, reset, an answer cut short of its Content-Length or gzip's end
  //   protocol  what came is not HTTP, is damaged or packed in another way, or more than the limits allow
  //   io        a local file could not be read or written
  //   invalid   the URL, a TLS or a proxy setting is wrong
  //   denied    a proxy does not let us through to an https:// host (407, 403)
  //   cancelled the token was stopped
  // Error::nothing_sent tells "certainly not arrived" (no address, refused, TLS failed: true) from "may have
  // arrived" (false): from the first byte on, whatever happens is unknown to us.
  // `request` and `options` must live until the task has ended: give them names before the co_await.
  virtual async::Task<Result<Response>> send(const Request& request, const SendOptions& options) = 0;
};

}  // namespace batchd::http
