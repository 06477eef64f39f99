#pragma once
// Client and world in one process: a request goes to a `Handler` on the same loop, without a socket. Under a turned
// clock a rehearsal of days takes seconds and a seed replays it. Bodies still travel as bytes: what the handler sees
// is what would have come over the wire.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "ground/async/loop.hpp"
#include "ground/base/files.hpp"
#include "ground/base/random.hpp"
#include "ground/http/handler.hpp"
#include "ground/http/transport.hpp"

namespace batchd::http {

// What happens to one call on its way. The delays pass on the loop's timers.
struct Fault {
  Duration delay_before{0};           // before the handler sees it
  Duration delay_after{0};            // before the caller hears of it
  bool refuse = false;                // never arrives, and the caller knows (connection refused): nothing_sent
  bool reset_before_handler = false;  // never arrives, and the caller cannot know
  bool lose_answer = false;           // the handler has run; the caller gets a reset
  std::optional<std::uint64_t> cut_answer_after_bytes{};  // of the body
};

class InProcessTransport final : public Transport {
 public:
  // Large request bodies lie in spool_folder while the handler works; it must exist. Everything given must outlive
  // the transport. random makes multipart boundaries.
  InProcessTransport(async::Loop& loop, Handler& handler, Random& random, Path spool_folder);

  ~InProcessTransport() override;

  // Asked once for every call, in order. Not asked: no faults.
  void set_faults(std::function<Fault(const Request&)> faults);

  // Heeds stop, download_to and the byte limits. idle_timeout is the caller's patience from the end of the request to
  // the answer; a handler goes on when it is over, as a server would.
  async::Task<Result<Response>> send(const Request& request, const SendOptions& options) override;
  std::uint64_t calls() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace batchd::http
