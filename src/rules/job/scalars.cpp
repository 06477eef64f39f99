#include "rules/job/scalars.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include <fmt/format.h>

#include "ground/json/writer.hpp"

namespace batchd::job {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::string_view take_digits(std::string_view& text) {
  const std::size_t length = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

std::string_view take_sign(std::string_view& text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return {};
  const std::string_view sign = text.substr(0, 1);
  text.remove_prefix(1);
  return sign;
}

// JSON knows no leading zeros: 007 is 7.
std::string_view without_leading_zeros(std::string_view digits) {
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? digits.substr(0, 1) : digits.substr(first);
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
std::optional<std::string> decimal_as_json(std::string_view text) {
  const bool is_negative = take_sign(text) == "-";
  const std::string_view whole = take_digits(text);
  std::string json = is_negative ? "-" : "";
  json += whole.empty() ? "0" : without_leading_zeros(whole);
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    const std::string_view fraction = take_digits(text);
    if (whole.empty() && fraction.empty()) return std::nullopt;
    json.append(".").append(fraction.empty() ? "0" : fraction);
  } else if (whole.empty()) {
    return std::nullopt;
  }
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    text.remove_prefix(1);
    const std::string_view sign = take_sign(text);
    const std::string_view exponent = take_digits(text);
    if (exponent.empty()) return std::nullopt;
    json.append("e").append(sign).append(exponent);
  }
  if (!text.empty()) return std::nullopt;
  return json;
}

std::optional<ResolvedScalar> based_as_json(std::string_view text) {
  const bool is_hexadecimal = text.starts_with("0x");
  if ((!is_hexadecimal && !text.starts_with("0o")) || text.size() < 3) return std::nullopt;
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [after, problem] = std::from_chars(text.data() + 2, end, number, is_hexadecimal ? 16 : 8);
  if (after != end) return std::nullopt;
  if (problem != std::errc()) return ResolvedScalar{"", fmt::format("{} is beyond 64 bits", text)};
  return ResolvedScalar{std::to_string(number), ""};
}

}  // namespace

ResolvedScalar resolve_plain(std::string_view text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return {"null", ""};
  if (is_one_of(text, {"true", "True", "TRUE"})) return {"true", ""};
  if (is_one_of(text, {"false", "False", "FALSE"})) return {"false", ""};
  if (auto json = decimal_as_json(text)) return {std::move(*json), ""};
  if (auto resolved = based_as_json(text)) return std::move(*resolved);
  std::string_view unsigned_text = text;
  take_sign(unsigned_text);
  if (is_one_of(unsigned_text, {".inf", ".Inf", ".INF"}) || is_one_of(text, {".nan", ".NaN", ".NAN"}))
    return {"", fmt::format("{} is no number that JSON can hold; put it in quotes if it is text", text)};
  return {json::quoted(text), ""};
}

}  // namespace batchd::job
