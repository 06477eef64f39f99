#include "ground/base/units.hpp"

#include <doctest/doctest.h>

using namespace batchd;

TEST_CASE("durations are a whole number and one unit") {
  CHECK(parse_duration("250ms").value() == Duration(250));
  CHECK(parse_duration("30s").value() == Duration(30'000));
  CHECK(parse_duration("5m").value() == Duration(300'000));
  CHECK(parse_duration("6h").value() == Duration(21'600'000));
  CHECK(parse_duration("14d").value() == Duration(1'209'600'000));
  CHECK(parse_duration("0s").value() == Duration(0));
}

TEST_CASE("what is no duration is refused with what is allowed") {
  for (const char* text : {"", "s", "30", "30 s", "-1s", "1.5h", "1h30m", "30S", "36501d", "99999999999999999999s"}) {
    const auto duration = parse_duration(text);
    REQUIRE_MESSAGE(!duration.ok(), text);
    CHECK(duration.error().kind == ErrorKind::invalid);
    CHECK(duration.error().hint.find("14d") != std::string::npos);
  }
  CHECK(parse_duration("36500d").ok());
}

TEST_CASE("sizes count by a thousand, or by 1024 where the unit says so") {
  CHECK(parse_size("12B").value() == 12);
  CHECK(parse_size("500kB").value() == 500'000);
  CHECK(parse_size("500KB").value() == 500'000);
  CHECK(parse_size("6MB").value() == 6'000'000);
  CHECK(parse_size("2GB").value() == 2'000'000'000);
  CHECK(parse_size("1GiB").value() == 1'073'741'824);
  for (const char* text : {"", "MB", "6", "6mb", "6 MB", "-6MB", "99999999TiB", "0x10B"})
    CHECK_MESSAGE(!parse_size(text).ok(), text);
}

TEST_CASE("a long wrong figure is shown cut") {
  const auto size = parse_size(std::string(500, '9'));
  REQUIRE(!size.ok());
  CHECK(size.error().message.size() < 100);
}

TEST_CASE("counts have their thousands apart") {
  CHECK(format_count(0) == "0");
  CHECK(format_count(999) == "999");
  CHECK(format_count(1'000) == "1,000");
  CHECK(format_count(1'234'567) == "1,234,567");
}

TEST_CASE("bytes take the unit that keeps them below a thousand") {
  CHECK(format_bytes(0) == "0 B");
  CHECK(format_bytes(812) == "812 B");
  CHECK(format_bytes(999) == "999 B");
  CHECK(format_bytes(1'000) == "1.0 kB");
  CHECK(format_bytes(1'400'000) == "1.4 MB");
  CHECK(format_bytes(999'949) == "999.9 kB");
  CHECK(format_bytes(999'950) == "1.0 MB");
  CHECK(format_bytes(2'000'000'000) == "2.0 GB");
  CHECK(format_bytes(UINT64_MAX) == "18.4 EB");
}

TEST_CASE("durations are written in the two units a person would name") {
  CHECK(format_duration(Duration(0)) == "0.0 s");
  CHECK(format_duration(Duration(-5)) == "0.0 s");
  CHECK(format_duration(Duration(450)) == "0.4 s");
  CHECK(format_duration(Duration(9'999)) == "9.9 s");
  CHECK(format_duration(Duration(12'999)) == "12 s");
  CHECK(format_duration(Duration(200'000)) == "3 min 20 s");
  CHECK(format_duration(Duration(7'500'000)) == "2 h 05 min");
  CHECK(format_duration(Duration(273'600'000)) == "3 d 4 h");
}

TEST_CASE("a time is named by its distance from now, behind or ahead") {
  const Time now = from_unix_seconds(1'000'000);
  CHECK(format_ago(now, now) == "now");
  CHECK(format_ago(now - Duration(12'000), now) == "12 s ago");
  CHECK(format_ago(now + Duration(200'000), now) == "in 3 min 20 s");
}

TEST_CASE("things are counted in singular and plural") {
  CHECK(counted(0, "row") == "0 rows");
  CHECK(counted(1, "row") == "1 row");
  CHECK(counted(2'000, "row") == "2,000 rows");
}
