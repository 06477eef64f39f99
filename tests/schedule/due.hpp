#pragma once
// Schedules as a test writes them.

#include <string>
#include <string_view>
#include <vector>

#include "rules/schedule/schedule.hpp"

namespace batchd::schedule {

inline Time at(std::string_view utc) { return parse_utc(utc).value(); }
inline Pattern pattern(std::string_view text) { return Pattern::parse(text).value(); }
inline Zone zone(std::string_view name) { return Zone::find(name).value(); }

// What is wrong with it, and the hint behind it: "minute: 60 is none of 0 to 59 | The first one is written 0."
inline std::string fault_of(std::string_view text) {
  const auto parsed = Pattern::parse(text);
  if (parsed) return "";
  if (parsed.error().kind != ErrorKind::invalid) return "not invalid";
  return parsed.error().message + (parsed.error().hint.empty() ? "" : " | " + parsed.error().hint);
}

// The next so many due times, in UTC and without seconds that are 0: "2026-03-29T01:00".
inline std::vector<std::string> due_in_utc(std::string_view text, std::string_view zone_name, std::string_view after,
                                           int count) {
  std::vector<std::string> all;
  Time now = at(after);
  for (int n = 0; n < count; ++n) {
    const auto due = next(pattern(text), zone(zone_name), now);
    if (!due) {
      all.emplace_back("never");
      break;
    }
    now = *due;
    std::string shown = format_utc(*due);
    shown.resize(shown.ends_with(":00Z") ? shown.size() - 4 : shown.size() - 1);
    all.push_back(shown);
  }
  return all;
}

// The same as the zone's clocks show them: "2026-03-29 03:00 CEST".
inline std::vector<std::string> due(std::string_view text, std::string_view zone_name, std::string_view after,
                                    int count) {
  std::vector<std::string> all;
  Time now = at(after);
  for (int n = 0; n < count; ++n) {
    const auto found = next(pattern(text), zone(zone_name), now);
    if (!found) {
      all.emplace_back("never");
      break;
    }
    now = *found;
    all.push_back(local_text(zone(zone_name), now));
  }
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace batchd::schedule
