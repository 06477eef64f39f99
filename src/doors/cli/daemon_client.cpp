#include "doors/cli/daemon_client.hpp"

#include <fmt/format.h>

#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/daemon/problem.hpp"
#include "ground/http/socket_transport.hpp"
#include "ground/json/document.hpp"

namespace batchd::cli {
namespace {

constexpr Duration knock_patience = std::chrono::seconds(5);
constexpr Duration answer_patience = std::chrono::minutes(1);

}  // namespace

DaemonClient::DaemonClient(const Path& socket) {
  http::SocketTransportOptions options;
  options.unix_socket = socket;
  transport_ = std::make_unique<http::SocketTransport>(loop_, options);
}

Result<http::Response> DaemonClient::send(http::Method method, const std::string& target) {
  http::Request request;
  request.method = method;
  request.url = "http://localhost" + target;
  http::SendOptions options;
  options.connect_timeout = knock_patience;
  options.idle_timeout = answer_patience;
  return loop_.run(transport_->send(request, options));
}

std::unique_ptr<DaemonClient> DaemonClient::find(const Path& state_folder) {
  const auto socket = state_folder / "batchd.sock";
  if (!path_exists(socket)) return nullptr;
  std::unique_ptr<DaemonClient> client(new DaemonClient(socket));
  const auto lives = client->send(http::Method::get, "/healthz");
  return lives && lives->is_success() ? std::move(client) : nullptr;
}

Status DaemonClient::ask(const std::string& run, const std::string& what) {
  const auto answer = send(http::Method::post, fmt::format("/api/v1/runs/{}/{}", run, what));
  if (!answer) return answer.error();
  if (!answer->is_success()) return daemon::error_of_problem(answer->status, answer->body);
  return {};
}

Result<std::vector<DaemonClient::BrokenFile>> DaemonClient::broken_files() {
  const auto answer = send(http::Method::get, "/api/v1/jobs");
  if (!answer) return answer.error();
  if (!answer->is_success()) return daemon::error_of_problem(answer->status, answer->body);
  json::Document document;
  const auto root = document.parse(answer->body);
  if (!root) return root.error().within("what the daemon says of its jobs");
  std::vector<BrokenFile> broken;
  for (const auto job : root->find("jobs").elements()) {
    if (!job.find("broken").as_bool().value_or(false)) continue;
    auto& one = broken.emplace_back();
    one.file = job.find("file").as_string().value_or("");
    one.job = job.find("name").as_string().value_or("");
    one.was_good = job.find("usable").as_bool().value_or(false);
    for (const auto text : job.find("complaints").elements())
      one.complaints.emplace_back(text.as_string().value_or(""));
  }
  return broken;
}

std::optional<int> leave_to_daemon(const GlobalOptions& global, FoundRun& found, const std::string& what) {
  const auto daemon = found.run.simulated ? nullptr : DaemonClient::find(found.state_folder);
  if (!daemon) return std::nullopt;
  if (auto asked = daemon->ask(found.run.id, what); !asked) return show_error(global, asked.error());
  say(global, LogLevel::info,
      fmt::format("The daemon works on run {}. This shows what happens; Ctrl-C ends only this.", found.run.id));
  return follow(global, found);
}

}  // namespace batchd::cli
