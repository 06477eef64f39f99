// bench_serve BATCHD JOB FOLDER
//   A daemon that waits for all batches of JOB's run, while 200 clients follow its events and 10,000 requests are made,
//   16 at a time; before that the same number of /healthz, which cost the server and nothing else.
//
// JOB names the provider `standing`, which FOLDER/batchd.yaml (written here) leads to this process.

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/bench_job.hpp"
#include "bench/child.hpp"
#include "bench/measured.hpp"
#include "bench/standing_remote.hpp"
#include "ground/http/socket_transport.hpp"

namespace {

using namespace batchd;
using std::chrono::steady_clock;

constexpr std::string_view program = "bench_serve";
constexpr std::size_t followers_count = 200;
constexpr std::size_t requests_count = 10'000;
constexpr std::size_t at_once = 16;
constexpr std::chrono::seconds start_limit{120};

[[noreturn]] void fail(const std::string& what) { bench::fail(program, Error(ErrorKind::internal, what)); }

// Somebody who follows the events, and reads nothing until the end.
int follower(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("a follower is refused");
  const std::string request = "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  (void)!::write(socket, request.data(), request.size());
  char first[64];
  if (::read(socket, first, sizeof first) <= 0 || !std::string_view(first).starts_with("HTTP/1.1 200"))
    fail("a follower hears nothing");
  return socket;
}

struct Latencies {
  std::vector<double> seconds;
  double at(double share) {
    std::sort(seconds.begin(), seconds.end());
    return seconds[std::min(seconds.size() - 1, static_cast<std::size_t>(share * static_cast<double>(seconds.size())))];
  }
};

class Caller {
 public:
  explicit Caller(std::string base) : base_(std::move(base)), transport_(loop_, options()) {}

  // Each of the targets in turn, so many calls in all.
  double call(const std::vector<std::string>& targets, std::size_t count, Latencies& latencies) {
    left_ = count;
    const bench::Stopwatch watch;
    loop_.run(all(targets, latencies));
    return watch.seconds();
  }

 private:
  static http::SocketTransportOptions options() {
    http::SocketTransportOptions options;
    options.connections_per_host_max = at_once;
    return options;
  }
  async::Task<void> all(const std::vector<std::string>& targets, Latencies& latencies) {
    async::TaskGroup callers(loop_);
    for (std::size_t i = 0; i < at_once; ++i)
      callers.spawn(one_by_one(targets, latencies));
    co_await callers.join();
  }
  async::Task<void> one_by_one(const std::vector<std::string>& targets, Latencies& latencies) {
    while (left_ > 0) {
      --left_;
      http::Request request;
      request.url = base_ + targets[left_ % targets.size()];
      const http::SendOptions sending;
      const bench::Stopwatch watch;
      const auto answer = co_await transport_.send(request, sending);
      if (!answer) fail(answer.error().text());
      if (!answer->is_success()) fail(fmt::format("{}: HTTP {}: {}", request.url, answer->status, answer->body));
      latencies.seconds.push_back(watch.seconds());
    }
  }

  std::string base_;
  async::Loop loop_;
  http::SocketTransport transport_;
  std::size_t left_ = 0;
};

// "http://127.0.0.1:40215", as soon as the daemon has said so.
std::string address_in(const Path& log) {
  const auto until = steady_clock::now() + start_limit;
  while (steady_clock::now() < until) {
    const auto text = read_file(log, 1 << 24);
    const auto at = text ? text->rfind("http://127.0.0.1:") : std::string::npos;
    if (at != std::string::npos) return text->substr(at, text->find('"', at) - at);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  fail("the daemon does not listen");
}

std::string run_in(const Path& log) {
  const auto text = bench::must(program, read_file(log, 1 << 24));
  return text.substr(0, text.find('\n'));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    fmt::print(stderr, "bench_serve BATCHD JOB FOLDER\n");
    return 2;
  }
  const std::string batchd = arguments[1];
  const Path folder = arguments[3];
  const std::string config_file = (folder / "batchd.yaml").string();
  bench::StandingRemote remote(folder / "incoming");
  bench::must(program, write_file_atomically(
                           folder / "batchd.yaml",
                           fmt::format("state_dir: state\nproviders:\n  standing: {{profile: openai-compatible, "
                                       "base_url: \"{}\"}}\n",
                                       remote.base_url())));
  bench::must(program, make_folders(folder / "jobs"));
  bench::Child submitting({batchd, "run", arguments[2], "--config", config_file, "--no-wait", "-q"},
                          folder / "run.log");
  if (submitting.wait().exit_code != 0) fail("submitting failed; its words are in run.log");

  remote.forget_polls();
  const auto log = folder / "serve.log";
  bench::Child daemon({batchd, "serve", "--config", config_file, "--jobs", (folder / "jobs").string(), "--listen",
                       "127.0.0.1:0", "--json"},
                      log);
  const auto base = address_in(log);
  const int port = std::stoi(base.substr(base.rfind(':') + 1));
  while (remote.polls() < remote.batches())  // it has taken the run up
    std::this_thread::sleep_for(std::chrono::milliseconds(50));

  Caller caller(base);
  Latencies bare;
  const double bare_seconds = caller.call({"/healthz"}, requests_count, bare);

  std::vector<int> followers;
  for (std::size_t i = 0; i < followers_count; ++i)
    followers.push_back(follower(port));
  const auto run = run_in(folder / "run.log");
  const auto polls_before = remote.polls();
  const double cpu_before = daemon.cpu_seconds();
  Latencies asked;
  const double seconds = caller.call({"/api/v1/runs", "/api/v1/jobs", "/api/v1/runs/" + run + "/items?limit=20",
                                      "/api/v1/runs?limit=1", "/api/v1/runs/" + run},
                                     requests_count, asked);
  bench::print_figure("seconds", seconds);
  bench::print_figure("requests_per_second", static_cast<double>(requests_count) / seconds);
  bench::print_figure("p50_ms", asked.at(0.5) * 1e3);
  bench::print_figure("p99_ms", asked.at(0.99) * 1e3);
  bench::print_figure("cpu_seconds", daemon.cpu_seconds() - cpu_before);
  bench::print_figure("peak_rss_mb", daemon.peak_rss_mb());
  bench::print_figure("bare_requests_per_second", static_cast<double>(requests_count) / bare_seconds);
  bench::print_figure("bare_p99_ms", bare.at(0.99) * 1e3);
  bench::print_figure("batches", static_cast<double>(remote.batches()));
  bench::print_figure("polls", static_cast<double>(remote.polls() - polls_before));
  for (const int one : followers)
    ::close(one);
  daemon.terminate();
  if (daemon.wait().exit_code != 0) fail("the daemon ended badly; its words are in serve.log");
}
