#pragma once
// A world and somebody who talks to it, in one process under a turned clock. For tests only: what cannot go wrong is
// not checked twice.

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "doors/simulator/simulator.hpp"
#include "ground/async/loop.hpp"
#include "ground/base/random.hpp"
#include "ground/http/in_process_transport.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::simulator {

using FaultList = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view openai = "/v1";
inline constexpr std::string_view dashscope = "/compatible-mode/v1";
inline constexpr std::string_view chat_endpoint = "/v1/chat/completions";

// What came back, parsed when it is JSON.
struct Came {
  bool lost = false;  // no answer: the connection was cut
  int status = 0;
  http::Headers headers;
  std::string text;
  std::shared_ptr<json::Document> document = std::make_shared<json::Document>();

  json::View body() const { return document->root(); }
  std::string at(std::string_view pointer) const {
    const auto value = body().at_pointer(pointer);
    return std::string(value.as_string().value_or(value ? value.source_text() : "(absent)"));
  }
};

// Between world and transport: remembers the last answer as it is on the wire, before a client makes anything of it.
class Wiretap final : public http::Handler {
 public:
  explicit Wiretap(http::Handler& world) : world_(world) {}
  http::BodyPlan plan_body(const http::ServerRequest& head) override { return world_.plan_body(head); }
  async::Task<http::ServerResponse> handle(http::ServerRequest request) override {
    auto answer = co_await world_.handle(std::move(request));
    headers = answer.headers;
    body.clear();
    if (const auto* text = std::get_if<std::string>(&answer.body)) body = *text;
    if (const auto* range = std::get_if<http::FileRange>(&answer.body)) {
      const auto file = File::open_to_read(range->path);
      check(file.ok(), "an answer's file can be opened");
      const auto length = range->length.value_or(*file->size() - range->offset);
      check(file->read_at(range->offset, length, body).ok(), "an answer's file can be read");
    }
    co_return answer;
  }

  http::Headers headers;
  std::string body;

 private:
  http::Handler& world_;
};

class Rehearsal {
 public:
  explicit Rehearsal(FaultList faults = {}, std::uint64_t seed = 1, std::string fallback_schema = {}) {
    settings_.folder = folder_ / "world";
    settings_.seed = seed;
    settings_.faults = std::move(faults);
    settings_.fallback_schema = std::move(fallback_schema);
    open();
  }

  // As after a kill: nothing survives but what lies on disk.
  void reopen() {
    transport_.reset();
    wire_.reset();
    simulator_.reset();
    loop_.reset();
    open();
  }
  void reopen_with(FaultList faults) {
    settings_.faults = std::move(faults);
    reopen();
  }

  Settings& settings() { return settings_; }
  TurnedClock& clock() { return clock_; }
  const test::TemporaryFolder& folder() const { return folder_; }
  Path world() const { return settings_.folder; }
  void pass(Duration duration) { clock_.turn_by(duration); }
  void pass_until_all_is_done() { pass(std::chrono::minutes(10)); }

  Came send(http::Request request) {
    const http::SendOptions options;
    auto sent = loop_->run(transport_->send(request, options));
    Came came;
    if (!sent) {
      came.lost = true;
      came.text = sent.error().message;
      return came;
    }
    came.status = sent->status;
    came.headers = sent->headers;
    came.text = std::move(sent->body);
    const json::ParseOptions lenient{.duplicate_keys_are_errors = false};
    if (!came.document->parse(came.text, lenient).ok()) (void)came.document->parse("null");
    return came;
  }

  Came call(http::Method method, std::string_view path, std::string body = {}) {
    http::Request request;
    request.method = method;
    request.url = "http://world.invalid" + std::string(path);
    request.headers.set("Authorization", "Bearer made-up");
    if (!body.empty()) request.body = std::move(body);
    return send(std::move(request));
  }
  Came get(std::string_view path) { return call(http::Method::get, path); }
  Came post(std::string_view path, std::string body = {}) { return call(http::Method::post, path, std::move(body)); }

  Came upload(std::string_view base, std::string content, std::string filename = "input.jsonl",
              std::string purpose = "batch") {
    http::Request request;
    request.method = http::Method::post;
    request.url = "http://world.invalid" + std::string(base) + "/files";
    request.headers.set("Authorization", "Bearer made-up");
    http::MultipartField purpose_field;
    purpose_field.name = "purpose";
    purpose_field.content = std::move(purpose);
    http::MultipartField file_field;
    file_field.name = "file";
    file_field.filename = std::move(filename);
    file_field.content = std::move(content);
    http::Multipart form;
    form.fields = {purpose_field, file_field};
    request.body = std::move(form);
    return send(std::move(request));
  }

  // `more`: further members, beginning with a comma.
  Came create(std::string_view base, std::string_view file_id, std::string_view more = {}) {
    return post(std::string(base) + "/batches", R"({"input_file_id":")" + std::string(file_id) +
                                                    R"(","endpoint":"/v1/chat/completions","completion_window":"24h")" +
                                                    std::string(more) + "}");
  }
  // Uploaded, created, waited for; the batch as it is then.
  Came run_batch(std::string_view base, std::string content) {
    const auto file = upload(base, std::move(content)).at("/id");
    const auto batch = create(base, file).at("/id");
    pass_until_all_is_done();
    return get(std::string(base) + "/batches/" + batch);
  }
  // The content of a result file; "" for null.
  std::string content(std::string_view base, const Came& batch, std::string_view pointer) {
    const auto id = batch.at(pointer);
    return id == "null" ? "" : get(std::string(base) + "/files/" + id + "/content").text;
  }
  std::string output(std::string_view base, const Came& batch) { return content(base, batch, "/output_file_id"); }
  std::string errors(std::string_view base, const Came& batch) { return content(base, batch, "/error_file_id"); }

  const Wiretap& wire() const { return *wire_; }
  std::string journal() const { return folder_.read("world/journal.jsonl"); }

 private:
  void open() {
    loop_ = std::make_unique<async::Loop>(clock_);
    auto opened = Simulator::open(*loop_, settings_);
    check(opened.ok(), "the world opens");
    simulator_ = std::move(*opened);
    wire_ = std::make_unique<Wiretap>(*simulator_);
    std::filesystem::create_directories(folder_ / "spool");
    transport_ = std::make_unique<http::InProcessTransport>(*loop_, *wire_, random_, folder_ / "spool");
  }

  test::TemporaryFolder folder_;
  TurnedClock clock_{from_unix_seconds(1'790'000'000)};
  Random random_{7};
  Settings settings_;
  std::unique_ptr<async::Loop> loop_;
  std::unique_ptr<Simulator> simulator_;
  std::unique_ptr<Wiretap> wire_;
  std::unique_ptr<http::InProcessTransport> transport_;
};

inline std::string request_body(std::string_view question, std::string_view more = {}) {
  std::string body = R"({"model":"qwen-plus","messages":[{"role":"system","content":"Answer in JSON."},)"
                     R"({"role":"user","content":)";
  json::append_quoted(body, question);
  return body + "}]" + std::string(more) + "}";
}

inline std::string request_line(std::string_view custom_id, std::string_view body) {
  return R"({"custom_id":")" + std::string(custom_id) + R"(","method":"POST","url":"/v1/chat/completions","body":)" +
         std::string(body) + "}\n";
}

// So many requests, each with a question of its own; custom ids "i-0", "i-1", …
inline std::string some_requests(std::size_t count, std::string_view more = {}) {
  std::string lines;
  for (std::size_t i = 0; i < count; ++i)
    lines += request_line("i-" + std::to_string(i), request_body("What of number " + std::to_string(i) + "?", more));
  return lines;
}

inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return lines;
}

}  // namespace batchd::simulator
