#include "rules/schedule/fields.hpp"

#include <bit>

namespace batchd::schedule {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;

// The lowest bit at or above `from`.
std::optional<unsigned> first_bit(std::uint64_t bits, unsigned from) {
  const std::uint64_t rest = bits >> from;
  if (rest == 0) return std::nullopt;
  return from + static_cast<unsigned>(std::countr_zero(rest));
}

// The first time of a day, from a minute of it on, that the fields for the time allow; since midnight.
std::optional<minutes> first_minute(const Fields& fields, unsigned from) {
  const unsigned from_hour = from / 60;
  const auto hour = first_bit(fields.hours, from_hour);
  if (!hour) return std::nullopt;
  if (*hour > from_hour) return minutes(*hour * 60 + first_bit(fields.minutes, 0).value());
  if (const auto minute = first_bit(fields.minutes, from % 60)) return minutes(*hour * 60 + *minute);
  return first_minute(fields, (from_hour + 1) * 60);
}

// The first day of [from, before) that the fields for the day allow.
std::optional<local_days> first_day(const Fields& fields, local_days from, local_days before) {
  while (from < before) {
    const std::chrono::year_month_day date{from};
    const auto month = date.year() / date.month();
    const local_days next_month = local_days((month + std::chrono::months(1)) / 1);
    if (fields.allows_month(static_cast<unsigned>(date.month()))) {
      auto day = static_cast<unsigned>(date.day());
      unsigned weekday = std::chrono::weekday(from).c_encoding();
      for (; from < next_month && from < before; from += days(1), ++day, weekday = (weekday + 1) % 7)
        if (fields.allows_day(day, weekday)) return from;
    }
    from = next_month;
  }
  return std::nullopt;
}

}  // namespace

std::optional<local_seconds> first_allowed(const Fields& fields, local_seconds from, local_seconds before) {
  const auto start = std::chrono::ceil<minutes>(from);
  const auto first = std::chrono::floor<days>(start);
  const auto end = std::chrono::ceil<days>(before);
  auto day = first_day(fields, first, end);
  auto time =
      day == first ? first_minute(fields, static_cast<unsigned>((start - first).count())) : first_minute(fields, 0);
  if (!time) {  // too late for anything on the first day
    day = first_day(fields, first + days(1), end);
    time = first_minute(fields, 0);
  }
  if (!day || *day + *time >= before) return std::nullopt;
  return *day + *time;
}

}  // namespace batchd::schedule
