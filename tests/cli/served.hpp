#pragma once
// `batchd serve` beside a provider's account, and a client of it.

#include <algorithm>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "cli/account.hpp"
#include "ground/http/socket_transport.hpp"

namespace batchd::cli::test {

// The daemon over the account's folder, and a client of it.
class Served {
 public:
  explicit Served(const Account& account, const Words& more = {})
      : account_(account), program_(account.folder.path(), words(more)) {
    const auto said = program_.first_line();
    json::Document document;
    const auto parsed = document.parse(said);
    REQUIRE_MESSAGE(parsed.ok(), said);
    for (const auto address : parsed->find("addresses").elements()) {
      const std::string text(address.as_string().value_or(""));
      if (text.starts_with("http://")) base_ = text;
    }
    REQUIRE_FALSE(base_.empty());
  }

  http::Response send(http::Method method, const std::string& target, const http::Headers& headers = {},
                      const std::string& body = "") {
    http::Request request;
    request.body = body;
    request.method = method;
    request.url = base_ + target;
    request.headers = headers;
    const http::SendOptions options;
    auto answer = loop_.run(transport_.send(request, options));
    REQUIRE_MESSAGE(answer.ok(), (answer.ok() ? "" : answer.error().text()));
    return std::move(*answer);
  }
  http::Response get(const std::string& target) { return send(http::Method::get, target); }
  http::Response post(const std::string& target, const http::Headers& headers = {}) {
    return send(http::Method::post, target, headers);
  }
  // Side by side, on two connections.
  std::pair<http::Response, http::Response> post_twice(const std::string& target, const http::Headers& headers) {
    http::Request request;
    request.method = http::Method::post;
    request.url = base_ + target;
    request.headers = headers;
    std::vector<http::Response> answers;
    const auto ask = [&]() -> async::Task<void> {
      const http::SendOptions options;
      auto answer = co_await transport_.send(request, options);
      if (answer) answers.push_back(std::move(*answer));
    };
    const auto both = [&]() -> async::Task<void> {
      async::TaskGroup group(loop_);
      group.spawn(ask());
      group.spawn(ask());
      co_await group.join();
    };
    loop_.run(both());
    REQUIRE(answers.size() == 2);
    return {answers[0], answers[1]};
  }
  std::string text_at(const http::Response& answer, std::string_view pointer) {
    const auto parsed = document_.parse(answer.body);
    REQUIRE_MESSAGE(parsed.ok(), answer.body);
    return std::string(parsed->at_pointer(pointer).as_string().value_or(""));
  }
  std::string begin(const std::string& job, const http::Headers& headers = {}) {
    const auto begun = post("/api/v1/jobs/" + job + "/runs", headers);
    CHECK_MESSAGE((begun.status == 202 || begun.status == 200), begun.body);
    return text_at(begun, "/id");
  }
  // As soon as the run is over. Its state.
  std::string wait_for(const std::string& run, const http::Headers& headers = {}) {
    for (;;) {
      const auto answer = send(http::Method::get, "/api/v1/runs/" + run, headers);
      const auto state = answer.status == 200 ? text_at(answer, "/state") : "none";
      if (state != "none" && state != "created" && state != "running" && state != "finalizing") return state;
      (void)loop_.run(loop_.sleep_for(std::chrono::milliseconds(20)));
    }
  }
  Program& program() { return program_; }
  const std::string& base() const { return base_; }

 private:
  static Words words(const Words& more) {
    Words words{"serve", "--json", "--jobs", ".", "--listen", "127.0.0.1:0"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  const Account& account_;
  Program program_;
  async::Loop loop_;
  http::SocketTransport transport_{loop_, {}};
  json::Document document_;
  std::string base_;
};

// A config under which who comes by TCP needs a token, and tokens.
inline void open_to_others(const Account& account) {
  account.folder.write("batchd.yaml", account.folder.read("batchd.yaml") + "serve: {behind_proxy: true}\n");
}
inline http::Headers token_of(const Account& account, const Words& scopes) {
  std::string name = "t";
  Words words{"token", "create"};
  for (const auto& scope : scopes)
    name += "-" + scope;
  words.push_back(name);
  for (const auto& scope : scopes) {
    words.emplace_back("--scope");
    words.push_back(scope);
  }
  const auto made = account.run(words).out;
  return {{"Authorization", "Bearer " + made.substr(0, made.find('\n'))}};
}

}  // namespace batchd::cli::test
