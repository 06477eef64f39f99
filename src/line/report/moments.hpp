#pragma once
// Times as people read them. What it is now is handed in; the zone is the system's (TZ).

#include <string>

#include "ground/base/clock.hpp"

namespace batchd::report {

// "14:02" today, else "20 Nov 14:02", in another year "20 Nov 2025 14:02".
std::string clock_time(Time then, Time now);
// "2026-11-23 14:02:11", local: for a log.
std::string local_second(Time then);
// "3 min 20 s ago, 14:02"; "in 2 h 05 min, 16:07".
std::string moment(Time then, Time now);
// For columns, in one unit: "3 min ago".
std::string roughly_ago(Time then, Time now);

}  // namespace batchd::report
