#include <string>

#include <doctest/doctest.h>

#include "schedule/due.hpp"

namespace batchd::schedule {
namespace {

// Berlin 2026: 29 March 02:00 CET becomes 03:00 CEST (01:00 UTC); 25 October 03:00 CEST becomes 02:00 CET (01:00 UTC).
constexpr auto before_spring = "2026-03-28T12:00:00Z";
constexpr auto before_autumn = "2026-10-24T12:00:00Z";

TEST_CASE("a fixed time that the clocks jump over is due right after the jump") {
  CHECK(due("30 2 * * *", "Europe/Berlin", before_spring, 3) ==
        Texts{"2026-03-29 03:00 CEST", "2026-03-30 02:30 CEST", "2026-03-31 02:30 CEST"});
  CHECK(due("0 2 * * *", "Europe/Berlin", before_spring, 2) == Texts{"2026-03-29 03:00 CEST", "2026-03-30 02:00 CEST"});
}

TEST_CASE("a fixed time before or after the jump is due as ever") {
  CHECK(due("59 1 * * *", "Europe/Berlin", before_spring, 2) == Texts{"2026-03-29 01:59 CET", "2026-03-30 01:59 CEST"});
  CHECK(due("0 3 * * *", "Europe/Berlin", before_spring, 2) == Texts{"2026-03-29 03:00 CEST", "2026-03-30 03:00 CEST"});
}

TEST_CASE("several fixed times that one jump skips are due once") {
  CHECK(due("0,30 2 * * *", "Europe/Berlin", before_spring, 3) ==
        Texts{"2026-03-29 03:00 CEST", "2026-03-30 02:00 CEST", "2026-03-30 02:30 CEST"});
  CHECK(due("30 1-3 * * *", "Europe/Berlin", before_spring, 4) ==
        Texts{"2026-03-29 01:30 CET", "2026-03-29 03:00 CEST", "2026-03-29 03:30 CEST", "2026-03-30 01:30 CEST"});
}

TEST_CASE("a skipped time and the one the jump lands on are the same run") {
  CHECK(due("0,30 2,3 * * *", "Europe/Berlin", before_spring, 3) ==
        Texts{"2026-03-29 03:00 CEST", "2026-03-29 03:30 CEST", "2026-03-30 02:00 CEST"});
}

TEST_CASE("a fixed time that the clocks show twice is due the first time") {
  CHECK(due("30 2 * * *", "Europe/Berlin", before_autumn, 2) == Texts{"2026-10-25 02:30 CEST", "2026-10-26 02:30 CET"});
  CHECK(due("0,30 1-3 * * *", "Europe/Berlin", before_autumn, 7) ==
        Texts{"2026-10-25 01:00 CEST", "2026-10-25 01:30 CEST", "2026-10-25 02:00 CEST", "2026-10-25 02:30 CEST",
              "2026-10-25 03:00 CET", "2026-10-25 03:30 CET", "2026-10-26 01:00 CET"});
}

TEST_CASE("asked between the two, a fixed time waits for the next day") {
  CHECK(due("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", 1) == Texts{"2026-10-26 02:30 CET"});
  CHECK(due("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", 1) == Texts{"2026-10-26 02:30 CET"});
  CHECK(due("30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", 1) == Texts{"2026-03-30 02:30 CEST"});
  CHECK(due("30 2 * * *", "Europe/Berlin", "2026-03-29T00:59:59Z", 1) == Texts{"2026-03-29 03:00 CEST"});
}

TEST_CASE("a pattern with * for the minute or the hour follows the clocks: skipped is not due") {
  CHECK(due("30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 3) ==
        Texts{"2026-03-29 01:30 CET", "2026-03-29 03:30 CEST", "2026-03-29 04:30 CEST"});
  CHECK(due("*/30 2 * * *", "Europe/Berlin", before_spring, 2) ==
        Texts{"2026-03-30 02:00 CEST", "2026-03-30 02:30 CEST"});
  CHECK(due("0 */2 * * *", "Europe/Berlin", "2026-03-28T23:30:00Z", 2) ==
        Texts{"2026-03-29 04:00 CEST", "2026-03-29 06:00 CEST"});
}

TEST_CASE("a pattern with * for the minute or the hour is due in both of a doubled hour") {
  CHECK(due("30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 3) ==
        Texts{"2026-10-25 02:30 CEST", "2026-10-25 02:30 CET", "2026-10-25 03:30 CET"});
  CHECK(due_in_utc("*/30 2 * * *", "Europe/Berlin", before_autumn, 5) ==
        Texts{"2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-26T01:00"});
}

TEST_CASE("only the first letter counts: 0-59 is a fixed time, */1 is not") {
  CHECK(due_in_utc("0-59 2 * * *", "Europe/Berlin", "2026-10-25T00:58:00Z", 2) ==
        Texts{"2026-10-25T00:59", "2026-10-26T01:00"});
  CHECK(due_in_utc("*/1 2 * * *", "Europe/Berlin", "2026-10-25T00:58:00Z", 2) ==
        Texts{"2026-10-25T00:59", "2026-10-25T01:00"});
}

TEST_CASE("Lord Howe turns its clocks by half an hour") {
  // 4 October 2026 02:00 +1030 becomes 02:30 +11; 5 April 2026 02:00 +11 becomes 01:30 +1030.
  CHECK(due("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 2) ==
        Texts{"2026-10-04 02:30 +11", "2026-10-05 02:15 +11"});
  CHECK(due("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", 2) ==
        Texts{"2026-04-05 01:45 +11", "2026-04-06 01:45 +1030"});
  CHECK(due("45 * * * *", "Australia/Lord_Howe", "2026-04-04T14:00:00Z", 3) ==
        Texts{"2026-04-05 01:45 +11", "2026-04-05 01:45 +1030", "2026-04-05 02:45 +1030"});
}

TEST_CASE("Apia had no 30 December 2011: what was due then is due right after it") {
  CHECK(due("0 9 * * *", "Pacific/Apia", "2011-12-29T12:00:00Z", 4) ==
        Texts{"2011-12-29 09:00 -10", "2011-12-31 00:00 +14", "2011-12-31 09:00 +14", "2012-01-01 09:00 +14"});
  CHECK(due("0 9 30 12 *", "Pacific/Apia", "2011-06-01T00:00:00Z", 2) ==
        Texts{"2011-12-31 00:00 +14", "2012-12-30 09:00 +14"});
  CHECK(due("0 * 30 12 *", "Pacific/Apia", "2011-06-01T00:00:00Z", 1) == Texts{"2012-12-30 00:00 +14"});
}

TEST_CASE("Kwajalein had one day twice: a fixed time is due on the first") {
  // 30 September 1969, 24:00 +11 became 00:00 -12 of the same day.
  CHECK(due_in_utc("0 9 * * *", "Pacific/Kwajalein", "1969-09-28T23:00:00Z", 3) ==
        Texts{"1969-09-29T22:00", "1969-10-01T21:00", "1969-10-02T21:00"});
}

TEST_CASE("a midnight that is jumped over is due at the day's first moment") {
  // 4 November 2018 00:00 -03 became 01:00 -02.
  CHECK(due("@daily", "America/Sao_Paulo", "2018-11-03T12:00:00Z", 2) ==
        Texts{"2018-11-04 01:00 -02", "2018-11-05 00:00 -02"});
  CHECK(due("0 0 4 * *", "America/Sao_Paulo", "2018-11-03T12:00:00Z", 2) ==
        Texts{"2018-11-04 01:00 -02", "2018-12-04 00:00 -02"});
}

TEST_CASE("a midnight that comes twice is due once") {
  // 18 February 2018 00:00 -02 became 23:00 -03 of the 17th.
  CHECK(due("@daily", "America/Sao_Paulo", "2018-02-17T12:00:00Z", 2) ==
        Texts{"2018-02-18 00:00 -03", "2018-02-19 00:00 -03"});
  CHECK(due("30 23 * * *", "America/Sao_Paulo", "2018-02-17T12:00:00Z", 2) ==
        Texts{"2018-02-17 23:30 -02", "2018-02-18 23:30 -03"});
}

TEST_CASE("Dublin's winter is the saving one, and its clocks turn as everybody's") {
  CHECK(due("30 1 * * *", "Europe/Dublin", before_spring, 2) == Texts{"2026-03-29 02:00 IST", "2026-03-30 01:30 IST"});
  CHECK(due("30 1 * * *", "Europe/Dublin", before_autumn, 2) == Texts{"2026-10-25 01:30 IST", "2026-10-26 01:30 GMT"});
}

TEST_CASE("a jump of seconds, from local mean time, is a jump like any other") {
  // Monrovia, 7 January 1972: 00:00:00 at -00:44:30 became 00:44:30 at 00:00.
  CHECK(due_in_utc("30 0 * * *", "Africa/Monrovia", "1972-01-06T00:00:00Z", 4) ==
        Texts{"1972-01-06T01:14:30", "1972-01-07T00:44:30", "1972-01-08T00:30", "1972-01-09T00:30"});
  // Paris, 11 March 1911: the clocks went from 00:00:00 at +00:09:21, before they had shown it, to 23:50:39.
  CHECK(due_in_utc("0 0 * * *", "Europe/Paris", "1911-03-09T12:00:00Z", 2) ==
        Texts{"1911-03-09T23:50:39", "1911-03-11T00:00"});
}

TEST_CASE("a change of the zone's name alone is no jump") {
  // London stayed an hour ahead from 1968 to 1971: BST became BST of another law.
  CHECK(due("0 0 * * *", "Europe/London", "1968-10-26T12:00:00Z", 3) ==
        Texts{"1968-10-27 00:00 BST", "1968-10-28 00:00 BST", "1968-10-29 00:00 BST"});
}

}  // namespace
}  // namespace batchd::schedule
