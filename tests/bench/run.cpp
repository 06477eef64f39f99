// bench_run [--times N] [--log FILE] COMMAND…
// Runs any program and prints what it cost: the figures of the fastest of N runs, and the median of their times.
// Its output goes to FILE or nowhere. Ends with its exit code when that is not 0.

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/child.hpp"
#include "bench/measured.hpp"

int main(int count, char** arguments) {
  using namespace batchd;
  std::vector<std::string> command(arguments + 1, arguments + count);
  std::size_t times = 1;
  Path log;
  while (command.size() >= 3 && (command[0] == "--times" || command[0] == "--log")) {
    if (command[0] == "--times")
      times = std::stoul(command[1]);
    else
      log = command[1];
    command.erase(command.begin(), command.begin() + 2);
  }
  if (command.empty() || times == 0) {
    fmt::print(stderr, "bench_run [--times N] [--log FILE] COMMAND…\n");
    return 2;
  }
  std::vector<bench::Ended> runs;
  for (std::size_t i = 0; i < times; ++i) {
    bench::Child child(command, log);
    runs.push_back(child.wait());
    if (runs.back().exit_code != 0) {
      fmt::print(stderr, "{} ended with exit code {}\n", command[0], runs.back().exit_code);
      return runs.back().exit_code;
    }
  }
  std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.seconds < b.seconds; });
  bench::print_figure("seconds", runs.front().seconds);
  bench::print_figure("median_seconds", runs[runs.size() / 2].seconds);
  bench::print_figure("cpu_seconds", runs.front().cpu_seconds);
  bench::print_figure("peak_rss_mb", runs.front().peak_rss_mb);
}
