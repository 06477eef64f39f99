#pragma once
// Another program, started and measured from outside.

#include <chrono>
#include <string>
#include <vector>

#include <sys/types.h>

#include "ground/base/files.hpp"

namespace batchd::bench {

struct Ended {
  double seconds = 0;  // from the start to its end
  double cpu_seconds = 0;
  double peak_rss_mb = 0;  // at least this process's own at the start: keep that small
  int exit_code = 0;       // 128 + the signal when one ended it
};

class Child {
 public:
  // Its standard output and error go to the end of `log` (created when missing); "" leaves error as it is and drops
  // output. A program that cannot be started ends this one with a sentence.
  Child(const std::vector<std::string>& command, const Path& log);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // killed unless wait() was called

  std::chrono::steady_clock::time_point started() const { return started_; }
  pid_t pid() const { return pid_; }
  // So far, of all its threads; by the kernel's ticks of 10 ms.
  double cpu_seconds() const;
  double peak_rss_mb() const;  // of its own memory only
  void terminate() const;      // SIGTERM
  Ended wait();

 private:
  pid_t pid_ = -1;
  std::chrono::steady_clock::time_point started_{};
};

}  // namespace batchd::bench
