#pragma once
// What a job says of the times at which the daemon starts it. The texts are as the job file has them; rules/schedule
// knows what they mean, and rules/job has asked it.

#include <cstdint>
#include <string>

#include "ground/base/clock.hpp"

namespace batchd::model {

enum class CatchUp { none, latest, all };             // of the times that passed while nothing was running
enum class Overlap { skip, queue, cancel_previous };  // at a time at which as many runs as may be are going on

struct ScheduleSpec {
  std::string cron;              // "30 1 * * *"
  std::string timezone = "UTC";  // an IANA name
  CatchUp catch_up = CatchUp::latest;
  Overlap overlap = Overlap::skip;
  Duration jitter{0};  // a start is delayed by a random time up to this
  std::uint32_t max_active_runs = 1;

  bool operator==(const ScheduleSpec&) const = default;
};

}  // namespace batchd::model
