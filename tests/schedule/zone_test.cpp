#include <string>

#include <doctest/doctest.h>

#include "schedule/due.hpp"

namespace batchd::schedule {
namespace {

std::string zone_fault(std::string_view name) {
  const auto found = Zone::find(name);
  if (found) return "";
  if (found.error().kind != ErrorKind::invalid) return "not invalid";
  return found.error().message;
}

TEST_CASE("a zone is found by its IANA name, old names and UTC included") {
  for (const auto name : {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "US/Eastern", "GB"}) {
    CHECK(zone_fault(name).empty());
    CHECK(zone(name).name() == name);
  }
}

TEST_CASE("an unknown zone is refused with what was probably meant") {
  CHECK(zone_fault("Europe/Berlni") == "there is no time zone \"Europe/Berlni\"; did you mean \"Europe/Berlin\"?");
  CHECK(zone_fault("europe/berlin") == "there is no time zone \"europe/berlin\"; did you mean \"Europe/Berlin\"?");
  CHECK(zone_fault("Berlin") == "there is no time zone \"Berlin\"; did you mean \"Europe/Berlin\"?");
  CHECK(zone_fault("new york") == "there is no time zone \"new york\"; did you mean \"America/New_York\"?");
  // An abbreviation that is near to another's, and an offset with another sign, mean other hours.
  for (const char* other : {"PST", "CEST", "GMT+2"})
    CHECK(zone_fault(other) == std::string("there is no time zone \"") + other + "\"");
  CHECK(zone_fault("utc") == "there is no time zone \"utc\"; did you mean \"UTC\"?");
  CHECK(zone_fault("Middle-earth/Shire") == "there is no time zone \"Middle-earth/Shire\"");
  CHECK(zone_fault("") == "there is no time zone \"\"");
  CHECK(Zone::find("x").error().hint == "A zone is written as in /usr/share/zoneinfo: Europe/Berlin, UTC.");
}

TEST_CASE("no file but a zone's is taken for a zone") {
  for (const auto name : {"../zoneinfo/UTC", "/etc/localtime", "zone.tab", "Europe", "posix/Europe/Berlin"})
    CHECK(zone_fault(name).starts_with("there is no time zone"));
  CHECK(zone_fault("localtime") == "\"localtime\" is another time zone on another machine");
}

TEST_CASE("the date and the time are those the zone's clocks show") {
  CHECK(local_date(zone("Europe/Berlin"), at("2026-11-28T23:30:00Z")) == "2026-11-29");
  CHECK(local_date(zone("America/New_York"), at("2026-11-29T04:59:59Z")) == "2026-11-28");
  CHECK(local_text(zone("Europe/Berlin"), at("2026-11-29T00:30:59Z")) == "2026-11-29 01:30 CET");
  CHECK(local_text(zone("Europe/Berlin"), at("2026-06-29T00:30:00Z")) == "2026-06-29 02:30 CEST");
  CHECK(local_text(zone("Asia/Kathmandu"), at("2026-06-29T00:00:00Z")) == "2026-06-29 05:45 +0545");
  CHECK(local_text(zone("UTC"), at("1969-12-31T23:59:59Z")) == "1969-12-31 23:59 UTC");
}

}  // namespace
}  // namespace batchd::schedule
