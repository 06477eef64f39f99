#pragma once
// A provider where every batch is in progress for ever: takes uploads, makes batches, tells when it is asked about one.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "ground/async/loop.hpp"
#include "ground/base/log.hpp"
#include "ground/http/server.hpp"

namespace batchd::bench {

class StandingRemote final : public http::Handler {
 public:
  explicit StandingRemote(const Path& spool_folder);
  StandingRemote(const StandingRemote&) = delete;
  StandingRemote& operator=(const StandingRemote&) = delete;
  ~StandingRemote() override;

  std::string base_url() const;
  std::uint64_t batches() const { return batches_; }
  std::uint64_t polls() const { return polls_; }
  // The first poll after this call; waits for it. False: none came within `limit`.
  void forget_polls();
  bool wait_for_poll(std::chrono::steady_clock::time_point& at, std::chrono::seconds limit);

  async::Task<http::ServerResponse> handle(http::ServerRequest request) override;

 private:
  http::ServerResponse answer(const http::ServerRequest& request);

  Path spool_folder_;
  std::unique_ptr<Log> log_;
  async::StopToken stop_;
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t> files_ = 0;
  std::atomic<std::uint64_t> batches_ = 0;
  std::atomic<std::uint64_t> polls_ = 0;
  std::mutex mutex_;
  std::condition_variable polled_;
  std::chrono::steady_clock::time_point first_poll_{};  // the epoch: none yet
  async::Loop* loop_ = nullptr;                         // of thread_
  std::thread thread_;                                  // last: it uses all of the above
};

}  // namespace batchd::bench
