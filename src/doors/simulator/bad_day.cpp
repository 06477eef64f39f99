#include "doors/simulator/bad_day.hpp"

#include <algorithm>
#include <array>

#include "doors/simulator/disguise.hpp"
#include "doors/simulator/draw.hpp"
#include "ground/base/compression.hpp"
#include "ground/base/files.hpp"

namespace batchd::simulator {
namespace {

constexpr std::string_view page =
    "<!DOCTYPE html>\n<html><head><title>Please sign in</title></head>\n"
    "<body><h1>Welcome to the network</h1><p>Accept the terms to go on.</p></body></html>\n";

bool is_download(const Call& call, std::string_view route) {
  return call.request.method == http::Method::get && route.starts_with("/files/") && route.ends_with("/content");
}

// What a proxy, a portal or a server in trouble puts in an answer's place.
std::string garbage_for(std::string text, std::uint64_t key) {
  switch (Draw(key).below(4)) {
    case 0:
      return std::string(page);
    case 1:
      return text.substr(0, text.size() / 2);
    case 2:
      return "{}";
    default:
      return {};
  }
}

std::uint64_t body_bytes(const http::ServerResponse& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return text->size();
  const auto* range = std::get_if<http::FileRange>(&response.body);
  if (!range) return 0;
  if (range->length) return *range->length;
  const auto file = File::open_to_read(range->path);
  const auto size = file ? file->size() : file.error();
  return size && *size > range->offset ? *size - range->offset : 0;
}

// As servers do that never look at Accept-Encoding. A larger file goes out as it is.
void compress(http::ServerResponse& response) {
  constexpr std::uint64_t plain_bytes_max = 64 * 1024 * 1024;
  const std::uint64_t bytes = body_bytes(response);
  if (bytes > plain_bytes_max) return;
  std::string plain;
  if (auto* text = std::get_if<std::string>(&response.body)) plain = std::move(*text);
  if (const auto* range = std::get_if<http::FileRange>(&response.body)) {
    const auto file = File::open_to_read(range->path);
    if (!file || !file->read_at(range->offset, bytes, plain)) return;
  }
  response.body = gzip(plain);
  response.headers.set("Content-Encoding", "gzip");
}

}  // namespace

std::optional<http::ServerResponse> BadDay::refusal(const Call& call, std::uint64_t number) const {
  const auto hit = [&](const Share& share) { return share.hits(seed_, call.key); };
  const bool dashscope = call.dialect == Dialect::dashscope;
  const bool revoked = faults_.auth_after.value > 0 && number > faults_.auth_after.value;
  if (revoked || hit(faults_.auth)) return error_answer(wrong_key());
  if (hit(faults_.forbidden))
    return error_answer({.status = 403,
                         .message = "Access denied: made up by the fault forbidden.",
                         .code = dashscope ? "AccessDenied" : "permission_denied",
                         .param = {}});
  if (hit(faults_.unpaid)) {
    if (dashscope)
      return error_answer({.message = "Access denied, please make sure your account is in good standing.",
                           .code = "Arrearage",
                           .param = {}});
    return error_answer({.status = 429,
                         .message = "You exceeded your current quota, please check your plan and billing details.",
                         .code = "insufficient_quota",
                         .param = {},
                         .type = "insufficient_quota"});
  }
  const bool stormy = number > 1 && number - 1 <= faults_.storm_429.value;
  if (stormy || hit(faults_.rate_429)) return throttled(call.dialect, call);
  const bool internal = hit(faults_.rate_500);
  if (!internal && !hit(faults_.rate_503)) return std::nullopt;
  return later(error_answer({.status = internal ? 500 : 503,
                             .message = "The server had an error, made up by a fault.",
                             .code = {},
                             .param = {},
                             .type = "server_error"}),
               call);
}

http::ServerResponse BadDay::throttled(Dialect dialect, const Call& call) const {
  return later(error_answer({.status = 429,
                             .message = "Rate limit reached, made up by a fault.",
                             .code = dialect == Dialect::dashscope ? "limit_requests" : "rate_limit_exceeded",
                             .param = {},
                             .type = "requests"}),
               call);
}

http::ServerResponse BadDay::later(http::ServerResponse response, const Call& call) const {
  const Duration wait = faults_.retry_after_ms.value;
  if (wait <= Duration(0)) return response;
  const auto seconds = (wait.count() + 999) / 1000;
  if (faults_.retry_after_date.hits(seed_, call.key)) {
    response.headers.set("Retry-After", format_http_date(call.now + std::chrono::seconds(seconds)));
  } else {
    response.headers.set("Retry-After", std::to_string(seconds));
    response.headers.set("retry-after-ms", std::to_string(wait.count()));
  }
  return response;
}

std::uint64_t BadDay::cut_of(std::uint64_t length) const {
  const std::uint64_t wished = faults_.cut_at_bytes.value;
  const std::uint64_t cut = wished > 0 && wished < length ? wished : length / 2;
  return std::max<std::uint64_t>(cut, 1);
}

void BadDay::spoil_download(const Call& call, http::ServerResponse& response) const {
  if (faults_.garbage_download.hits(seed_, call.key)) {
    response.headers.set("Content-Type", "text/html");
    response.body = std::string(page);
  }
  if (faults_.gzip.hits(seed_, call.key)) compress(response);
  if (faults_.truncate_download.hits(seed_, call.key)) response.cut_after_body_bytes = cut_of(body_bytes(response));
}

void BadDay::spoil(const Call& call, std::string_view route, http::ServerResponse& response) const {
  if (response.reset) return;
  disguise(faults_, seed_, call, route, response);
  if (response.status == 200 && is_download(call, route)) return spoil_download(call, response);
  auto* text = std::get_if<std::string>(&response.body);
  if (!text) return;
  if (response.status == 200 && faults_.garbage_200.hits(seed_, call.key)) {
    *text = garbage_for(std::move(*text), mixed(seed_, call.key));
    if (text->starts_with('<')) response.headers.set("Content-Type", "text/html");
  }
  if (faults_.gzip.hits(seed_, call.key)) compress(response);
  if (body_bytes(response) > 1 && faults_.cut_answer.hits(seed_, call.key))
    response.cut_after_body_bytes = cut_of(body_bytes(response));
}

}  // namespace batchd::simulator
