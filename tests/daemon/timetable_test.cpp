// Which due times are begun, which wait, which pass: one line each way.

#include "doors/daemon/timetable.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::daemon;
using model::CatchUp;
using model::DueFate;
using model::Overlap;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const Time midnight = *parse_utc("2026-11-29T00:00:00Z");

Timetable hourly(CatchUp catch_up = CatchUp::latest, Overlap overlap = Overlap::skip) {
  model::ScheduleSpec spec;
  spec.cron = "0 * * * *";
  spec.catch_up = catch_up;
  spec.overlap = overlap;
  auto table = Timetable::of(spec);
  REQUIRE(table.ok());
  return std::move(*table);
}

// "q s q": the fates of the due times, oldest first.
std::string fates(const Due& due) {
  std::string text;
  for (const auto& one : due.fates)
    text += std::string(text.empty() ? "" : " ") + (one.fate == DueFate::queued ? "q" : "s");
  return text;
}

}  // namespace

TEST_CASE("a time is due once, at its minute, and not before") {
  const auto table = hourly();
  CHECK(what_is_due(table, "tickets", midnight, midnight + minutes(59), {}).fates.empty());
  const auto due = what_is_due(table, "tickets", midnight, midnight + hours(1) + seconds(1), {});
  REQUIRE(due.fates.size() == 1);
  CHECK(due.fates[0].job == "tickets");
  CHECK(due.fates[0].at == midnight + hours(1));
  CHECK(due.fates[0].fate == DueFate::queued);
  CHECK(what_is_due(table, "tickets", midnight + hours(1), midnight + hours(1) + seconds(3), {}).fates.empty());
}

TEST_CASE("what passed while nothing was running is caught up as catch_up says") {
  const auto now = midnight + hours(3) + minutes(30);
  CHECK(fates(what_is_due(hourly(CatchUp::none), "t", midnight, now, {})) == "s s s");
  CHECK(fates(what_is_due(hourly(CatchUp::latest), "t", midnight, now, {})) == "s s q");
  CHECK(fates(what_is_due(hourly(CatchUp::all), "t", midnight, now, {})) == "q q q");
  const auto skipped = what_is_due(hourly(CatchUp::none), "t", midnight, now, {}).fates[0];
  CHECK(skipped.detail == "it passed while nothing was running (catch_up: none)");
}

TEST_CASE("a start that is a little late is in time, and what is due now is begun whatever catch_up says") {
  const auto now = midnight + hours(3) + in_time_max;
  CHECK(fates(what_is_due(hourly(CatchUp::none), "t", midnight, now, {})) == "s s q");
  CHECK(fates(what_is_due(hourly(CatchUp::none), "t", midnight, now + Duration(1), {})) == "s s s");
}

TEST_CASE(
    "bug: what was just caught up was taken for a run that still goes on, and the newest due times were skipped") {
  const auto now = midnight + hours(3) + seconds(30);
  CHECK(fates(what_is_due(hourly(CatchUp::all), "t", midnight, now, {})) == "q q q");
  auto each_minute = hourly(CatchUp::all);
  each_minute.pattern = *schedule::Pattern::parse("* * * * *");
  CHECK(fates(what_is_due(each_minute, "t", midnight, midnight + minutes(4) + seconds(30), {})) == "q q q q");
  CHECK(fates(what_is_due(hourly(CatchUp::all), "t", midnight, now, {1, 0})) == "q q s");
}

TEST_CASE("when the run before goes on, overlap decides") {
  const auto now = midnight + hours(1) + seconds(1);
  const auto skipped = what_is_due(hourly(CatchUp::latest, Overlap::skip), "t", midnight, now, {1, 0});
  CHECK(fates(skipped) == "s");
  CHECK(skipped.fates[0].detail == "the run before was still going on (overlap: skip)");
  CHECK(fates(what_is_due(hourly(CatchUp::latest, Overlap::queue), "t", midnight, now, {1, 0})) == "q");
  const auto cancels = what_is_due(hourly(CatchUp::latest, Overlap::cancel_previous), "t", midnight, now, {1, 0});
  CHECK(fates(cancels) == "q");
  CHECK(cancels.cancels_previous);
  CHECK_FALSE(skipped.cancels_previous);
}

TEST_CASE("one that waits to be begun is in the way, too") {
  const auto now = midnight + hours(1) + seconds(1);
  CHECK(fates(what_is_due(hourly(), "t", midnight, now, {0, 1})) == "s");
}

TEST_CASE("as many go on side by side as max_active_runs says") {
  auto table = hourly();
  table.spec.max_active_runs = 2;
  const auto now = midnight + hours(1) + seconds(1);
  CHECK(fates(what_is_due(table, "t", midnight, now, {1, 0})) == "q");
  CHECK(fates(what_is_due(table, "t", midnight, now, {1, 1})) == "s");
}

TEST_CASE("jitter delays a start by up to so much, always the same for the same time") {
  model::ScheduleSpec spec;
  const model::DueRun due{"tickets", midnight, DueFate::queued, "", midnight};
  CHECK(begins_at(due, spec) == midnight);
  spec.jitter = minutes(10);
  const auto begins = begins_at(due, spec);
  CHECK(begins >= midnight);
  CHECK(begins <= midnight + minutes(10));
  CHECK(begins_at(due, spec) == begins);
  auto next = due;
  next.at += hours(1);
  CHECK(begins_at(next, spec) - next.at != begins - due.at);
}

TEST_CASE("a run is called by its due time") { CHECK(key_of(midnight + minutes(90)) == "2026-11-29T01:30:00Z"); }
