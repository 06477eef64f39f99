#include "line/notify/post.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "ground/base/files.hpp"
#include "ground/base/program.hpp"
#include "ground/base/utf8.hpp"
#include "ground/json/document.hpp"
#include "line/notify/target.hpp"
#include "line/notify/webhook.hpp"

namespace batchd::notify {
namespace {

using namespace std::chrono_literals;
using model::DeliveryState;

constexpr std::array<Duration, 9> pauses = {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
constexpr std::uint64_t secret_bytes_max = 4'096;
constexpr std::uint64_t answer_bytes_max = 64 * 1024;  // of which nothing is used
constexpr std::size_t detail_bytes_max = 300;

// How one try went.
struct Tried {
  bool arrived = false;
  bool is_hopeless = false;
  std::string detail;
};

Tried failed(std::string detail) { return {false, false, std::move(detail)}; }

Result<std::string> url_of(const Post& post, const model::NotifyTarget& target) {
  if (target.url_env.empty()) return target.url;
  auto url = post.read_variable(target.url_env.c_str());
  if (!url || url->empty()) return Error(ErrorKind::denied, fmt::format("{} is not set", target.url_env));
  return std::move(*url);
}

// Nothing: it is not signed.
async::Task<Result<std::optional<std::string>>> key_of(const Post& post, const model::NotifyTarget& target) {
  std::string secret;
  if (!target.secret_env.empty()) {
    const auto value = post.read_variable(target.secret_env.c_str());
    if (!value) co_return Error(ErrorKind::denied, fmt::format("{} is not set", target.secret_env));
    secret = *value;
  } else if (!target.secret_file.empty()) {
    auto read = [&] { return read_file(target.secret_file, secret_bytes_max); };
    auto text = co_await post.workers.run(read);
    if (!text) co_return text.error();
    secret = std::move(*text);
  } else {
    co_return std::optional<std::string>();
  }
  auto key = key_from_secret(secret);
  if (!key) co_return key.error();
  co_return std::optional(std::move(*key));
}

Tried judged(const http::Response& response) {
  Tried tried;
  tried.arrived = response.is_success();
  tried.is_hopeless = response.status == 410;
  tried.detail = fmt::format("HTTP {} {}", response.status, http::reason_phrase(response.status));
  if (response.status >= 300 && response.status < 400)
    tried.detail += ": the address has moved; redirects are not followed";
  return tried;
}

async::Task<Tried> by_webhook(const Post& post, const model::Delivery& delivery, const model::NotifyTarget& target,
                              async::StopToken stop) {
  const auto url = url_of(post, target);
  if (!url) co_return failed(url.error().message);
  const auto key = co_await key_of(post, target);
  if (!key) co_return failed(key.error().message);
  const auto request = webhook_request(delivery, *url, *key, post.loop.clock().now());
  http::SendOptions options;
  options.connect_timeout = options.idle_timeout = webhook_patience;
  options.body_bytes_max = answer_bytes_max;
  options.stop = stop;
  const auto response = co_await post.transport.send(request, options);
  // An error's words may repeat the address, which may be a secret.
  if (!response)
    co_return failed(target.url_env.empty() ? response.error().message
                                            : fmt::format("no answer ({})", name_of(response.error().kind)));
  co_return judged(*response);
}

// A member of the payload's data, or "".
std::string told(json::View root, std::string_view pointer) {
  return std::string(root.at_pointer(pointer).as_string().value_or(""));
}

ProgramCall call_of(const model::Delivery& delivery, const model::NotifyTarget& target) {
  ProgramCall call;
  call.command = target.command;
  call.standard_input = delivery.payload;
  call.folder = "/";
  call.patience = command_patience;
  json::Document document;
  if (const auto root = document.parse(delivery.payload))
    call.environment = {{"BATCHD_EVENT", delivery.event},
                        {"BATCHD_RUN", delivery.run},
                        {"BATCHD_JOB", told(*root, "/data/job")},
                        {"BATCHD_TEXT", told(*root, "/text")}};
  return call;
}

async::Task<Tried> by_command(const Post& post, const model::Delivery& delivery, const model::NotifyTarget& target) {
  const auto call = call_of(delivery, target);
  auto run = [&] { return run_program(call); };
  const auto end = co_await post.workers.run(run);
  if (!end) co_return failed(end.error().message);
  Tried tried;
  tried.arrived = end->exit_code == 0 && !end->was_killed;
  tried.detail = end->was_killed ? fmt::format("killed after {} s",
                                               std::chrono::duration_cast<std::chrono::seconds>(call.patience).count())
                                 : fmt::format("exit code {}", end->exit_code);
  if (!tried.arrived && !end->output.empty()) tried.detail += ": " + as_utf8(end->output);
  co_return tried;
}

}  // namespace

std::optional<Duration> pause_after(std::uint32_t attempts) {
  if (attempts == 0) return Duration(0);
  if (attempts > pauses.size()) return std::nullopt;
  return pauses[attempts - 1];
}

async::Task<model::Delivery> deliver(const Post& post, model::Delivery delivery, async::StopToken stop) {
  const auto target = target_from_text(delivery.target);
  Tried tried;
  if (!target) {
    tried = {false, true, target.error().message};
  } else if (target->is_command()) {
    tried = co_await by_command(post, delivery, *target);
  } else {
    tried = co_await by_webhook(post, delivery, *target, stop);
  }
  const auto now = post.loop.clock().now();
  const auto pause = pause_after(delivery.attempts);
  delivery.detail = std::string(beginning_of(tried.detail, detail_bytes_max));
  delivery.next_try_at = now + pause.value_or(Duration(0));
  if (tried.arrived)
    delivery.state = DeliveryState::delivered;
  else if (tried.is_hopeless || !pause)
    delivery.state = DeliveryState::given_up;
  co_return delivery;
}

}  // namespace batchd::notify
