#include "ground/base/clock.hpp"

#include <doctest/doctest.h>

using namespace batchd;

namespace {
const Time a_monday = from_unix_seconds(1795412693);  // 2026-11-23T05:44:53Z, by `date -u -d @1795412693`
}

TEST_CASE("times are written as UTC, with milliseconds when asked") {
  CHECK(format_utc(a_monday) == "2026-11-23T05:44:53Z");
  CHECK(format_utc(a_monday + Duration(120), true) == "2026-11-23T05:44:53.120Z");
  CHECK(format_utc(a_monday + Duration(999)) == "2026-11-23T05:44:53Z");
  CHECK(format_utc(from_unix_ms(0), true) == "1970-01-01T00:00:00.000Z");
  CHECK(format_utc(from_unix_ms(-1), true) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("a written time is read back as the same time") {
  for (std::int64_t ms : {0LL, -1LL, 1795412693120LL, 951782400000LL /* 2000-02-29 */, 4102444799999LL})
    CHECK(parse_utc(format_utc(from_unix_ms(ms), true)) == from_unix_ms(ms));
}

TEST_CASE("only the two forms of a time are read") {
  CHECK(parse_utc("2026-11-23T05:44:53Z") == a_monday);
  for (const char* text :
       {"", "2026-11-23", "2026-11-23T05:44:53", "2026-11-23 05:44:53Z", "2026-11-23T05:44:53+00:00",
        "2026-11-23T05:44:53.1Z", "2026-11-23T05:44:53Z ", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-11-23T24:00:00Z", "2026-11-23T05:60:00Z", "2026-11-23T05:44:53.120", "+026-11-23T05:44:53Z"})
    CHECK_MESSAGE(parse_utc(text) == std::nullopt, text);
}

TEST_CASE("an HTTP date is read in its fixed form and written back the same") {
  CHECK(parse_http_date("Mon, 23 Nov 2026 05:44:53 GMT") == a_monday);
  CHECK(format_http_date(a_monday) == "Mon, 23 Nov 2026 05:44:53 GMT");
  CHECK(format_http_date(from_unix_ms(0)) == "Thu, 01 Jan 1970 00:00:00 GMT");
  for (const char* text :
       {"", "23 Nov 2026 05:44:53 GMT", "Mon, 23 Nov 2026 05:44:53 CET", "Mon, 31 Feb 2026 05:44:53 GMT",
        "Monday, 23-Nov-26 05:44:53 GMT", "Mon, 23 nov 2026 05:44:53 GMT", "120"})
    CHECK_MESSAGE(parse_http_date(text) == std::nullopt, text);
}

TEST_CASE("a leap second is the first second of the next minute") {
  CHECK(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT") == parse_utc("2017-01-01T00:00:00Z"));
}

TEST_CASE("a turned clock moves only when it is turned, and never backwards") {
  TurnedClock clock(a_monday);
  CHECK(clock.now() == a_monday);
  clock.turn_by(Duration(500));
  CHECK(clock.now() == a_monday + Duration(500));
  clock.turn_to(a_monday);
  CHECK(clock.now() == a_monday + Duration(500));
  clock.turn_to(a_monday + Duration(900));
  CHECK(clock.now() == a_monday + Duration(900));
}
