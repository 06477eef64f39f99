#pragma once
// How a run came along: requests that were answered, over time. PURE. Known are the ends of its batches, and of those
// that are still at the provider what it last said; in between nothing is made up.

#include <cstdint>
#include <vector>

#include "line/report/standing.hpp"

namespace batchd::report {

struct ProgressPoint {
  Time at{};
  std::uint64_t answered = 0;  // until then
  bool operator==(const ProgressPoint&) const = default;
};

struct Progress {
  static constexpr std::size_t points_max = 400;  // of many batches every so manieth
  std::vector<ProgressPoint> points;              // by time; the first is the start. Empty: nothing was sent yet
  std::uint64_t requests = 0;                     // that are asked, retries too; reused answers are not
  bool is_moving = false;                         // the last point is what the provider says now
};

Progress progress_of(const RunFacts& facts, Time now);

}  // namespace batchd::report
