#pragma once
// Threads that take jobs from one queue: what Lane and WorkerPool have in common.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace batchd::async {

class JobThreads {
 public:
  JobThreads(const std::string& name, std::size_t threads);
  ~JobThreads();  // finishes what was handed in, then joins
  JobThreads(const JobThreads&) = delete;
  JobThreads& operator=(const JobThreads&) = delete;

  std::size_t size() const { return threads_.size(); }
  // Not bounded here: every job has a task that waits for it, and those are.
  void submit(std::function<void()> job);

 private:
  void work() noexcept;  // an exception that leaves a job is a programming error and crashes

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> jobs_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace batchd::async
