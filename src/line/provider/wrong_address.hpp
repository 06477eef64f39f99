#pragma once
// Internal to the room: signs that base_url does not lead to the API. PURE.

#include <string>
#include <string_view>

#include "ground/http/message.hpp"

namespace batchd::provider {

// An API answers in JSON; a page is somebody else's: a site at the same host, a log-in, a proxy's notice.
bool is_web_page(const http::Response& response);

// The page is not an answer of the API that failed (those are 5xx, and a gateway's page for them is common), nor of
// somebody in front of it who knows what was asked (401, 402, 403, 407, 408, 413, 429): the address is wrong.
bool page_means_wrong_address(int status);

// "a web page answered, which does not look like an OpenAI-compatible API; base_url is https://…".
std::string looks_wrong(std::string_view base_url);

// "Should base_url end in /v1 (https://…/v1)?", or what else to check.
std::string hint_for_address(std::string_view base_url);

// A server on an https port that was spoken to in plain HTTP says so in words of its own.
bool wants_https(std::string_view words);

}  // namespace batchd::provider
