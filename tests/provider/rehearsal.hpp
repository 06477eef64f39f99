#pragma once
// A provider, a remote that does as a test says, and a turned clock between them. Every error a test looks at and
// every line of the log is searched for the key.

#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "ground/http/in_process_transport.hpp"
#include "line/provider/provider.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::test {

inline constexpr std::string_view secret = "sk-9f3c0d7e51b24a66";
inline constexpr const char* key_variable = "BATCHD_PROVIDER_TEST_KEY";
inline const Time noon = from_unix_seconds(1'795'435'200);

struct Call {
  std::string line;  // "POST /v1/batches"
  std::string body;
  http::Headers headers;
  Time at{};
};

// Answers in order what it was told to; the last answer again when they run out.
class FakeRemote final : public http::Handler {
 public:
  explicit FakeRemote(const Clock& clock) : clock_(clock) {}

  std::vector<Call> calls;
  std::function<http::ServerResponse(const Call&)> respond;  // instead of the list

  http::ServerResponse& then(int status, std::string body = {}) {
    http::ServerResponse response;
    response.status = status;
    response.headers.set("Content-Type", "application/json");
    response.headers.set("Date", format_http_date(clock_.now()));
    response.body = std::move(body);
    answers_.push_back(std::move(response));
    return answers_.back();
  }

  async::Task<http::ServerResponse> handle(http::ServerRequest request) override {
    Call call{std::string(name_of(request.method)) + " " + request.target, request.body_text(64 << 20).value(),
              request.headers, clock_.now()};
    calls.push_back(call);
    if (respond) co_return respond(call);
    REQUIRE_FALSE(answers_.empty());
    http::ServerResponse answer = answers_.front();
    if (answers_.size() > 1) answers_.pop_front();
    co_return answer;
  }

  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const auto& call : calls)
      lines.push_back(call.line);
    return lines;
  }

 private:
  const Clock& clock_;
  std::deque<http::ServerResponse> answers_;
};

inline std::optional<std::string> read_variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? std::optional<std::string>(value) : std::nullopt;
}

struct Rehearsal {
  TemporaryFolder folder;
  TurnedClock clock{noon};
  async::Loop loop{clock};
  Random random{7};
  RecordingLog log;
  FakeRemote remote{clock};
  http::InProcessTransport transport{loop, remote, random, folder.path()};
  model::ProviderSpec spec;
  std::unique_ptr<provider::Provider> provider;
  async::StopToken stop;

  explicit Rehearsal(model::Profile profile = model::Profile::openai) {
    ::setenv(key_variable, std::string(secret).c_str(), 1);
    spec.name = "acme";
    spec.profile = profile;
    spec.base_url = "https://api.acme.test/v1";
    spec.api_key_env = key_variable;
    connect();
  }
  ~Rehearsal() { CHECK_FALSE(log.has(secret)); }

  void connect() { provider = provider::make_provider(spec, {loop, transport, log, random, read_variable}); }

  // The call of that number (from 0) meets this fault.
  void fault_at(std::uint64_t n, http::Fault fault) {
    transport.set_faults([n, fault, count = std::uint64_t(0)](const http::Request&) mutable {
      return count++ == n ? fault : http::Fault();
    });
  }

  auto upload(provider::UploadRequest request) { return loop.run(provider->upload(std::move(request), stop)); }
  auto create() {
    provider::CreateRequest request;
    request.input_file_id = "file-7c1e";
    request.endpoint = "/v1/chat/completions";
    request.completion_window = "24h";
    request.metadata = {
        {"batchd_job", "nightly"}, {"batchd_run", "01jabc"}, {"batchd_shard", "3"}, {"batchd_submission", "1"}};
    return loop.run(provider->create(std::move(request), stop));
  }
  auto find(Time since = noon - std::chrono::hours(1), std::vector<provider::FindRequest::Witness> witnesses = {}) {
    provider::FindRequest request;
    request.input_file_id = "file-7c1e";
    request.run = "01jabc";
    request.shard = 3;
    request.since = since;
    request.witnesses = std::move(witnesses);
    return loop.run(provider->find(std::move(request), stop));
  }
  auto poll(std::string id = "batch_1") { return loop.run(provider->poll(std::move(id), stop)); }
  auto cancel(std::string id = "batch_1") { return loop.run(provider->cancel(std::move(id), stop)); }
  auto fetch(std::string id, const Path& target) { return loop.run(provider->fetch(std::move(id), target, stop)); }
  auto remove(std::string id) { return loop.run(provider->remove(std::move(id), stop)); }
};

// The error of what should have failed; whatever it says, it does not say the key.
template <typename T>
Error failure_of(const Result<T>& result) {
  REQUIRE_FALSE(result.ok());
  const Error& error = result.error();
  CHECK(error.message.find(secret) == std::string::npos);
  CHECK(error.hint.find(secret) == std::string::npos);
  CHECK(error.code.find(secret) == std::string::npos);
  CHECK_FALSE(error.message.empty());
  return error;
}

}  // namespace batchd::test
