// Any bytes as a request: the API answers each with a status, every refusal is a problem with a sentence, nobody
// without a token learns or changes anything, and nothing is our own mistake (5xx).

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <unistd.h>

#include "core/store/store.hpp"
#include "doors/daemon/api.hpp"
#include "ground/base/check.hpp"
#include "ground/http/server_request.hpp"
#include "ground/json/document.hpp"

namespace {

using namespace batchd;

std::unique_ptr<store::Store> opened(const Path& folder) {
  auto store = store::Store::open(folder / "batchd.db", store::Mode::read_write);
  check(store.ok(), "a store can be opened");
  return std::move(*store);
}

// A daemon without jobs and runs, in a folder that goes with the process.
struct Daemon {
  explicit Daemon(bool tokens_needed) : rules{tokens_needed, {}} {}
  ~Daemon() { std::filesystem::remove_all(folder); }

  static Path new_folder() {
    static int count = 0;
    const auto folder = std::filesystem::temp_directory_path() /
                        ("batchd-fuzz-api-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    check(make_folders(folder / "jobs").ok(), "a folder can be made");
    return folder;
  }

  Path folder = new_folder();
  daemon::AccessRules rules;
  TurnedClock clock{*parse_utc("2026-11-29T00:00:00Z")};
  async::Loop loop{clock};
  std::unique_ptr<store::Store> store = opened(folder);
  async::Lane sql{loop, "sql"};
  async::WorkerPool workers{loop, 1};
  RecordingLog log;
  Random random{1};
  runner::Surroundings around{loop, sql, workers, *store, {}, folder, this_process(), log, random};
  job::Config config;
  daemon::JobFolder jobs{folder / "jobs", config, {}};
  daemon::EventFeed feed{loop, log, "life"};
  daemon::RunPool pool{around, config, {}, feed};
  daemon::Scheduler scheduler{around, jobs, pool};
  daemon::Access access{around, rules};
  daemon::Metrics metrics{around, "0"};
  daemon::Api api{around, jobs, pool, scheduler, feed, access, config, "0", metrics};
};

http::Method method_of(std::string_view name) { return http::method_from(name).value_or(http::Method::get); }

std::string_view taken_until(std::string_view& text, char end) {
  const auto at = text.find(end);
  const auto part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return part;
}

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '-'; });
}

// "POST /api/v1/…", then a header a line.
http::ServerRequest request_of(std::string_view text, std::string peer) {
  auto first = taken_until(text, '\n');
  const auto method = method_of(taken_until(first, ' '));
  std::string target = "/" + std::string(first.substr(first.starts_with('/') ? 1 : 0));
  http::Headers headers;
  while (!text.empty()) {
    auto line = taken_until(text, '\n');
    const auto name = taken_until(line, ':');
    if (is_name(name) && http::is_header_value(line)) headers.add(std::string(name), std::string(line));
  }
  return http::make_server_request(method, std::move(target), std::move(headers), std::move(peer));
}

void check_answer(const http::ServerRequest& request, const http::ServerResponse& answer, bool is_stranger) {
  check(answer.status >= 200 && answer.status < 500, "what is asked wrongly is no mistake of ours");
  const bool is_open = request.path == "/healthz" || request.path == "/readyz" || request.path == "/openapi.json";
  check(!is_stranger || is_open || answer.status >= 400, "who shows no token gets nothing");
  if (answer.status < 400) return;
  const auto* body = std::get_if<std::string>(&answer.body);
  check(body != nullptr, "a refusal says why");
  json::Document document;
  const auto root = document.parse(*body);
  check(root.ok(), "a refusal is a problem");
  check(root->find("status").as_int64() == answer.status && !root->find("detail").as_string().value_or("").empty(),
        "with its status and a sentence");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Daemon local(false);
  static Daemon guarded(true);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (auto* daemon : {&local, &guarded}) {
    const auto request = request_of(text, "127.0.0.1:50000");
    const auto plan = daemon->api.plan_body(request);
    auto asked = request_of(text, "127.0.0.1:50000");
    const auto answer = daemon->loop.run(daemon->api.handle(std::move(asked)));
    check_answer(request, answer, daemon == &guarded);
    check(!plan.answer_now || plan.answer_now->status == answer.status, "the door says the same both times");
  }
  return 0;
}
