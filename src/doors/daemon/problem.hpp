#pragma once
// Answers of the API: JSON, and RFC 9457 problems.

#include <string>
#include <string_view>

#include "ground/base/result.hpp"
#include "ground/http/handler.hpp"

namespace batchd::daemon {

http::ServerResponse answer(int status, std::string_view content_type, std::string body);
http::ServerResponse json_answer(int status, std::string body);
// Nothing of a browser's kind may be made of what we send.
void add_safe_headers(http::Headers& headers);

// On to another page, which is asked for with GET.
http::ServerResponse see_other(const std::string& address);

// The status that fits an error's kind.
int status_of(ErrorKind kind);

// {"type","title","status","detail","hint"} as application/problem+json.
http::ServerResponse problem(int status, const std::string& detail, const std::string& hint = "");
// With the status that fits the error's kind.
http::ServerResponse problem(const Error& error);
// For what the server itself refuses: a sentence as it says it, with its full stop.
http::ServerResponse problem_of_server(int status, std::string text);
// The other way, for who has asked: a problem's body in our own words.
Error error_of_problem(int status, std::string_view body);

}  // namespace batchd::daemon
