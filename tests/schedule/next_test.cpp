#include <string>

#include <doctest/doctest.h>

#include "schedule/due.hpp"

namespace batchd::schedule {
namespace {

TEST_CASE("the next time is after the moment given, never at it") {
  CHECK(due_in_utc("30 1 * * *", "UTC", "2026-06-01T01:29:59Z", 1) == Texts{"2026-06-01T01:30"});
  CHECK(due_in_utc("30 1 * * *", "UTC", "2026-06-01T01:30:00Z", 1) == Texts{"2026-06-02T01:30"});
  const Time just_before = at("2026-06-01T01:30:00Z") - Duration(1);
  CHECK(next(pattern("30 1 * * *"), zone("UTC"), just_before) == at("2026-06-01T01:30:00Z"));
  CHECK(next(pattern("30 1 * * *"), zone("UTC"), just_before + Duration(2)) == at("2026-06-02T01:30:00Z"));
}

TEST_CASE("the time is the zone's, summer and winter") {
  CHECK(due_in_utc("30 1 * * *", "Europe/Berlin", "2026-01-15T12:00:00Z", 1) == Texts{"2026-01-16T00:30"});
  CHECK(due_in_utc("30 1 * * *", "Europe/Berlin", "2026-07-15T12:00:00Z", 1) == Texts{"2026-07-15T23:30"});
  CHECK(due_in_utc("0 9 * * mon", "Asia/Kolkata", "2026-06-01T00:00:00Z", 1) == Texts{"2026-06-01T03:30"});
}

TEST_CASE("with both days restricted, either of them will do") {
  CHECK(due_in_utc("0 0 13 * fri", "UTC", "2026-06-01T00:00:00Z", 4) ==
        Texts{"2026-06-05T00:00", "2026-06-12T00:00", "2026-06-13T00:00", "2026-06-19T00:00"});
}

TEST_CASE("a day field that begins with * restricts nothing by itself: then both must fit") {
  CHECK(due_in_utc("0 0 * * fri", "UTC", "2026-06-01T00:00:00Z", 2) == Texts{"2026-06-05T00:00", "2026-06-12T00:00"});
  CHECK(due_in_utc("0 0 */2 * fri", "UTC", "2026-06-01T00:00:00Z", 3) ==
        Texts{"2026-06-05T00:00", "2026-06-19T00:00", "2026-07-03T00:00"});
  CHECK(due_in_utc("0 0 13 * */5", "UTC", "2026-06-01T00:00:00Z", 2) == Texts{"2026-09-13T00:00", "2026-11-13T00:00"});
}

TEST_CASE("a day that some months lack waits for one that has it") {
  CHECK(due_in_utc("0 0 31 * *", "UTC", "2026-06-01T00:00:00Z", 3) ==
        Texts{"2026-07-31T00:00", "2026-08-31T00:00", "2026-10-31T00:00"});
  CHECK(due_in_utc("0 0 29 2 *", "UTC", "2026-06-01T00:00:00Z", 4) ==
        Texts{"2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00", "never"});
  CHECK(due_in_utc("0 0 29 2 */7", "UTC", "2026-06-01T00:00:00Z", 2) == Texts{"2032-02-29T00:00", "never"});
}

TEST_CASE("nothing is due after 2037") {
  CHECK(due_in_utc("59 23 31 12 *", "UTC", "2037-06-01T00:00:00Z", 2) == Texts{"2037-12-31T23:59", "never"});
  CHECK(due_in_utc("0 0 1 1 *", "Asia/Tokyo", "2037-06-01T00:00:00Z", 2) == Texts{"2037-12-31T15:00", "never"});
  CHECK(due_in_utc("0 0 1 1 *", "UTC", "2037-06-01T00:00:00Z", 1) == Texts{"never"});
  CHECK(due_in_utc("* * * * *", "America/New_York", "2038-01-01T00:00:00Z", 1) == Texts{"never"});
  CHECK(due_in_utc("* * * * *", "Europe/Berlin", "2400-01-01T00:00:00Z", 1) == Texts{"never"});
  CHECK_FALSE(next(pattern("* * * * *"), zone("Europe/Berlin"), Time::max()).has_value());
}

TEST_CASE("nothing is due before 1900") {
  CHECK(due_in_utc("0 0 1 1 *", "UTC", "1000-01-01T00:00:00Z", 1) == Texts{"1900-01-01T00:00"});
  CHECK(next(pattern("0 0 1 1 *"), zone("UTC"), Time::min()) == at("1900-01-01T00:00:00Z"));
}

TEST_CASE("copies of a pattern and a zone are as good as the first ones") {
  Pattern copy = pattern("0 0 * * *");
  Zone place = zone("UTC");
  {
    const Pattern original = pattern("30 1 * * *");
    const Zone berlin = zone("Europe/Berlin");
    copy = original;
    place = berlin;
  }
  CHECK(copy.text() == "30 1 * * *");
  CHECK(place.name() == "Europe/Berlin");
  CHECK(next(copy, place, at("2026-07-15T12:00:00Z")) == at("2026-07-15T23:30:00Z"));
}

}  // namespace
}  // namespace batchd::schedule
