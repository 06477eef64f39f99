#pragma once
// Internal to the room: notices that a connection no longer moves, or moves too slowly, and says so once.

#include <cstdint>
#include <functional>
#include <memory>

#include "ground/async/loop.hpp"

namespace batchd::http {

class Watchdog {
 public:
  enum class Verdict { fine, idle, slow };

  // `on_expired` runs on the loop's thread, at most once: it closes the stream.
  Watchdog(async::Loop& loop, std::function<void()> on_expired);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // From now on a byte must move within every `idle` (found out up to a quarter of it, at most 1 s, late).
  void watch(Duration idle);
  // Also, as curl has it: less than so many bytes per second for `window` on end is too slow. 0 bytes: no longer.
  void watch_speed(std::uint64_t bytes_per_second, Duration window);
  void moved(std::size_t bytes);
  void rest();  // nobody expects anything
  Verdict verdict() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace batchd::http
