// RFC 3339: dates, times and, from its appendix A, durations.

#include <array>
#include <optional>

#include "rules/schema/format.hpp"

namespace batchd::schema {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads exactly `count` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

int days_in(int year, int month) {
  constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[static_cast<std::size_t>(month - 1)];
}

// "+05:30" or "Z", in minutes.
std::optional<int> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return 0;
  const int sign = text.starts_with('-') ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

// Amounts such as "3H15M", their units in the order of `units` and without a gap (RFC 3339 knows no P1Y2D). How many
// there were; nothing when one of them is no amount.
std::optional<int> take_amounts(std::string_view& text, std::string_view units) {
  int count = 0;
  while (!text.empty() && is_digit(text.front())) {
    while (!text.empty() && is_digit(text.front()))
      text.remove_prefix(1);
    const std::size_t unit = text.empty() ? std::string_view::npos : units.find(text.front());
    if (unit == std::string_view::npos || (count > 0 && unit != 0)) return std::nullopt;
    units.remove_prefix(unit + 1);
    text.remove_prefix(1);
    ++count;
  }
  return count;
}

}  // namespace

bool is_date(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return false;
  const auto month = take_number(text, 2);
  if (!month || *month < 1 || *month > 12 || !take(text, '-')) return false;
  const auto day = take_number(text, 2);
  return day && *day >= 1 && *day <= days_in(*year, *month) && text.empty();
}

bool is_time(std::string_view text) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return false;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return false;
  const auto second = take_number(text, 2);
  if (!second || *second > 60) return false;
  if (take(text, '.')) {
    if (text.empty() || !is_digit(text.front())) return false;
    while (!text.empty() && is_digit(text.front()))
      text.remove_prefix(1);
  }
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return false;
  // A leap second is one only at the end of a UTC day.
  constexpr int day_minutes = 24 * 60;
  const int utc = ((*hour * 60 + *minute - *offset) % day_minutes + day_minutes) % day_minutes;
  return *second < 60 || utc == day_minutes - 1;
}

bool is_date_time(std::string_view text) {
  constexpr std::size_t date_length = 10;
  if (text.size() <= date_length || (text[date_length] != 'T' && text[date_length] != 't')) return false;
  return is_date(text.substr(0, date_length)) && is_time(text.substr(date_length + 1));
}

bool is_duration(std::string_view text) {
  if (!take(text, 'P')) return false;
  std::string_view weeks = text;
  if (take_amounts(weeks, "W").value_or(0) > 0) return weeks.empty();
  const auto days = take_amounts(text, "YMD");
  if (!days) return false;
  if (!take(text, 'T')) return *days > 0 && text.empty();
  return take_amounts(text, "HMS").value_or(0) > 0 && text.empty();
}

}  // namespace batchd::schema
