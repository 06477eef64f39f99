#include "doors/daemon/problem.hpp"

#include <fmt/format.h>

#include "ground/http/message.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"

namespace batchd::daemon {
namespace {

ErrorKind kind_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return ErrorKind::denied;
    case 404:
      return ErrorKind::not_found;
    case 409:
      return ErrorKind::conflict;
    case 429:
      return ErrorKind::throttled;
    case 503:
      return ErrorKind::unavailable;
    default:
      return status < 500 ? ErrorKind::invalid : ErrorKind::internal;
  }
}

}  // namespace

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::not_found:
      return 404;
    case ErrorKind::invalid:
    case ErrorKind::rejected:
      return 422;
    case ErrorKind::conflict:
      return 409;
    case ErrorKind::denied:
      return 403;
    case ErrorKind::throttled:
      return 429;
    case ErrorKind::unavailable:
    case ErrorKind::network:
    case ErrorKind::cancelled:
      return 503;
    default:
      return 500;
  }
}

void add_safe_headers(http::Headers& headers) {
  headers.set("Cache-Control", "no-store");
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "no-referrer");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
}

http::ServerResponse answer(int status, std::string_view content_type, std::string body) {
  http::ServerResponse response;
  response.status = status;
  response.headers.set("Content-Type", std::string(content_type));
  add_safe_headers(response.headers);
  response.body = std::move(body);
  return response;
}

http::ServerResponse json_answer(int status, std::string body) {
  return answer(status, "application/json", std::move(body));
}

http::ServerResponse see_other(const std::string& address) {
  auto response = answer(303, "text/plain; charset=utf-8", "");
  response.headers.set("Location", address);
  return response;
}

http::ServerResponse problem(int status, const std::string& detail, const std::string& hint) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("type").string("about:blank").key("title").string(http::reason_phrase(status));
  writer.key("status").integer(status).key("detail").string(detail);
  if (!hint.empty()) writer.key("hint").string(hint);
  writer.end_object();
  return answer(status, "application/problem+json", std::move(body));
}

http::ServerResponse problem(const Error& error) { return problem(status_of(error.kind), error.message, error.hint); }

http::ServerResponse problem_of_server(int status, std::string text) {
  if (text.ends_with('.')) text.pop_back();
  auto response = problem(status, text);
  response.close = true;
  return response;
}

Error error_of_problem(int status, std::string_view body) {
  json::Document document;
  const auto root = document.parse(body);
  const auto text = [&](std::string_view name) {
    return root ? std::string(root->find(name).as_string().value_or("")) : std::string();
  };
  auto detail = text("detail");
  if (detail.empty()) detail = fmt::format("the daemon answered HTTP {}", status);
  return {kind_of(status), std::move(detail), text("hint")};
}

}  // namespace batchd::daemon
