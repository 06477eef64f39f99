// bench_transfer upload URL CA_FILE FILE      a multipart upload, as a provider wants it
// bench_transfer download URL CA_FILE TARGET  into a file
// bench_transfer fetch URL CA_FILE TARGET     the same as the provider room does it: hashed, synced, renamed
// The client as it is, one call; tools/bench measures the process from outside, as it does curl.

#include <string>

#include <fmt/format.h>

#include "bench/bench_job.hpp"
#include "ground/async/loop.hpp"
#include "ground/base/log.hpp"
#include "ground/base/random.hpp"
#include "ground/http/socket_transport.hpp"
#include "line/provider/provider.hpp"

namespace {

using namespace batchd;

constexpr std::string_view program = "bench_transfer";

http::Request request_for(const std::string& what, const std::string& url, const Path& file) {
  http::Request request;
  request.url = url;
  if (what != "upload") return request;
  request.method = http::Method::post;
  http::Multipart form;
  form.fields.push_back({"purpose", std::string("batch"), "", ""});
  form.fields.push_back({"file", http::FileRange{file, 0, {}}, "bench.jsonl", "application/jsonl"});
  request.body = std::move(form);
  return request;
}

async::Task<Status> send_once(http::Transport& transport, const http::Request& request,
                              const http::SendOptions& options) {
  const auto response = co_await transport.send(request, options);
  if (!response) co_return response.error();
  if (!response->is_success())
    co_return Error(ErrorKind::protocol, fmt::format("the server answered {}", response->status));
  co_return Status();
}

async::Task<Status> fetch_once(provider::Provider& provider, const std::string& file_id, const Path& target) {
  const async::StopToken stop;
  const auto fetched = co_await provider.fetch(file_id, target, stop);
  if (!fetched) co_return fetched.error();
  co_return Status();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    fmt::print(stderr, "bench_transfer upload|download|fetch URL CA_FILE FILE\n");
    return 2;
  }
  const std::string what = arguments[1];
  const std::string url = arguments[2];
  const Path file = arguments[4];
  async::Loop loop;
  http::SocketTransportOptions transport_options;
  transport_options.ca_file = arguments[3];
  http::SocketTransport transport(loop, transport_options);
  if (what == "fetch") {
    const auto log = make_stderr_log(LogFormat::text, LogLevel::warning);
    auto random = Random::from_system();
    model::ProviderSpec spec;
    spec.name = "bench";
    spec.base_url = url;
    const auto provider = provider::make_provider(spec, {loop, transport, *log, random});
    bench::must(program, loop.run(fetch_once(*provider, "file-bench", file)));
    return 0;
  }
  const auto request = request_for(what, url, file);
  http::SendOptions options;
  if (what == "download") options.download_to = file;
  bench::must(program, loop.run(send_once(transport, request, options)));
}
