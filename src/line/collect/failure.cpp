#include "line/collect/failure.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ground/base/utf8.hpp"

namespace batchd::collect {
namespace {

using model::Reason;

constexpr std::size_t message_bytes_max = 2'000;  // of a provider's sentence that is carried into every row

// Codes are written data_inspection_failed here and DataInspectionFailed there.
std::string without_style(std::string_view code) {
  std::string plain;
  for (const char c : code) {
    if (c == '_' || c == '-' || c == ' ') continue;
    plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return plain;
}

template <std::size_t size>
bool is_one_of(std::string_view code, const std::array<std::string_view, size>& list) {
  return std::find(list.begin(), list.end(), code) != list.end();
}

template <std::size_t size>
bool begins_with_one_of(std::string_view code, const std::array<std::string_view, size>& list) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view start) { return code.starts_with(start); });
}

// The content was refused. InvalidParameter.DataInspection is none of these: there a medium could not be fetched.
constexpr std::array<std::string_view, 8> refused_codes{
    "datainspectionfailed", "ipinfringementsuspect",  "customroleblocked", "faqruleblocked",
    "contentfilter",        "contentpolicyviolation", "moderationblocked", "invalidprompt",
};

// The provider's own trouble, money or rights: nothing is wrong with the request, whatever the HTTP status says.
constexpr std::array<std::string_view, 22> passing_starts{
    "throttling",         "limitrequests",     "limitburstrate", "ratelimit",
    "toomanyrequests",    "insufficientquota", "tokenlimit",     "quota",
    "allocationquota",    "arrearage",         "billing",        "commoditynotpurchased",
    "prepaidbill",        "postpaidbill",      "internal",       "servererror",
    "serviceunavailable", "systemerror",       "modelserv",      "modelunavailable",
    "requesttimeout",     "enqueued",
};
constexpr std::array<std::string_view, 5> access_starts{"accessdenied", "invalidapikey", "notauthorized",
                                                        "model.accessdenied", "workspace.accessdenied"};

// The request itself.
constexpr std::array<std::string_view, 12> wrong_starts{
    "invalid",       "badrequest",  "modelnotfound",     "modelnotsupported", "notfound",        "mismatchedmodel",
    "modelmismatch", "urlmismatch", "duplicatecustomid", "emptyfile",         "missingrequired", "unsupported",
};

enum class Kind { refused, expired, cancelled, too_large, passing, wrong, not_known };

Kind kind_of(const std::string& code) {
  if (is_one_of(code, refused_codes) || code.ends_with("policyviolation")) return Kind::refused;
  if (code == "batchexpired") return Kind::expired;
  if (code == "batchcancelled" || code == "batchcanceled") return Kind::cancelled;
  if (code == "contextlengthexceeded") return Kind::too_large;
  // Before `wrong`: too_many_requests_in_batch and invalid_api_key begin like their opposites.
  if (code == "toomanyrequestsinbatch" || code == "toomanytasks") return Kind::wrong;
  if (begins_with_one_of(code, passing_starts) || begins_with_one_of(code, access_starts)) return Kind::passing;
  return begins_with_one_of(code, wrong_starts) ? Kind::wrong : Kind::not_known;
}

Reason reason_of_status(int status, Reason otherwise) {
  if (status == 413) return Reason::too_large;
  // 401, 402, 403: the key's fault, 408 and 429: the hour's; the same request may well be answered tomorrow.
  if (status == 401 || status == 402 || status == 403 || status == 408 || status == 429) return Reason::provider_error;
  if (status >= 400 && status < 500) return Reason::bad_request;
  return status >= 500 ? Reason::provider_error : otherwise;
}

struct Words {
  std::string_view code;
  std::string_view type;
  std::string_view message;
  bool empty() const { return code.empty() && message.empty() && type.empty(); }
};

// A code may be a number ("code": 1301).
std::string_view text_of(json::View value) {
  if (const auto text = value.as_string()) return *text;
  return value.as_number_text().value_or(std::string_view());
}

std::string_view first_text(json::View object, std::string_view name, std::string_view other_name) {
  const std::string_view text = text_of(object.find(name));
  return text.empty() ? text_of(object.find(other_name)) : text;
}

Words words_of(json::View error) {
  if (const auto text = error.as_string()) return {{}, {}, *text};
  return {first_text(error, "code", "error_code"), text_of(error.find("type")),
          first_text(error, "message", "error_message")};
}

// "token_limit_exceeded: Enqueued token limit …": some tell what failed as one text, and begin it with the code.
std::string_view code_before(std::string_view message) {
  const auto colon = message.find(": ");
  if (colon == message.npos) return {};
  const std::string_view word = message.substr(0, colon);
  return word.find_first_of(" \t") == word.npos ? word : std::string_view();
}

std::string sentence(const Words& words, int status) {
  const std::string_view name = words.code.empty() ? words.type : words.code;
  const std::string_view message = beginning_of(words.message, message_bytes_max);
  std::string text;
  if (!name.empty() && !message.empty())
    text = fmt::format("{}: {}", name, message);
  else
    text = message.empty() ? std::string(name) : std::string(message);
  if (status != 0 && status != 200)
    text += text.empty() ? fmt::format("HTTP {}, and no message", status) : fmt::format(" (HTTP {})", status);
  return text;
}

}  // namespace

Reason reason_of(std::string_view code, std::string_view type, int status, Reason otherwise) {
  Kind kind = kind_of(without_style(code));
  if (kind == Kind::not_known && !type.empty()) kind = kind_of(without_style(type));
  switch (kind) {
    case Kind::refused:
      return Reason::refused;
    case Kind::expired:
      return Reason::expired;
    case Kind::cancelled:
      return Reason::cancelled;
    case Kind::too_large:
      return Reason::too_large;
    case Kind::passing:
      return Reason::provider_error;
    case Kind::wrong:  // a 429 or 5xx says more than the code's name
      return reason_of_status(status, Reason::bad_request);
    case Kind::not_known:
      break;
  }
  return reason_of_status(status, otherwise);
}

Failure failure_of(const ResultLine& line) {
  const auto given = line.status();
  const int status = given && *given > 0 && *given < 1000 ? static_cast<int>(*given) : 0;
  Words words;
  for (const json::View place : {line.error, line.body.find("error"), line.body}) {
    words = words_of(place);
    if (!words.empty()) break;
  }
  Failure failure{reason_of(words.code, words.type, status, Reason::provider_error), sentence(words, status)};
  if (failure.reason == Reason::bad_request && words.message.find("try again later") != std::string_view::npos)
    failure.reason = Reason::provider_error;  // a 400 that passes: a file still being read
  if (failure.message.empty()) failure.message = "the result line holds neither an answer nor an error";
  return failure;
}

Failure failure_of(const std::vector<model::BatchError>& errors) {
  if (errors.empty()) return {Reason::provider_error, "the provider failed the batch and did not say why"};
  const model::BatchError& first = errors.front();
  const std::string_view code = first.code.empty() ? code_before(first.message) : std::string_view(first.code);
  Failure failure{reason_of(code, {}, 0, Reason::bad_request),
                  "the provider refused the batch: " + sentence({first.code, {}, first.message}, 0)};
  if (first.line) failure.message += fmt::format(" (line {} of the file)", *first.line);
  if (errors.size() > 1) failure.message += fmt::format(", and {} more", errors.size() - 1);
  return failure;
}

Failure failure_of_line(const model::BatchError& error) {
  Failure failure{
      reason_of(error.code, {}, 0, Reason::bad_request),
      "the provider refused this line, and with it the batch: " + sentence({error.code, {}, error.message}, 0)};
  if (error.line) failure.message += fmt::format(" (line {} of the file)", *error.line);
  return failure;
}

Failure failure_beside(const std::vector<model::BatchError>& errors) {
  const model::BatchError& first = errors.front();
  Failure failure{Reason::provider_error,
                  fmt::format("the batch was refused for {} of its lines, and this request did not run: {}",
                              errors.size(), sentence({first.code, {}, first.message}, 0))};
  if (first.line) failure.message += fmt::format(" (line {} of the file)", *first.line);
  return failure;
}

Failure failure_of_refusal(std::string_view error) {
  Failure failure{Reason::bad_request, std::string(beginning_of(error, message_bytes_max))};
  if (failure.message.empty()) failure.message = "the provider refused the upload or the create";
  // Only the sentence was kept: its words stand for the code.
  const std::string plain = without_style(error);
  for (const std::string_view word : {"quota", "throttl", "ratelimit", "tokenlimit", "enqueuedtoken", "http5"})
    if (plain.find(word) != std::string::npos) failure.reason = Reason::provider_error;
  return failure;
}

}  // namespace batchd::collect
