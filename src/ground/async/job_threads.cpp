#include "ground/async/job_threads.hpp"

#include <algorithm>
#include <csignal>

#include <pthread.h>

#include "ground/async/loop.hpp"

namespace batchd::async {

namespace {
constexpr std::size_t thread_name_bytes_max = 15;  // what Linux keeps of one
}

JobThreads::JobThreads(const std::string& name, std::size_t threads) {
  // Signals are for the loop's thread: these start with all of them blocked.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { work(); });
    pthread_setname_np(threads_.back().native_handle(), name.substr(0, thread_name_bytes_max).c_str());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

JobThreads::~JobThreads() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  ready_.notify_all();
  for (auto& thread : threads_)
    thread.join();
}

void JobThreads::submit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  ready_.notify_one();
}

void JobThreads::work() noexcept {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return closing_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

struct Lane::State {
  explicit State(const char* name) : threads(name, 1) {}
  JobThreads threads;
};

Lane::Lane(Loop& loop, const char* name) : state_(std::make_unique<State>(name)), loop_(loop) {}
Lane::~Lane() = default;

void Lane::submit(std::function<void()> job) {
  state_->threads.submit([&loop = loop_, job = std::move(job)] {
    job();
    loop.job_finished();
  });
}

struct WorkerPool::State {
  explicit State(std::size_t count) : threads("worker", count) {}
  JobThreads threads;
};

WorkerPool::WorkerPool(Loop& loop, std::size_t threads)
    : state_(std::make_unique<State>(threads > 0 ? threads : std::max(1u, std::thread::hardware_concurrency()))),
      loop_(loop) {}
WorkerPool::~WorkerPool() = default;

std::size_t WorkerPool::threads() const { return state_->threads.size(); }

void WorkerPool::submit(std::function<void()> job) {
  state_->threads.submit([&loop = loop_, job = std::move(job)] {
    job();
    loop.job_finished();
  });
}

}  // namespace batchd::async
