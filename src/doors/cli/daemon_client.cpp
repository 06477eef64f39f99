#include "doors/cli/daemon_client.hpp"

#include <fmt/format.h>

#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/daemon/problem.hpp"
#include "ground/http/socket_transport.hpp"

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

std::optional<int> leave_to_daemon(const GlobalOptions& global, FoundRun& found, const std::string& what) {
  const auto daemon = found.run.simulated ? nullptr : DaemonClient::find(found.state_folder);
  if (!daemon) return std::nullopt;
  if (auto asked = daemon->ask(found.run.id, what); !asked) return show_error(global, asked.error());
  say(global, LogLevel::info,
      fmt::format("The daemon works on run {}. This shows what happens; Ctrl-C ends only this.", found.run.id));
  return follow(global, found);
}

}  // namespace batchd::cli
