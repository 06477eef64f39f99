#include "ground/async/loop.hpp"

#include <csignal>
#include <map>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/system_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ground/base/units.hpp"

namespace batchd::async {

namespace asio = boost::asio;

namespace {

Error told_to_stop() { return Error(ErrorKind::cancelled, "told to stop while waiting"); }

[[noreturn]] void crash_with(const std::exception_ptr& thrown) {
  std::string what = "a task let an exception out";
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& exception) {
    what += std::string(": ") + exception.what();
  } catch (...) {
    what += " of an unknown type";
  }
  fail_check(what, std::source_location::current());
}

// Until the timer expires or is cancelled.
template <typename Timer>
Task<void> wait_on(Timer& timer) {
  boost::system::error_code ignored;  // "cancelled" is how others wake it
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await timer.async_wait(token);
}

template <typename Timer>
Task<Status> sleep_on(Timer timer, StopToken token) {
  if (token.stopped()) co_return told_to_stop();
  std::function<void()> wake = [&timer] { timer.cancel(); };
  auto hook = token.on_stop(wake);
  co_await wait_on(timer);
  if (token.stopped()) co_return told_to_stop();
  co_return Status();
}

}  // namespace

struct Wakeup::State {
  explicit State(asio::io_context& io) : timer(io, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;  // never expires: cancelling it is the notification
};

Wakeup::Wakeup(Loop& loop) : state_(std::make_unique<State>(loop.io())) {}
Wakeup::~Wakeup() = default;
Task<void> Wakeup::wait() { return wait_on(state_->timer); }
void Wakeup::notify() { state_->timer.cancel(); }

struct Loop::State {
  // One who sleeps under a turned clock.
  struct Sleeper {
    asio::steady_timer timer;
    bool rung = false;
  };
  using Place = std::pair<Time, std::uint64_t>;  // deadline, then first come, first served

  explicit State(TurnedClock* clock) : turned(clock) {}

  Task<Status> sleep_turned(Time until, StopToken token) {
    if (token.stopped()) co_return told_to_stop();
    Sleeper sleeper{asio::steady_timer(io, asio::steady_timer::time_point::max())};
    // Leaves the list with its frame, also when the loop is destroyed around it.
    struct Listed {
      State* state;
      Place place;
      ~Listed() { state->sleepers.erase(place); }
    };
    Listed listed{this, {until, ++places}};
    sleepers.emplace(listed.place, &sleeper);
    std::function<void()> wake = [&sleeper] { sleeper.timer.cancel(); };
    auto hook = token.on_stop(wake);
    while (!sleeper.rung && !token.stopped())
      co_await wait_on(sleeper.timer);
    if (token.stopped()) co_return told_to_stop();
    co_return Status();
  }

  // Turns the clock to the next sleeper and wakes that one alone; false: nobody sleeps.
  bool ring_next() {
    if (sleepers.empty()) return false;
    const auto first = sleepers.begin();
    turned->turn_to(first->first.first);
    Sleeper& sleeper = *first->second;
    sleepers.erase(first);
    sleeper.rung = true;
    sleeper.timer.cancel();
    return true;
  }

  void wait_for_hangup() {
    hangups->async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      hangup_handler();
      wait_for_hangup();
    });
  }

  void wait_for_signal() {
    signals->async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      handler(signal, ++signal_count);
      wait_for_signal();
    });
  }

  SystemClock system;
  TurnedClock* turned;
  std::map<Place, Sleeper*> sleepers;
  std::uint64_t places = 0;
  std::uint64_t jobs_elsewhere = 0;  // touched on the loop's thread only
  std::function<void(int, int)> handler;
  std::function<void()> hangup_handler;
  int signal_count = 0;
  // Behind all that frames may touch: unfinished tasks are destroyed with it.
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  std::optional<asio::signal_set> signals;
  std::optional<asio::signal_set> hangups;
};

Loop::Loop() : state_(std::make_unique<State>(nullptr)) {}
Loop::Loop(TurnedClock& clock) : state_(std::make_unique<State>(&clock)) {}
Loop::~Loop() = default;

const Clock& Loop::clock() const {
  if (state_->turned != nullptr) return *state_->turned;
  return state_->system;
}

asio::io_context& Loop::io() { return state_->io; }

void Loop::spawn(Task<void> task) {
  asio::co_spawn(state_->io, std::move(task), [](const std::exception_ptr& thrown) {
    if (thrown) crash_with(thrown);
  });
}

void Loop::run_until(const bool& finished) {
  auto& io = state_->io;
  while (!finished) {
    if (state_->turned == nullptr) {
      io.run_one();
      continue;
    }
    if (io.poll_one() > 0) continue;
    // Nothing is ready. A job elsewhere will post its answer; only when there is none may time pass.
    if (state_->jobs_elsewhere == 0) {
      if (state_->ring_next()) continue;
      check(state_->signals.has_value(), "under a turned clock every task waits for something nobody will do");
    }
    io.run_one();
  }
}

Task<Status> Loop::sleep_until(Time time) { return sleep_until(time, StopToken()); }
Task<Status> Loop::sleep_for(Duration duration) { return sleep_for(duration, StopToken()); }

Task<Status> Loop::sleep_until(Time time, StopToken token) {
  if (state_->turned != nullptr) return state_->sleep_turned(time, std::move(token));
  return sleep_on(asio::system_timer(state_->io, time), std::move(token));
}

Task<Status> Loop::sleep_for(Duration duration, StopToken token) {
  if (state_->turned != nullptr) return state_->sleep_turned(state_->turned->now() + duration, std::move(token));
  return sleep_on(asio::steady_timer(state_->io, duration), std::move(token));
}

void Loop::post(std::function<void()> function) { asio::post(state_->io, std::move(function)); }

void Loop::on_signals(std::function<void(int, int)> handler) {
  check(!state_->signals, "on_signals() is called once");
  state_->handler = std::move(handler);
  state_->signals.emplace(state_->io, SIGINT, SIGTERM);
  state_->wait_for_signal();
}

void Loop::on_hangup(std::function<void()> handler) {
  check(!state_->hangups, "on_hangup() is called once");
  state_->hangup_handler = std::move(handler);
  state_->hangups.emplace(state_->io, SIGHUP);
  state_->wait_for_hangup();
}

void Loop::job_started() { ++state_->jobs_elsewhere; }

void Loop::job_finished() {
  // Posted behind the answer, so that the count never says "nothing elsewhere" before the answer is in the queue.
  asio::post(state_->io, [state = state_.get()] { --state->jobs_elsewhere; });
}

struct TaskGroup::State {
  explicit State(Loop& loop) : wakeup(loop) {}
  std::size_t running = 0;
  Wakeup wakeup;
};

namespace {

template <typename State>
Task<void> count_out(std::shared_ptr<State> state, Task<void> task) {
  co_await std::move(task);
  if (--state->running == 0) state->wakeup.notify();
}

}  // namespace

TaskGroup::TaskGroup(Loop& loop) : state_(std::make_shared<State>(loop)), loop_(loop) {}

void TaskGroup::spawn(Task<void> task) {
  ++state_->running;
  loop_.spawn(count_out(state_, std::move(task)));
}

std::size_t TaskGroup::running() const { return state_->running; }

Task<void> TaskGroup::join() {
  const auto state = state_;
  while (state->running > 0)
    co_await state->wakeup.wait();
}

namespace detail {

Task<void> ring_after(Loop& loop, Duration limit, StopToken disarm, StopToken inner, std::shared_ptr<bool> expired) {
  const Status slept = co_await loop.sleep_for(limit, disarm);
  if (!slept.ok()) co_return;
  *expired = true;
  inner.stop();
}

Error timeout_error(const std::string& what, Duration limit) {
  return Error(ErrorKind::network, what + " took longer than " + format_duration(limit));
}

}  // namespace detail

}  // namespace batchd::async
