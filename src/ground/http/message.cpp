#include "ground/http/message.hpp"

#include <algorithm>
#include <array>

#include "ground/base/check.hpp"

namespace batchd::http {

namespace {

struct NamedMethod {
  Method method;
  std::string_view name;
};
constexpr std::array named_methods = {
    NamedMethod{Method::get, "GET"},         NamedMethod{Method::head, "HEAD"},
    NamedMethod{Method::post, "POST"},       NamedMethod{Method::put, "PUT"},
    NamedMethod{Method::patch, "PATCH"},     NamedMethod{Method::delete_, "DELETE"},
    NamedMethod{Method::options, "OPTIONS"},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_token(std::string_view text) {
  constexpr std::string_view also = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || also.find(c) != also.npos;
  });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

// A line break that slipped into a header would smuggle a second one, or a second request.
void check_field(std::string_view name, std::string_view value) {
  check(is_token(name), "a header's name is a token");
  check(is_header_value(value), "a header's value has no line break");
}

}  // namespace

std::string_view name_of(Method method) {
  for (const auto& named : named_methods)
    if (named.method == method) return named.name;
  fail_check("a Method outside its list", std::source_location::current());
}

std::optional<Method> method_from(std::string_view name) {
  for (const auto& named : named_methods)
    if (named.name == name) return named.method;
  return std::nullopt;
}

bool equal_without_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

Headers::Headers(std::initializer_list<Field> fields) : fields_(fields) {
  for (const auto& field : fields_)
    check_field(field.name, field.value);
}

void Headers::add(std::string name, std::string value) {
  check_field(name, value);
  fields_.push_back(Field{std::move(name), std::move(value)});
}

void Headers::set(std::string name, std::string value) {
  remove(name);
  add(std::move(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return equal_without_case(field.name, name); });
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& field : fields_)
    if (equal_without_case(field.name, name)) return field.value;
  return std::nullopt;
}

std::vector<std::string_view> Headers::find_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& field : fields_)
    if (equal_without_case(field.name, name)) values.push_back(field.value);
  return values;
}

bool Headers::has_token(std::string_view name, std::string_view token) const {
  for (std::string_view list : find_all(name)) {
    while (!list.empty()) {
      const auto comma = list.find(',');
      if (equal_without_case(trim(list.substr(0, comma)), token)) return true;
      list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
    }
  }
  return false;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 407:
      return "Proxy Authentication Required";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 424:
      return "Failed Dependency";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 451:
      return "Unavailable For Legal Reasons";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    case 529:
      return "Overloaded";
    default:
      return "";
  }
}

}  // namespace batchd::http
