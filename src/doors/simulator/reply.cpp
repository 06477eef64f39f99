#include "doors/simulator/reply.hpp"

#include <fmt/format.h>

#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

void string_or_null(json::Writer& writer, std::string_view key, std::string_view text) {
  writer.key(key);
  if (text.empty()) {
    writer.null();
  } else {
    writer.string(text);
  }
}

void write_error(json::Writer& writer, const ApiError& error) {
  writer.key("error").begin_object().key("message").string(error.message).key("type").string(error.type);
  string_or_null(writer, "param", error.param);
  string_or_null(writer, "code", error.code);
  writer.end_object();
}

}  // namespace

http::ServerResponse json_answer(std::string body, int status) {
  http::ServerResponse response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

std::string error_body(const ApiError& error) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  write_error(writer, error);
  writer.end_object();
  return body;
}

http::ServerResponse error_answer(const ApiError& error) { return json_answer(error_body(error), error.status); }

ApiError missing_parameter(std::string_view name) {
  return {.message = fmt::format("Missing required parameter: '{}'.", name),
          .code = "missing_required_parameter",
          .param = std::string(name)};
}

ApiError no_such_file(std::string_view id) {
  return {.status = 404, .message = fmt::format("No such File object: {}", id), .code = {}, .param = "id"};
}

ApiError no_such_batch(std::string_view id) {
  return {.status = 404, .message = fmt::format("No batch found with id '{}'.", id), .code = {}, .param = {}};
}

ApiError no_such_route(std::string_view method, std::string_view path) {
  return {.status = 404, .message = fmt::format("Invalid URL ({} {})", method, path), .code = {}, .param = {}};
}

ApiError no_key() {
  return {.status = 401,
          .message =
              "You didn't provide an API key. You need to provide your API key in an Authorization header using "
              "Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
          .code = {},
          .param = {}};
}

ApiError wrong_key() {
  return {.status = 401, .message = "Incorrect API key provided.", .code = "invalid_api_key", .param = {}};
}

ApiError broken_world(std::string_view why) {
  return {.status = 500,
          .message = fmt::format("The simulator cannot go on: {}", why),
          .code = {},
          .param = {},
          .type = "server_error"};
}

}  // namespace batchd::simulator
