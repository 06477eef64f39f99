#include "line/provider/remote_text.hpp"

#include <charconv>
#include <initializer_list>

namespace batchd::provider {
namespace {

constexpr std::int64_t seconds_max = 100'000'000'000;      // later "seconds" are milliseconds
constexpr std::int64_t unix_ms_max = 253'402'300'799'000;  // the end of the year 9999

std::optional<std::int64_t> integer_from(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> integer_of(json::View value) {
  if (const auto text = value.as_string()) return integer_from(*text);
  if (const auto integer = value.as_int64()) return integer;
  // 1790000000.25: the fraction of a second says nothing to us.
  const auto number = value.as_double();
  if (!number || !(*number >= 0) || *number > static_cast<double>(unix_ms_max)) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

// "+08:00", "+0800", "+08", "Z" or nothing.
std::optional<Duration> offset_from(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return Duration(0);
  const bool is_east = text.front() == '+';
  if (!is_east && text.front() != '-') return std::nullopt;
  text.remove_prefix(1);
  const auto hours = integer_from(text.substr(0, 2));
  auto rest = text.size() > 2 ? text.substr(2) : std::string_view();
  if (rest.starts_with(':')) rest.remove_prefix(1);
  const auto minutes = rest.empty() ? std::optional<std::int64_t>(0) : integer_from(rest);
  if (!hours || !minutes || *hours < 0 || *hours > 23 || *minutes < 0 || *minutes > 59) return std::nullopt;
  const Duration offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return is_east ? offset : -offset;
}

}  // namespace

std::string text_of(json::View value) {
  if (const auto text = value.as_string()) return std::string(*text);
  if (const auto number = value.as_number_text()) return std::string(*number);
  return {};
}

std::string text_of_first(json::View object, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys)
    if (auto text = text_of(object.find(key)); !text.empty()) return text;
  return {};
}

std::optional<std::uint64_t> count_of(json::View value) {
  const auto count = integer_of(value);
  if (!count || *count < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*count);
}

std::optional<Time> time_from_text(std::string_view text) {
  constexpr std::size_t second_end = 19;  // "2026-11-23T05:44:53"
  if (text.size() < second_end) return std::nullopt;
  std::string whole(text.substr(0, second_end));
  if (whole[10] == ' ' || whole[10] == 't') whole[10] = 'T';
  const auto time = parse_utc(whole + "Z");
  auto rest = text.substr(second_end);
  if (rest.starts_with('.')) {
    const auto end = rest.find_first_not_of("0123456789", 1);
    rest = end == rest.npos ? std::string_view() : rest.substr(end);
  }
  const auto offset = offset_from(rest);
  if (!time || !offset) return std::nullopt;
  return *time - *offset;
}

std::optional<Time> time_of(json::View value) {
  if (const auto number = integer_of(value)) {
    if (*number <= 0 || *number > unix_ms_max) return std::nullopt;
    return *number > seconds_max ? from_unix_ms(*number) : from_unix_seconds(*number);
  }
  if (const auto text = value.as_string()) return time_from_text(*text);
  return std::nullopt;
}

}  // namespace batchd::provider
