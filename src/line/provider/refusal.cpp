#include "line/provider/refusal.hpp"

#include <fmt/format.h>

#include "ground/http/backoff.hpp"
#include "ground/http/url.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "line/provider/api_key.hpp"
#include "line/provider/one_line.hpp"
#include "line/provider/remote_text.hpp"
#include "line/provider/wrong_address.hpp"

namespace batchd::provider {
namespace {

using json::Kind;
using json::View;
using What = Asked::What;

constexpr std::size_t code_bytes_max = 100;
constexpr std::size_t request_id_bytes_max = 128;
constexpr std::size_t location_bytes_max = 200;
constexpr Duration capacity_wait = std::chrono::minutes(2);  // "system capacity limits" are a matter of minutes
constexpr std::string_view may_exist =
    "The batch may exist all the same: batchd asks the provider for it and does not send it again.";

bool says(std::string_view text, std::string_view part) { return contains_without_case(text, part); }

bool is_json(std::string_view body) {
  const auto first = body.find_first_not_of(" \t\r\n");
  return first != body.npos && (body[first] == '{' || body[first] == '[' || body[first] == '"');
}

// A code is a word; a sentence under that name is not one.
std::string code_from(View object) {
  auto code = text_of_first(object, {"code", "error_code", "type"});
  return code.find(' ') == code.npos ? one_line(code, code_bytes_max) : std::string();
}

std::string message_from(View object) {
  if (auto text = text_of_first(object, {"message", "error_message", "msg", "detail"}); !text.empty()) return text;
  const View detail = object.find("detail");
  return detail ? json::canonical(detail) : std::string();
}

void read_object(View root, ErrorBody& out) {
  const View error = root.find("error");
  const View inner = error.is(Kind::object) ? error : root;
  out.code = code_from(inner);
  out.message = message_from(inner);
  if (out.message.empty()) out.message = text_of(error);
  out.request_id = one_line(text_of_first(root, {"request_id", "requestId"}), request_id_bytes_max);
}

// An account that has to be paid for, whatever the status says.
bool is_about_money(std::string_view code) {
  for (const std::string_view part : {"Arrearage", "Overdue", "CommodityNotPurchased", "billing_hard_limit_reached",
                                      "billing_not_active", "account_deactivated", "FreeTierOnly"})
    if (says(code, part)) return true;
  return false;
}

bool is_about_storage(std::string_view message) {
  return says(message, "Upload file capacity exceed") || says(message, "Upload file number exceed");
}

// Seen right after an upload: the file is there, but not yet where batches are made.
bool file_is_not_there_yet(const Asked& asked, int status, const ErrorBody& body) {
  return asked.what == What::create && (status == 400 || status == 404) && says(body.message, "Cannot find file");
}

ErrorKind kind_of_429(const ErrorBody& body, const Dialect& dialect) {
  return dialect.means_no_money(body.code, body.message) ? ErrorKind::denied : ErrorKind::throttled;
}

// Proof that no batch was made: the server read the request and said no.
bool proves_nothing_made(int status) { return status >= 400 && status < 500 && status != 408 && status != 409; }

std::string request_id_in(const Asked& asked, const http::Response& response, const ErrorBody& body) {
  auto id = request_id_of(asked, response);
  return id.empty() ? body.request_id : id;
}

std::string host_of(const Asked& asked) {
  const auto url = http::parse_url(asked.base_url);
  return url ? url->authority() : asked.base_url;
}

std::string hint_for_key(const Asked& asked, const Dialect& dialect) {
  if (asked.key_source.empty())
    return "No key was sent, and this provider wants one: name its variable with api_key_env, or its file with "
           "api_key_file, in the config.";
  if (asked.key_source == rehearsal_key_source)
    return "A key was sent, made up as all of a rehearsal, and a fault (auth, auth_after) refused it. The same command "
           "without that fault goes on.";
  if (const auto words = dialect.hint_for_refused_key(asked.secret, host_of(asked)); !words.empty())
    return fmt::format("A key was sent, from {}, and refused. {}", asked.key_source, words);
  return fmt::format(
      "A key was sent, from {}, and refused. Keys belong to one provider and often to one region: is this one meant "
      "for "
      "{}?",
      asked.key_source, host_of(asked));
}

// A Location without its query, which may be a signature.
std::string where_to(const Asked& asked, const http::Response& response) {
  const auto location = response.headers.find("Location");
  const auto target = location ? http::resolve_url(asked.base_url, *location) : Result<std::string>(Error());
  if (!target) return "somewhere else";
  const std::string_view text = *target;
  return "to " + one_line(without_secret(text.substr(0, text.find('?')), asked.secret), location_bytes_max);
}

std::string hint_for(const Asked& asked, ErrorKind kind, const http::Response& response, const ErrorBody& body,
                     const Dialect& dialect) {
  const int status = response.status;
  if (kind == ErrorKind::unknown) return std::string(may_exist);
  if (wants_https(body.message)) return "Write https:// in base_url.";
  if (is_about_storage(body.message))
    return "The account's file storage is full: delete old files in the provider's console, then run the same command.";
  if (is_about_money(body.code) || status == 402 || (status == 429 && kind == ErrorKind::denied))
    return "Settle the account's bill or quota with the provider, then run the same command again; nothing is lost.";
  if (status == 401) return hint_for_key(asked, dialect);
  if (status == 407)
    return "A proxy on the way wants to know who you are: http.proxy in the config, or http_proxy in the environment, "
           "takes http://user:password@host:port.";
  if (kind == ErrorKind::denied && status < 400)
    return fmt::format("base_url ({}) leads {}; write the address it leads to.", asked.base_url,
                       where_to(asked, response));
  if (kind == ErrorKind::denied && asked.key_source == rehearsal_key_source)
    return "A fault (forbidden) refused it, as a provider does whose key may not do this: then check the key's plan, "
           "workspace and model rights. The same command without that fault goes on.";
  if (kind == ErrorKind::denied && asked.key_source.empty())
    return "No key was sent. If this provider wants one: name its variable with api_key_env, or its file with "
           "api_key_file, in the config; otherwise ask who runs it.";
  if (kind == ErrorKind::denied)
    return fmt::format("The key from {} is known but may not do this: check its plan, workspace and model rights.",
                       asked.key_source);
  if (is_web_page(response) && page_means_wrong_address(status)) return hint_for_address(asked.base_url);
  if (kind == ErrorKind::not_found && asked.what == What::upload)
    return fmt::format("Does base_url ({}) lead to a Files API? It is expected at <base_url>/files. {}", asked.base_url,
                       hint_for_address(asked.base_url));
  if (file_is_not_there_yet(asked, status, body))
    return "The file was uploaded a moment ago and is not known everywhere yet; batchd tries again.";
  return {};
}

std::string clean(const Asked& asked, std::string_view text, std::size_t bytes_max) {
  return one_line(without_secret(text, asked.secret), bytes_max);
}

// "HTTP 400 invalid_value: the words (request id 7f)".
std::string sentence(const Asked& asked, const http::Response& response, const ErrorBody& body) {
  std::string text = fmt::format("HTTP {}", response.status);
  if (!body.code.empty()) text += " " + clean(asked, body.code, code_bytes_max);
  const auto phrase = http::reason_phrase(response.status);
  if (wants_https(body.message))
    text += fmt::format(": an https server, and base_url ({}) says http", asked.base_url);
  else if (is_web_page(response))
    text += page_means_wrong_address(response.status) ? ": " + looks_wrong(asked.base_url)
                                                      : ": the answer is a web page, not the API's";
  else if (!body.message.empty())
    text += ": " + clean(asked, body.message, message_bytes_max);
  else if (!phrase.empty())
    text += fmt::format(" {}", phrase);
  if (const auto id = request_id_in(asked, response, body); !id.empty())
    text += fmt::format(" (request id {})", clean(asked, id, request_id_bytes_max));
  return text;
}

}  // namespace

std::string_view name_of(Asked::What what) {
  constexpr std::string_view names[] = {"upload", "create", "list", "poll", "fetch", "cancel", "remove", "list_files"};
  return names[static_cast<std::size_t>(what)];
}

std::string describe(const Asked& asked) {
  const std::string subject = one_line(asked.subject, 80);
  switch (asked.what) {
    case What::upload:
      return "take the upload of " + subject;
    case What::create:
      return "create a batch of " + subject;
    case What::list:
      return "list its batches";
    case What::poll:
      return "tell the state of " + subject;
    case What::fetch:
      return "hand out " + subject;
    case What::cancel:
      return "cancel " + subject;
    case What::remove:
      return "delete " + subject;
    case What::list_files:
      return "list its files";
  }
  return {};
}

std::string request_id_of(const Asked& asked, const http::Response& response) {
  for (const std::string_view name :
       {"x-request-id", "x-dashscope-request-id", "request-id", "x-siliconcloud-trace-id"})
    if (const auto id = response.headers.find(name))
      return one_line(without_secret(std::string(*id), asked.secret), request_id_bytes_max);
  return {};
}

ErrorBody read_error_body(std::string_view text) {
  ErrorBody body;
  json::Document document;
  const json::ParseOptions patient = {
      .duplicate_keys_are_errors = false, .depth_max = answer_depth_max, .bytes_max = answer_bytes_max};
  const auto root = is_json(text) ? document.parse(text, patient) : Result<View>(Error());
  if (!root) {
    body.message = text;
  } else if (root->is(Kind::object)) {
    read_object(*root, body);
  } else {
    body.message = root->is(Kind::string) ? text_of(*root) : json::canonical(*root);
  }
  return body;
}

ErrorKind kind_of(int status, const ErrorBody& body, const Dialect& dialect) {
  if (status < 400) return status >= 300 ? ErrorKind::denied : ErrorKind::protocol;
  if (is_about_money(body.code) || is_about_storage(body.message)) return ErrorKind::denied;
  switch (status) {
    case 401:
    case 402:
    case 403:
    case 407:
      return ErrorKind::denied;
    case 404:
      return ErrorKind::not_found;
    case 408:
    case 425:
      return ErrorKind::unavailable;
    case 429:
      return kind_of_429(body, dialect);
    case 501:
    case 505:
      return ErrorKind::rejected;
    default:
      break;
  }
  if (status >= 500) return ErrorKind::unavailable;
  return says(body.message, "try again later") ? ErrorKind::unavailable : ErrorKind::rejected;
}

Error refusal(const Asked& asked, const http::Response& response, const Dialect& dialect, Time now) {
  const auto body = read_error_body(response.body);
  ErrorKind kind = kind_of(response.status, body, dialect);
  if (asked.what == What::create && !proves_nothing_made(response.status)) kind = ErrorKind::unknown;
  if (file_is_not_there_yet(asked, response.status, body)) kind = ErrorKind::unavailable;
  // Without the route there is no such API at that address, which is what a 404 says, too.
  const bool page = is_web_page(response) && response.status >= 400 && page_means_wrong_address(response.status);
  const bool wrong_address = page || wants_https(body.message);
  if (wrong_address && asked.what == What::upload) kind = ErrorKind::not_found;
  // A page of somebody else's does not tell that a batch or a file is gone.
  if (wrong_address && asked.what != What::upload && asked.what != What::create) kind = ErrorKind::protocol;
  const bool no_route = response.status == 405 || response.status == 501;
  if (asked.what == What::upload && no_route) kind = ErrorKind::not_found;
  if (asked.what == What::list && !wrong_address && (kind == ErrorKind::not_found || no_route))
    kind = ErrorKind::rejected;

  Error error(kind, fmt::format("{} did not {}: {}", asked.provider, describe(asked), sentence(asked, response, body)),
              hint_for(asked, kind, response, body, dialect));
  error.http_status = response.status;
  error.code = clean(asked, body.code, code_bytes_max);
  if (kind == ErrorKind::throttled || kind == ErrorKind::unavailable) {
    auto wait = http::asked_delay(response.headers, now);
    if (!wait && says(body.message, "system capacity limits")) wait = capacity_wait;
    if (wait) error.retry_after_ms = wait->count();
  }
  return error;
}

Error no_answer(const Asked& asked, const Error& cause) {
  Error error = cause;
  error.message =
      fmt::format("{} did not {}: {}", asked.provider, describe(asked), clean(asked, cause.message, message_bytes_max));
  if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::io;
  if (asked.what == What::create && !cause.nothing_sent) {
    error.kind = ErrorKind::unknown;
    error.hint = may_exist;
  }
  return error;
}

Error not_understood(const Asked& asked, const http::Response& response, const Error& cause) {
  const auto body = read_error_body(response.body);
  const std::string said = sentence(asked, response, body);
  Error error(asked.what == What::create ? ErrorKind::unknown : ErrorKind::protocol,
              fmt::format("{} did not {} in words that can be understood: {}; {}", asked.provider, describe(asked),
                          clean(asked, cause.message, message_bytes_max), said));
  error.hint = asked.what == What::create ? std::string(may_exist) : hint_for_address(asked.base_url);
  error.http_status = response.status;
  return error;
}

}  // namespace batchd::provider
