#pragma once
// Hands things from one thread to another and back, first in first out.

#include <condition_variable>
#include <deque>
#include <mutex>

namespace batchd::bench {

template <typename T>
class Exchange {
 public:
  void give(T* thing) {
    const std::unique_lock lock(mutex_);
    things_.push_back(thing);
    changed_.notify_one();
  }
  T* take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !things_.empty(); });
    T* thing = things_.front();
    things_.pop_front();
    return thing;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T*> things_;
};

}  // namespace batchd::bench
