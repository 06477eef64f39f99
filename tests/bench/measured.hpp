#pragma once
// What a bench program measured of itself, as `name=value` lines on stdout: tools/bench reads them.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>

#include <sys/resource.h>

namespace batchd::bench {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count(); }

 private:
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

// Processor time of this thread.
inline double thread_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

inline void print_figure(const char* name, double value) { std::printf("%s=%.6f\n", name, value); }

// Wall time is the caller's; processor time and the peak of resident memory are the whole process's.
inline void print_figures(std::uint64_t rows, double seconds) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto in_seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  print_figure("rows", static_cast<double>(rows));
  print_figure("seconds", seconds);
  print_figure("cpu_seconds", in_seconds(usage.ru_utime) + in_seconds(usage.ru_stime));
  print_figure("peak_rss_mb", static_cast<double>(usage.ru_maxrss) * 1024 / 1e6);
}

}  // namespace batchd::bench
