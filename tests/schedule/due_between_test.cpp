#include <string>

#include <doctest/doctest.h>

#include "schedule/due.hpp"

namespace batchd::schedule {
namespace {

Texts between(std::string_view text, std::string_view zone_name, std::string_view after, std::string_view until,
              std::size_t max) {
  Texts all;
  for (const Time due : due_between(pattern(text), zone(zone_name), at(after), at(until), max))
    all.push_back(format_utc(due));
  return all;
}

TEST_CASE("the end of the span belongs to it, its beginning does not") {
  CHECK(between("0 * * * *", "UTC", "2026-06-01T00:00:00Z", "2026-06-01T02:00:00Z", 10) ==
        Texts{"2026-06-01T01:00:00Z", "2026-06-01T02:00:00Z"});
  CHECK(due_between(pattern("0 * * * *"), zone("UTC"), at("2026-06-01T00:00:00Z") - Duration(1),
                    at("2026-06-01T01:00:00Z") - Duration(1), 10)
            .size() == 1);
}

TEST_CASE("of too many the newest are told, oldest first") {
  CHECK(between("0 * * * *", "UTC", "2026-06-01T00:00:00Z", "2026-06-01T09:30:00Z", 3) ==
        Texts{"2026-06-01T07:00:00Z", "2026-06-01T08:00:00Z", "2026-06-01T09:00:00Z"});
  CHECK(between("0 * * * *", "UTC", "2026-06-01T00:00:00Z", "2026-06-01T03:00:00Z", 3).size() == 3);
  CHECK(between("0 0 29 2 *", "UTC", "1970-01-01T00:00:00Z", "2030-01-01T00:00:00Z", 2) ==
        Texts{"2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z"});
}

TEST_CASE("an empty span, one that goes backwards and a maximum of nothing give nothing") {
  CHECK(between("* * * * *", "UTC", "2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z", 10).empty());
  CHECK(between("* * * * *", "UTC", "2026-06-01T00:10:00Z", "2026-06-01T00:00:00Z", 10).empty());
  CHECK(between("* * * * *", "UTC", "2026-06-01T00:00:00Z", "2026-06-01T01:00:00Z", 0).empty());
}

TEST_CASE("a doubled hour between two nights is told once for a fixed time, twice for one with *") {
  CHECK(between("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", 9) ==
        Texts{"2026-10-25T00:30:00Z"});
  CHECK(between("*/30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", 9).size() == 4);
}

TEST_CASE("a skipped time and the one the jump lands on are told as one") {
  CHECK(between("0,30 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", 9) ==
        Texts{"2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"});
}

TEST_CASE("decades of every minute are not walked through") {
  const auto times = due_between(pattern("* * * * *"), zone("Europe/Berlin"), Time::min(), Time::max(), 5);
  REQUIRE(times.size() == 5);
  CHECK(times.back() == at("2037-12-31T23:59:00Z"));
  CHECK(times.front() == at("2037-12-31T23:55:00Z"));
}

}  // namespace
}  // namespace batchd::schedule
