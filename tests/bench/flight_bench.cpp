// bench_flight resume BATCHD JOB FOLDER TIMES
//   The run is prepared and submitted by one process; then the same command again, TIMES times: from the start of that
//   process to the moment its first question about a batch arrives.
// bench_flight poll BATCHD JOB FOLDER SECONDS
//   What a process costs that waits for all of its batches, over so many seconds of real time.
//
// JOB names the provider `standing`, which FOLDER/batchd.yaml (written here) leads to this process.

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "bench/bench_job.hpp"
#include "bench/child.hpp"
#include "bench/measured.hpp"
#include "bench/standing_remote.hpp"

namespace {

using namespace batchd;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::string_view program = "bench_flight";
constexpr seconds first_poll_limit{120};

class Flight {
 public:
  Flight(std::string batchd, std::string job, Path folder)
      : batchd_(std::move(batchd)), job_(std::move(job)), folder_(std::move(folder)), remote_(folder_ / "incoming") {
    const auto config =
        fmt::format("state_dir: state\nproviders:\n  standing: {{profile: openai-compatible, base_url: \"{}\"}}\n",
                    remote_.base_url());
    bench::must(program, write_file_atomically(folder_ / "batchd.yaml", config));
  }

  // Everything is sent, nobody waits.
  void submit() {
    bench::Child child(command({"--no-wait"}), log());
    const auto ended = child.wait();
    if (ended.exit_code != 0) fail(fmt::format("submitting ended with exit code {}", ended.exit_code));
    bench::print_figure("submit_seconds", ended.seconds);
    bench::print_figure("batches", static_cast<double>(remote_.batches()));
  }

  void resume(std::size_t times) {
    std::vector<double> to_first_poll;
    double peak_rss_mb = 0;
    for (std::size_t i = 0; i < times; ++i) {
      remote_.forget_polls();
      bench::Child child(command({}), log());
      steady_clock::time_point polled;
      if (!remote_.wait_for_poll(polled, first_poll_limit)) fail("the resumed run asked about no batch");
      to_first_poll.push_back(std::chrono::duration<double>(polled - child.started()).count());
      peak_rss_mb = std::max(peak_rss_mb, child.peak_rss_mb());
      child.terminate();
      child.wait();
    }
    std::sort(to_first_poll.begin(), to_first_poll.end());
    bench::print_figure("seconds", to_first_poll.front());
    bench::print_figure("median_seconds", to_first_poll[to_first_poll.size() / 2]);
    bench::print_figure("peak_rss_mb", peak_rss_mb);
  }

  void poll(seconds window) {
    remote_.forget_polls();
    bench::Child child(command({}), log());
    // A resumed run asks about every batch at once; the next time is a minute later, which is the pace we mean.
    while (remote_.polls() < remote_.batches() && std::chrono::steady_clock::now() - child.started() < first_poll_limit)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::this_thread::sleep_for(seconds(1));
    const double cpu_before = child.cpu_seconds();
    const auto polls_before = remote_.polls();
    const bench::Stopwatch watch;
    std::this_thread::sleep_for(window);
    const double cpu = child.cpu_seconds() - cpu_before;
    bench::print_figure("seconds", watch.seconds());
    bench::print_figure("cpu_seconds", cpu);
    bench::print_figure("polls", static_cast<double>(remote_.polls() - polls_before));
    bench::print_figure("peak_rss_mb", child.peak_rss_mb());
    child.terminate();
    child.wait();
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    bench::fail(program, Error(ErrorKind::internal, what, "its words are in " + log().string()));
  }
  Path log() const { return folder_ / "batchd.log"; }
  std::vector<std::string> command(const std::vector<std::string>& more) const {
    std::vector<std::string> words{batchd_, "run", job_, "--config", (folder_ / "batchd.yaml").string()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  std::string batchd_, job_;
  Path folder_;
  bench::StandingRemote remote_;
};

}  // namespace

int main(int count, char** arguments) {
  const std::string what = count == 6 ? arguments[1] : "";
  if (what != "resume" && what != "poll") {
    fmt::print(stderr, "bench_flight resume BATCHD JOB FOLDER TIMES | poll BATCHD JOB FOLDER SECONDS\n");
    return 2;
  }
  Flight flight(arguments[2], arguments[3], arguments[4]);
  flight.submit();
  if (what == "resume")
    flight.resume(std::stoul(arguments[5]));
  else
    flight.poll(seconds(std::stoul(arguments[5])));
}
