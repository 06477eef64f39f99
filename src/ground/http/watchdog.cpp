#include "ground/http/watchdog.hpp"

#include <algorithm>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace batchd::http {

namespace {
constexpr Duration tick_max{1'000};
}

// One timer a connection, not one a read: it ticks, and counts what moved since the last tick.
struct Watchdog::State : std::enable_shared_from_this<State> {
  State(async::Loop& loop, std::function<void()> on_expired) : timer(loop.io()), expire(std::move(on_expired)) {}

  void start_tick() {
    ticking = true;
    timer.expires_after(tick);
    timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto state = weak.lock();
      if (!error && state) state->on_tick();
    });
  }

  void on_tick() {
    ticking = false;
    if (!watching) return;
    idle_so_far = moved_bytes > 0 ? Duration(0) : idle_so_far + tick;
    const bool slow = speed_min > 0 && moved_bytes * 1000 < speed_min * static_cast<std::uint64_t>(tick.count());
    slow_so_far = slow ? slow_so_far + tick : Duration(0);
    moved_bytes = 0;
    if (idle_so_far >= idle) {
      verdict = Verdict::idle;
    } else if (speed_min > 0 && slow_so_far >= speed_window) {
      verdict = Verdict::slow;
    }
    if (verdict == Verdict::fine) return start_tick();
    watching = false;
    expire();
  }

  boost::asio::steady_timer timer;
  std::function<void()> expire;
  Verdict verdict = Verdict::fine;
  bool watching = false;
  bool ticking = false;
  Duration tick{0};
  Duration idle{0};
  Duration idle_so_far{0};
  std::uint64_t moved_bytes = 0;
  std::uint64_t speed_min = 0;
  Duration speed_window{0};
  Duration slow_so_far{0};
};

Watchdog::Watchdog(async::Loop& loop, std::function<void()> on_expired)
    : state_(std::make_shared<State>(loop, std::move(on_expired))) {}
Watchdog::~Watchdog() {
  state_->watching = false;
  state_->timer.cancel();
}

void Watchdog::watch(Duration idle) {
  auto& state = *state_;
  if (state.verdict != Verdict::fine) return;
  state.watching = true;
  state.idle_so_far = Duration(0);
  const Duration tick = std::clamp(idle / 4, Duration(1), tick_max);
  if (state.ticking && state.idle == idle && state.tick == tick) return;
  state.idle = idle;
  state.tick = tick;
  state.start_tick();  // expires_after() takes back a tick that is under way
}

void Watchdog::watch_speed(std::uint64_t bytes_per_second, Duration window) {
  state_->speed_min = bytes_per_second;
  state_->speed_window = window;
  state_->slow_so_far = Duration(0);
}

void Watchdog::moved(std::size_t bytes) { state_->moved_bytes += bytes; }

void Watchdog::rest() { state_->watching = false; }

Watchdog::Verdict Watchdog::verdict() const { return state_->verdict; }

}  // namespace batchd::http
