#include "bench/standing_remote.hpp"

#include <future>
#include <string_view>

#include <fmt/format.h>

#include "bench/bench_job.hpp"

namespace batchd::bench {
namespace {

constexpr std::string_view program = "bench_flight";
constexpr std::int64_t created_at = 1'790'000'000;

std::string batch_object(std::string_view id) {
  return fmt::format(R"({{"id":"{}","object":"batch","endpoint":"/v1/chat/completions","input_file_id":"file-1",)"
                     R"("completion_window":"24h","status":"in_progress","output_file_id":null,"error_file_id":null,)"
                     R"("created_at":{},"request_counts":{{"total":1000,"completed":0,"failed":0}}}})",
                     id, created_at);
}

http::ServerResponse json_answer(std::string body) {
  http::ServerResponse response;
  response.headers.set("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

async::Task<void> serve(async::Loop& loop, http::Server& server, async::StopToken stop) {
  async::Wakeup woken(loop);
  const auto hook = stop.on_stop([&] { woken.notify(); });
  if (!stop.stopped()) co_await woken.wait();
  server.stop();
  server.cut();
  co_await server.drained();
}

}  // namespace

StandingRemote::StandingRemote(const Path& spool_folder)
    : spool_folder_(spool_folder), log_(make_stderr_log(LogFormat::text, LogLevel::warning)) {
  must(program, make_folders(spool_folder_));
  std::promise<void> listening;
  thread_ = std::thread([&listening, this] {
    async::Loop loop;
    loop_ = &loop;
    http::ServerOptions options;
    options.spool_folder = spool_folder_;
    http::Server server(loop, *this, *log_, options);
    port_ = must(program, server.listen_tcp("127.0.0.1", 0));
    listening.set_value();
    loop.run(serve(loop, server, stop_));
  });
  listening.get_future().wait();
}

StandingRemote::~StandingRemote() {
  loop_->post([stop = stop_] { stop.stop(); });
  thread_.join();
}

std::string StandingRemote::base_url() const { return fmt::format("http://127.0.0.1:{}/v1", port_); }

void StandingRemote::forget_polls() {
  const std::scoped_lock lock(mutex_);
  polls_ = 0;
  first_poll_ = {};
}

bool StandingRemote::wait_for_poll(std::chrono::steady_clock::time_point& at, std::chrono::seconds limit) {
  std::unique_lock lock(mutex_);
  const bool came = polled_.wait_for(lock, limit, [this] { return first_poll_.time_since_epoch().count() != 0; });
  at = first_poll_;
  return came;
}

async::Task<http::ServerResponse> StandingRemote::handle(http::ServerRequest request) { co_return answer(request); }

http::ServerResponse StandingRemote::answer(const http::ServerRequest& request) {
  const bool posted = request.method == http::Method::post;
  if (posted && request.path == "/v1/files")
    return json_answer(fmt::format(R"({{"id":"file-{}","object":"file","status":"processed"}})", ++files_));
  if (posted && request.path == "/v1/batches") return json_answer(batch_object(fmt::format("batch_{}", ++batches_)));
  constexpr std::string_view poll = "/v1/batches/";
  if (!posted && request.path.starts_with(poll)) {
    ++polls_;
    const std::scoped_lock lock(mutex_);
    if (first_poll_.time_since_epoch().count() == 0) first_poll_ = std::chrono::steady_clock::now();
    polled_.notify_all();
    return json_answer(batch_object(std::string_view(request.path).substr(poll.size())));
  }
  http::ServerResponse unknown;
  unknown.status = 404;
  return unknown;
}

}  // namespace batchd::bench
