#pragma once
// HTTP answers: JSON, and errors in the shape both dialects share.

#include <string>
#include <string_view>

#include "ground/http/handler.hpp"

namespace batchd::simulator {

struct ApiError {
  int status = 400;
  std::string message;
  std::string code;   // "": null
  std::string param;  // "": null
  std::string type = "invalid_request_error";
};

http::ServerResponse json_answer(std::string body, int status = 200);
http::ServerResponse error_answer(const ApiError& error);
std::string error_body(const ApiError& error);  // {"error":{…}}

ApiError missing_parameter(std::string_view name);
ApiError no_such_file(std::string_view id);
ApiError no_such_batch(std::string_view id);
ApiError no_such_route(std::string_view method, std::string_view path);
ApiError no_key();
ApiError wrong_key();
// The world itself is in trouble: a full disk, a folder taken away.
ApiError broken_world(std::string_view why);

}  // namespace batchd::simulator
