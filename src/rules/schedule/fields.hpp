#pragma once
// What a pattern's five fields allow, as sets of bits, and the first local time they allow. Knows no zones. Inside this
// room only.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ground/base/result.hpp"

namespace batchd::schedule {

struct Fields {
  // Bit n: the value n is allowed.
  std::uint64_t minutes = 0;
  std::uint64_t hours = 0;
  std::uint64_t days = 0;
  std::uint64_t months = 0;
  std::uint64_t weekdays = 0;       // Sunday is bit 0
  bool either_day_will_do = false;  // else a day must fit both days and weekdays
  bool is_fixed_time = false;       // neither minute nor hour begins with `*`

  bool allows_month(unsigned month) const { return (months >> month & 1) != 0; }
  bool allows_day(unsigned day, unsigned weekday) const {
    const bool by_day = (days >> day & 1) != 0;
    const bool by_weekday = (weekdays >> weekday & 1) != 0;
    return either_day_will_do ? by_day || by_weekday : by_day && by_weekday;
  }
};

Result<Fields> parse_fields(std::string_view text);

// The first time of [from, before) that the fields allow: whole minutes. Goes by months, days and hours, so a pattern
// of leap days costs no more than a daily one.
std::optional<std::chrono::local_seconds> first_allowed(const Fields& fields, std::chrono::local_seconds from,
                                                        std::chrono::local_seconds before);

}  // namespace batchd::schedule
