#pragma once
// The event loop: one thread that owns all state (law 5). Timers run on the injected clock; blocking work goes to
// `Lane`s (one thread each, in order: SQL, files) or the `WorkerPool`, and comes back here.
//
// Under a TurnedClock the loop runs everything that is ready, waits for outstanding lane and worker jobs, and when
// nothing at all is left turns the clock to the next timer: a day passes in a millisecond, always in the same order.
// Timers that are due at the same time ring in the order in which they were set, each one's consequences before the
// next. Sockets do not belong under a turned clock: nobody could tell "waits for the network" from "nothing left".
//
// GCC 12 destroys a braced temporary of an aggregate twice when it stands inside a co_await expression, and some
// closures with it: give such values a name before the co_await.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "ground/async/task.hpp"
#include "ground/base/clock.hpp"
#include "ground/base/result.hpp"

namespace boost::asio {
class io_context;
}

namespace batchd::async {

// Told once, asked often. Whoever waits on the loop wakes when it is told. Copies share one state. Lives on the
// loop's thread.
class StopToken {
 public:
  StopToken();
  bool stopped() const;
  void stop() const;  // idempotent; runs the hooks in the order in which they were hung up
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
  // Runs until `main` has finished, then returns its value; an exception that leaves `main` comes out here. Tasks
  // spawned meanwhile may be unfinished and are destroyed with the loop: whatever they use must outlive it, so
  // prefer a TaskGroup.
  template <typename T>
  T run(Task<T> main);

  // All wake early with ErrorKind::cancelled when the token is stopped. sleep_until follows the wall clock (also
  // when it is set), sleep_for the time that passes.
  Task<Status> sleep_until(Time time);
  Task<Status> sleep_until(Time time, StopToken token);
  Task<Status> sleep_for(Duration duration);
  Task<Status> sleep_for(Duration duration, StopToken token);

  // Runs `function` on the loop's thread soon; may be called from any thread.
  void post(std::function<void()> function);

  // SIGINT and SIGTERM: `handler(signal number, how many so far)` on the loop's thread. At most one handler.
  void on_signals(std::function<void(int signal, int count)> handler);

  // SIGHUP, likewise; without a handler it ends the process.
  void on_hangup(std::function<void()> handler);

  // Counts jobs that are elsewhere, so that a turned clock waits for them. Used by Lane and WorkerPool.
  void job_started();   // on the loop's thread
  void job_finished();  // from any thread, after the job's answer was posted

 private:
  void run_until(const bool& finished);
  struct State;
  std::unique_ptr<State> state_;
};

// Something to wait for on the loop's thread: wait() ends at the next notify(). Not remembered: a notify() that
// nobody waits for is lost, so look at the condition first.
class Wakeup {
 public:
  explicit Wakeup(Loop& loop);
  ~Wakeup();  // nobody may wait any more
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  Task<void> wait();
  void notify();  // all who wait now, in the order in which they came

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Tasks that belong together and are waited for together: nobody is left behind in the loop.
class TaskGroup {
 public:
  explicit TaskGroup(Loop& loop);

  void spawn(Task<void> task);
  std::size_t running() const;
  Task<void> join();  // until none is running; more may be spawned meanwhile

 private:
  struct State;
  std::shared_ptr<State> state_;
  Loop& loop_;
};

// A queue of values for one waiting reader on the loop's thread.
template <typename T>
class Channel {
 public:
  // More than values_max values unread is a programming error and crashes: the writer looks at size() first.
  explicit Channel(Loop& loop, std::size_t values_max = 65'536) : wakeup_(loop), values_max_(values_max) {}

  void push(T value);                           // not after close()
  void close();                                 // the reader gets what is left, then nothing
  Task<std::optional<T>> pop();                 // waits; nothing: closed and empty
  Task<std::optional<T>> pop(StopToken token);  // nothing also when stopped
  std::size_t size() const;

 private:
  Wakeup wakeup_;
  std::size_t values_max_;
  std::deque<T> values_;
  bool closed_ = false;
};

// One thread, jobs in order: `co_await lane.run([&]{ return store.something(); })`. The function's result must not be
// void (Result<T>, Status). An exception that leaves the function crashes. What the function borrows must live until
// run() has ended. Destroy it before its loop.
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

// As many threads as cores (or told), jobs in any order. The same run(), the same rules.
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

// Runs `work` with a token that is stopped after `limit`, or when `outer` is. Work that ends with
// ErrorKind::cancelled because of the limit becomes ErrorKind::network: "<what> took longer than 10 s". Work that
// does not heed its token is waited for.
template <typename T>
Task<Result<T>> with_timeout(Loop& loop, Duration limit, StopToken outer, std::string what,
                             std::function<Task<Result<T>>(StopToken)> work);

}  // namespace batchd::async

#include "ground/async/loop_impl.hpp"
