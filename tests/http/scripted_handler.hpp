#pragma once
// A handler that does as a test says and keeps what it saw.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ground/http/handler.hpp"

namespace batchd::test {

struct Seen {
  http::Method method = http::Method::get;
  std::string target;
  http::Headers headers;
  std::string body;
  bool spooled = false;
};

class ScriptedHandler final : public http::Handler {
 public:
  std::function<http::ServerResponse(http::ServerRequest&)> respond;
  std::function<http::BodyPlan(const http::ServerRequest&)> plan;
  std::function<http::ServerResponse(int status, const std::string& text)> refuse;
  std::vector<Seen> seen;

  http::BodyPlan plan_body(const http::ServerRequest& head) override { return plan ? plan(head) : http::BodyPlan(); }

  http::ServerResponse refusal(int status, std::string text) override {
    return refuse ? refuse(status, text) : Handler::refusal(status, std::move(text));
  }

  async::Task<http::ServerResponse> handle(http::ServerRequest request) override {
    Seen one{request.method, request.target, request.headers, request.body_text(64 << 20).value(),
             std::holds_alternative<http::SpooledFile>(request.body)};
    seen.push_back(std::move(one));
    if (respond) co_return respond(request);
    http::ServerResponse response;
    response.headers.add("Content-Type", "text/plain");
    response.body = seen.back().body.empty() ? "hello" : "echo " + seen.back().body;
    co_return response;
  }
};

}  // namespace batchd::test
