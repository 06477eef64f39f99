#pragma once
// A time zone as the rest of this room sees it: stretches of time in each of which the clocks differ from UTC by the
// same amount. The library behind it is zone.cpp's secret. Inside this room only.

#include <chrono>
#include <string>

#include "rules/schedule/schedule.hpp"

namespace batchd::schedule {

struct Stretch {
  std::chrono::sys_seconds begin;
  std::chrono::sys_seconds end;  // the next one begins here
  std::chrono::seconds offset{0};
  std::string abbreviation;  // "CET"

  std::chrono::local_seconds local(std::chrono::sys_seconds time) const {
    return std::chrono::local_seconds(time.time_since_epoch() + offset);
  }
  std::chrono::sys_seconds utc(std::chrono::local_seconds time) const {
    return std::chrono::sys_seconds(time.time_since_epoch() - offset);
  }
};

// Neighbours may have the same offset.
Stretch stretch_at(const ZoneData& zone, std::chrono::sys_seconds time);

}  // namespace batchd::schedule
