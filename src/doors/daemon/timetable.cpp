#include "doors/daemon/timetable.hpp"

#include <fmt/format.h>

#include "ground/base/hash.hpp"

namespace batchd::daemon {

using model::CatchUp;
using model::DueFate;
using model::DueRun;
using model::Overlap;

Result<Timetable> Timetable::of(const model::ScheduleSpec& spec) {
  auto pattern = schedule::Pattern::parse(spec.cron);
  if (!pattern) return pattern.error();
  auto zone = schedule::Zone::find(spec.timezone);
  if (!zone) return zone.error();
  return Timetable{spec, std::move(*pattern), std::move(*zone)};
}

namespace {

// Of one that passed while nothing was running.
DueFate fate_of_missed(CatchUp catch_up, bool is_newest) {
  switch (catch_up) {
    case CatchUp::none:
      return DueFate::skipped;
    case CatchUp::latest:
      return is_newest ? DueFate::queued : DueFate::skipped;
    case CatchUp::all:
      return DueFate::queued;
  }
  return DueFate::skipped;
}

std::string_view name_of(CatchUp catch_up) {
  switch (catch_up) {
    case CatchUp::none:
      return "none";
    case CatchUp::latest:
      return "latest";
    case CatchUp::all:
      return "all";
  }
  return "";
}

}  // namespace

Due what_is_due(const Timetable& table, const std::string& job, Time last, Time now, const Busy& busy) {
  Due due;
  const auto times = schedule::due_between(table.pattern, table.zone, last, now, missed_max);
  const auto before = busy.active + busy.queued;  // what is caught up below is nobody's run before
  for (std::size_t i = 0; i < times.size(); ++i) {
    DueRun one{job, times[i], DueFate::queued, "", now};
    const bool is_newest = i + 1 == times.size();
    // Of several at one look the older ones have passed while nobody looked.
    const bool is_in_time = is_newest && now - times[i] <= in_time_max;
    if (!is_in_time) {
      one.fate = fate_of_missed(table.spec.catch_up, is_newest);
      if (one.fate == DueFate::skipped)
        one.detail = fmt::format("it passed while nothing was running (catch_up: {})", name_of(table.spec.catch_up));
    } else if (before >= table.spec.max_active_runs) {
      switch (table.spec.overlap) {
        case Overlap::skip:
          one.fate = DueFate::skipped;
          one.detail = "the run before was still going on (overlap: skip)";
          break;
        case Overlap::queue:
          break;
        case Overlap::cancel_previous:
          due.cancels_previous = true;
          break;
      }
    }
    due.fates.push_back(std::move(one));
  }
  return due;
}

Time begins_at(const DueRun& due, const model::ScheduleSpec& spec) {
  const auto span = static_cast<std::uint64_t>(spec.jitter.count());
  if (span == 0) return due.at;
  const auto share = xxh3_128(due.job + key_of(due.at)).low % (span + 1);
  return due.at + Duration(static_cast<std::int64_t>(share));
}

std::string key_of(Time due) { return format_utc(due); }

}  // namespace batchd::daemon
