#include "line/provider/wrong_address.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "line/provider/one_line.hpp"

namespace batchd::provider {
namespace {

constexpr std::size_t page_bytes_looked_at = 200;

// "v1", "v4".
bool is_version(std::string_view segment) {
  return segment.size() >= 2 && segment.front() == 'v' &&
         std::all_of(segment.begin() + 1, segment.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_web_page(const http::Response& response) {
  const auto type = response.headers.find("Content-Type");
  if (type && contains_without_case(*type, "text/html")) return true;
  const auto start = std::string_view(response.body).substr(0, page_bytes_looked_at);
  return contains_without_case(start, "<html") || contains_without_case(start, "<!doctype html");
}

bool page_means_wrong_address(int status) {
  if (status >= 500) return false;
  constexpr int told_on_purpose[] = {401, 402, 403, 407, 408, 413, 429};
  return std::find(std::begin(told_on_purpose), std::end(told_on_purpose), status) == std::end(told_on_purpose);
}

std::string looks_wrong(std::string_view base_url) {
  return fmt::format("a web page answered, which does not look like an OpenAI-compatible API; base_url is {}",
                     base_url);
}

std::string hint_for_address(std::string_view base_url) {
  const auto segment = base_url.substr(base_url.rfind('/') + 1);
  if (!is_version(segment)) return fmt::format("Should base_url end in /v1 ({}/v1)?", base_url);
  return fmt::format("Does base_url ({}) lead to the API, and no proxy or log-in page in between?", base_url);
}

bool wants_https(std::string_view words) {
  // nginx and its kin; Go's server.
  return contains_without_case(words, "plain HTTP request was sent to HTTPS port") ||
         contains_without_case(words, "sent an HTTP request to an HTTPS server") ||
         contains_without_case(words, "speaking plain HTTP to an SSL-enabled server port");
}

}  // namespace batchd::provider
