#pragma once
// A time at which a job was due by its schedule, and what became of it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/clock.hpp"

namespace batchd::model {

enum class DueFate : std::uint8_t {
  watched,  // not a due time: from here on the schedule is followed
  queued,   // to be begun
  begun,    // there is a run of it
  skipped,  // there is none, and detail says why
  refused,  // it could not be begun, and detail says why
};
std::string_view name_of(DueFate fate);

struct DueRun {
  std::string job;
  Time at{};
  DueFate fate = DueFate::queued;
  std::string detail;
  Time noted_at{};
  bool operator==(const DueRun&) const = default;
};

// The one that people have to hear of, of a job's due times (newest first): what was refused since one was begun, else
// the newest. nullptr: there is none.
inline constexpr std::uint32_t due_looked_at = 50;  // of a job, for that
const DueRun* most_telling(const std::vector<DueRun>& due);

}  // namespace batchd::model
