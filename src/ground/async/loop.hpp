#pragma once
// The event loop: one thread that owns all state (law 5). Timers run on the injected clock; blocking work goes to
// `Lane`s (one thread each, in order: SQL, files) or the `WorkerPool`, and comes back here.
//
// Under a TurnedClock the loop runs everything that is ready, waits for outstanding lane and worker jobs, and when
// nothing at all is left turns the clock to the next timer: a day passes in a millisecond, always in the same order.

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "ground/async/task.hpp"
#include "ground/base/clock.hpp"
#include "ground/base/result.hpp"

namespace boost::asio { class io_context; }

namespace batchd::async {

// Told once, asked often. Whoever waits on the loop wakes when it is told. Lives on the loop's thread.
class StopToken {
 public:
  StopToken();
  bool stopped() const;
  void stop() const;  // idempotent
  // Called once, at stop() or at once when already stopped. The returned handle unhooks on destruction.
  class Hook;
  std::shared_ptr<Hook> on_stop(std::function<void()> action) const;
 private:
  struct State;
  std::shared_ptr<State> state_;
};

class Loop {
 public:
  // Real time.
  Loop();
  // A turned clock: see above. The clock must outlive the loop.
  explicit Loop(TurnedClock& clock);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  const Clock& clock() const;
  boost::asio::io_context& io();

  // Starts a task on the loop. An exception that leaves it is a programming error and crashes.
  void spawn(Task<void> task);
  // Runs until `main` has finished, then returns its value. Tasks spawned meanwhile may be unfinished and are
  // destroyed with the loop.
  template <typename T>
  T run(Task<T> main);

  // Both wake early with ErrorKind::cancelled when the token is stopped.
  Task<Status> sleep_until(Time time, StopToken token = {});
  Task<Status> sleep_for(Duration duration, StopToken token = {});

  // Runs `function` on the loop's thread soon; may be called from any thread.
  void post(std::function<void()> function);

  // SIGINT and SIGTERM: `handler(signal number, how many so far)` on the loop's thread. At most one handler.
  void on_signals(std::function<void(int signal, int count)> handler);

  // Counts jobs that are elsewhere, so that a turned clock waits for them. Used by Lane and WorkerPool.
  void job_started();
  void job_finished();  // from any thread, after the job's answer was posted

 private:
  void run_until(const bool& finished);
  struct State;
  std::unique_ptr<State> state_;
};

// One thread, jobs in order: `co_await lane.run([&]{ return store.something(); })`. The function's result must not be
// void (Result<T>, Status). An exception that leaves the function crashes.
class Lane {
 public:
  Lane(Loop& loop, const char* name);  // name: of the thread, at most 15 characters
  ~Lane();                             // finishes what was handed in, then joins
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  template <typename Function>
  Task<std::invoke_result_t<Function>> run(Function function);

 private:
  void submit(std::function<void()> job);
  struct State;
  std::unique_ptr<State> state_;
  Loop& loop_;
};

// As many threads as cores (or told), jobs in any order. The same run().
class WorkerPool {
 public:
  explicit WorkerPool(Loop& loop, std::size_t threads = 0);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  std::size_t threads() const;

  template <typename Function>
  Task<std::invoke_result_t<Function>> run(Function function);

 private:
  void submit(std::function<void()> job);
  struct State;
  std::unique_ptr<State> state_;
  Loop& loop_;
};

// A queue of values for one waiting reader on the loop's thread.
template <typename T>
class Channel;

}  // namespace batchd::async

#include "ground/async/loop_impl.hpp"
