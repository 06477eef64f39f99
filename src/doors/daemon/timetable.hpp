#pragma once
// PURE: which of a job's scheduled times are begun, queued or passed over. What it answers is written down before
// anything is begun (law 2), so every due time has exactly one fate, whatever happens to the process.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ground/base/clock.hpp"
#include "rules/model/due_run.hpp"
#include "rules/model/schedule_spec.hpp"
#include "rules/schedule/schedule.hpp"

namespace batchd::daemon {

// A job's schedule, understood.
struct Timetable {
  model::ScheduleSpec spec;
  schedule::Pattern pattern;
  schedule::Zone zone;

  static Result<Timetable> of(const model::ScheduleSpec& spec);
};

// How late a start may be and still count as in time: catch_up is for what passed while nothing was running.
inline constexpr Duration in_time_max = std::chrono::minutes(2);
// Of times that passed, no more than so many are looked at; older ones are forgotten.
inline constexpr std::size_t missed_max = 1'000;

struct Busy {
  std::uint32_t active = 0;  // runs of the job that go on
  std::uint32_t queued = 0;  // due times that wait to be begun
};

struct Due {
  std::vector<model::DueRun> fates;  // of each time in (last, now], oldest first: queued or skipped
  bool cancels_previous = false;     // what goes on makes room for the newest
};
// `last`: the newest time whose fate is known.
Due what_is_due(const Timetable& table, const std::string& job, Time last, Time now, const Busy& busy);

// When a queued time may be begun: a share of the jitter behind it, always the same for the same job and time.
Time begins_at(const model::DueRun& due, const model::ScheduleSpec& spec);

// What the run is called by: "2026-11-29T01:30:00Z".
std::string key_of(Time due);

}  // namespace batchd::daemon
