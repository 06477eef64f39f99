// What must hold for every pattern in every zone, around every turn of its clocks from 1900 to 2037. Held against a
// minute-by-minute walk over a second reading of the zone's file.

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "schedule/due.hpp"
#include "schedule/random_pattern.hpp"
#include "schedule/zone_file.hpp"

namespace batchd::schedule {
namespace {

using std::chrono::hours;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using namespace std::chrono_literals;
using test::PatternMaker;
using test::RandomPattern;
using test::ZoneFile;

constexpr sys_seconds first_moment = std::chrono::sys_days(1900y / 1 / 3);
constexpr sys_seconds last_moment = std::chrono::sys_days(2037y / 12 / 31);
constexpr std::size_t patterns_per_turn = 2;

local_seconds local(const ZoneFile& zone, std::size_t n, sys_seconds time) {
  return local_seconds(time.time_since_epoch() + zone.offsets[n].offset);
}

// Whether the clocks showed this time, or a later one, before that moment. No two offsets differ by two days.
bool was_shown(const ZoneFile& zone, local_seconds shown, sys_seconds before) {
  for (std::size_t n = zone.at(before - 48h); n < zone.offsets.size() && zone.offsets[n].begin < before; ++n)
    if (local(zone, n, std::min(zone.end_of(n), before) - 1s) >= shown) return true;
  return false;
}

// A fixed time is due at the first moment the clocks show it or a later one.
bool a_fixed_time_is_due(const RandomPattern& pattern, const ZoneFile& zone, std::size_t n, sys_seconds moment) {
  const local_seconds now = local(zone, n, moment);
  const bool is_turn = moment == zone.offsets[n].begin;
  const local_seconds earliest = is_turn ? local(zone, n - 1, moment) : now;
  for (auto time = std::chrono::ceil<minutes>(std::min(earliest, now)); time <= now; time += 1min)
    if (pattern.fits(time) && !was_shown(zone, time, moment)) return true;
  return false;
}

bool is_due(const RandomPattern& pattern, const ZoneFile& zone, std::size_t n, sys_seconds moment) {
  if (pattern.is_fixed_time()) return a_fixed_time_is_due(pattern, zone, n, moment);
  return pattern.fits(local(zone, n, moment));
}

// The moments of (after, until] at which anything can be due: the clocks show a whole minute, or were just turned.
std::vector<sys_seconds> walk(const RandomPattern& pattern, const ZoneFile& zone, sys_seconds after,
                              sys_seconds until) {
  std::vector<sys_seconds> due;
  sys_seconds moment = after + 1s;
  for (std::size_t n = zone.at(moment); moment <= until; ++n) {
    const sys_seconds end = std::min(zone.end_of(n), until + 1s);
    while (moment < end) {
      if (is_due(pattern, zone, n, moment)) due.push_back(moment);
      moment += 1min - (local(zone, n, moment) - std::chrono::floor<minutes>(local(zone, n, moment)));
    }
    moment = end;
  }
  return due;
}

std::vector<sys_seconds> asked(const Pattern& pattern, const Zone& zone, sys_seconds after, sys_seconds until) {
  std::vector<sys_seconds> due;
  for (auto time = next(pattern, zone, after); time && *time <= until; time = next(pattern, zone, *time))
    due.push_back(std::chrono::floor<seconds>(*time));
  return due;
}

std::string shown(const std::vector<sys_seconds>& times) {
  std::string text;
  for (const sys_seconds time : times)
    text += format_utc(time) + " ";
  return text;
}

struct Turn {
  const ZoneFile& file;
  const Zone& zone;
  std::size_t n;  // of the offset that begins with it
};

void check_turn(const Turn& turn, PatternMaker& maker) {
  const sys_seconds moment = turn.file.offsets[turn.n].begin;
  const seconds jump = turn.file.offsets[turn.n].offset - turn.file.offsets[turn.n - 1].offset;
  const seconds reach = 2h + std::chrono::abs(jump);
  for (std::size_t count = 0; count < patterns_per_turn; ++count) {
    const RandomPattern made = maker.near(local(turn.file, turn.n - maker.below(2), moment));
    const auto parsed = Pattern::parse(made.text);
    if (!parsed) continue;  // 30 February
    // From any moment near it, in a doubled hour, too.
    const sys_seconds after = moment - reach + seconds(maker.below(static_cast<std::size_t>(2 * reach.count())));
    const sys_seconds begin = maker.below(2) == 0 ? moment - reach : after;
    const auto expected = walk(made, turn.file, begin, moment + reach);
    const auto found = asked(*parsed, turn.zone, begin, moment + reach);
    if (found == expected) continue;
    FAIL_CHECK(turn.file.name << ", " << format_utc(moment) << ", " << made.text << "\n  is due " << shown(found)
                              << "\n  not    " << shown(expected));
  }
}

}  // namespace

TEST_SUITE("properties") {
  TEST_CASE("around every turn of every zone's clocks the due times are those of a walk by minutes") {
    PatternMaker maker(20'261'129);
    std::size_t zones = 0, turns = 0;
    for (const ZoneFile& file : test::all_zone_files()) {
      const Zone found = zone(file.name);
      ++zones;
      for (std::size_t n = 1; n < file.offsets.size(); ++n) {
        if (file.offsets[n].begin < first_moment || file.offsets[n].begin >= last_moment) continue;
        check_turn({file, found, n}, maker);
        ++turns;
      }
    }
    MESSAGE(zones << " zones, " << turns << " turns");
    CHECK(zones > 300);
    CHECK(turns > 20'000);
  }

  TEST_CASE("the zone's clocks are those of its file, at any time before 2038") {
    std::mt19937 random(7);
    for (const ZoneFile& file : test::all_zone_files()) {
      const Zone found = zone(file.name);
      for (int count = 0; count < 20; ++count) {
        const sys_seconds time(seconds(static_cast<std::int64_t>(random()) / 2));
        const local_seconds shown_there = local(file, file.at(time), time);
        const std::string text = format_utc(Time(shown_there.time_since_epoch()));
        CHECK(local_date(found, time) == text.substr(0, 10));
        CHECK(local_text(found, time).substr(11, 5) == text.substr(11, 5));
      }
    }
  }

  TEST_CASE("what is due between two times is what is due one after the other, and of that the newest") {
    PatternMaker maker(3);
    for (const ZoneFile& file : test::all_zone_files()) {
      const Zone found = zone(file.name);
      const sys_seconds begin = first_moment + hours(maker.below(24 * 365 * 130));
      const sys_seconds end = begin + minutes(maker.below(60 * 24 * 400));
      const auto parsed = Pattern::parse(maker.near(local(file, file.at(begin), begin)).text);
      if (!parsed) continue;
      auto expected = asked(*parsed, found, begin, end);
      const std::size_t max = 1 + maker.below(50);
      if (expected.size() > max) expected.erase(expected.begin(), expected.end() - static_cast<std::ptrdiff_t>(max));
      const auto times = due_between(*parsed, found, begin, end, max);
      const std::vector<Time> as_times(expected.begin(), expected.end());
      CHECK_MESSAGE(times == as_times, file.name << " " << parsed->text() << " " << format_utc(begin));
    }
  }
}

}  // namespace batchd::schedule
