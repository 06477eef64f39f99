#pragma once
// The templates of loop.hpp. Included by it; include that.

#include "ground/async/loop.hpp"

namespace batchd::async {

namespace detail {

// Keeps what a task returned, so that a caller outside the loop can have it.
template <typename T>
struct Kept {
  std::optional<T> value;
  std::exception_ptr thrown;
  bool finished = false;
};
template <>
struct Kept<void> {
  std::exception_ptr thrown;
  bool finished = false;
};

template <typename T>
Task<void> keep(Task<T> task, Kept<T>& kept) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(task);
    } else {
      kept.value.emplace(co_await std::move(task));
    }
  } catch (...) {
    kept.thrown = std::current_exception();
  }
  kept.finished = true;
}

// One job on another thread, awaited here. The frame outlives the job: whoever runs it waits for it.
template <typename Function, typename Submit>
Task<std::invoke_result_t<Function>> run_elsewhere(Loop& loop, Function function, Submit submit) {
  using Value = std::invoke_result_t<Function>;
  static_assert(!std::is_void_v<Value>, "a job returns a Status or a Result, so that its failure cannot be overlooked");
  std::optional<Value> value;
  bool finished = false;
  Wakeup wakeup(loop);
  std::function<void()> answered = [&finished, &wakeup] {
    finished = true;
    wakeup.notify();
  };
  std::function<void()> job = [&loop, &function, &value, &answered] {
    value.emplace(function());
    // The last look at this frame: once the answer is posted it may be resumed, and gone, at any moment.
    loop.post(answered);
  };
  loop.job_started();
  submit(std::move(job));
  while (!finished)
    co_await wakeup.wait();
  co_return std::move(*value);
}

// Stops `inner` after `limit` and says so in `expired`, unless disarmed before.
Task<void> ring_after(Loop& loop, Duration limit, StopToken disarm, StopToken inner, std::shared_ptr<bool> expired);
Error timeout_error(const std::string& what, Duration limit);

}  // namespace detail

template <typename T>
T Loop::run(Task<T> main) {
  detail::Kept<T> kept;
  spawn(detail::keep(std::move(main), kept));
  run_until(kept.finished);
  if (kept.thrown) std::rethrow_exception(kept.thrown);
  if constexpr (!std::is_void_v<T>) return std::move(*kept.value);
}

template <typename Function>
Task<std::invoke_result_t<Function>> Lane::run(Function function) {
  return detail::run_elsewhere(loop_, std::move(function),
                               [this](std::function<void()> job) { submit(std::move(job)); });
}

template <typename Function>
Task<std::invoke_result_t<Function>> WorkerPool::run(Function function) {
  return detail::run_elsewhere(loop_, std::move(function),
                               [this](std::function<void()> job) { submit(std::move(job)); });
}

template <typename T>
void Channel<T>::push(T value) {
  check(!closed_, "push() into a closed Channel");
  check(values_.size() < values_max_, "a Channel has a reader that keeps up, or a writer that looks at size()");
  values_.push_back(std::move(value));
  wakeup_.notify();
}

template <typename T>
void Channel<T>::close() {
  closed_ = true;
  wakeup_.notify();
}

template <typename T>
std::size_t Channel<T>::size() const {
  return values_.size();
}

template <typename T>
Task<std::optional<T>> Channel<T>::pop() {
  StopToken never;
  return pop(never);
}

template <typename T>
Task<std::optional<T>> Channel<T>::pop(StopToken token) {
  std::function<void()> wake = [this] { wakeup_.notify(); };
  auto hook = token.on_stop(wake);
  while (values_.empty() && !closed_ && !token.stopped())
    co_await wakeup_.wait();
  if (values_.empty() || token.stopped()) co_return std::nullopt;
  std::optional<T> value(std::move(values_.front()));
  values_.pop_front();
  co_return value;
}

template <typename T>
Task<Result<T>> with_timeout(Loop& loop, Duration limit, StopToken outer, std::string what,
                             std::function<Task<Result<T>>(StopToken)> work) {
  StopToken inner;
  std::function<void()> stop_inner = [inner] { inner.stop(); };
  auto hook = outer.on_stop(stop_inner);
  StopToken disarm;
  auto expired = std::make_shared<bool>(false);
  loop.spawn(detail::ring_after(loop, limit, disarm, inner, expired));
  Result<T> result = co_await work(inner);
  disarm.stop();
  if (!result.ok() && result.error().kind == ErrorKind::cancelled && *expired && !outer.stopped())
    co_return detail::timeout_error(what, limit);
  co_return result;
}

}  // namespace batchd::async
