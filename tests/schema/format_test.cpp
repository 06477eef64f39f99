#include "rules/schema/format.hpp"

#include <doctest/doctest.h>

namespace batchd::schema {
namespace {

TEST_CASE("dates are days of the calendar") {
  CHECK(is_date("2024-02-29"));
  CHECK_FALSE(is_date("2023-02-29"));
  CHECK_FALSE(is_date("1900-02-29"));
  CHECK_FALSE(is_date("2024-13-01"));
  CHECK_FALSE(is_date("2024-1-1"));
  CHECK_FALSE(is_date("2024-01-01 "));
}

TEST_CASE("times have a zone and a leap second only where one can be") {
  CHECK(is_time("23:59:60Z"));
  CHECK(is_time("15:59:60-08:00"));
  CHECK_FALSE(is_time("22:59:60Z"));
  CHECK_FALSE(is_time("12:00:00"));
  CHECK_FALSE(is_time("24:00:00Z"));
  CHECK(is_date_time("2024-05-31t12:00:00.123456z"));
  CHECK_FALSE(is_date_time("2024-05-31 12:00:00Z"));
}

TEST_CASE("durations go from large to small without a gap") {
  CHECK(is_duration("P3DT12H"));
  CHECK(is_duration("P2W"));
  CHECK_FALSE(is_duration("P1Y2D"));
  CHECK_FALSE(is_duration("PT"));
  CHECK_FALSE(is_duration("P1T1H"));
  CHECK_FALSE(is_duration("P"));
}

TEST_CASE("addresses of mail and machines") {
  CHECK(is_email("joe.bloggs@example.com"));
  CHECK(is_email("\"joe bloggs\"@example.com"));
  CHECK(is_email("joe@[127.0.0.1]"));
  CHECK_FALSE(is_email("joe..bloggs@example.com"));
  CHECK_FALSE(is_email("joe@"));
  CHECK(is_hostname("www.example.com"));
  CHECK_FALSE(is_hostname("-bad.example.com"));
  CHECK_FALSE(is_hostname(""));
  CHECK(is_ipv4("192.0.2.1"));
  CHECK_FALSE(is_ipv4("192.0.2.01"));
  CHECK_FALSE(is_ipv4("192.0.2.256"));
  CHECK(is_ipv6("2001:db8::1"));
  CHECK(is_ipv6("::ffff:192.0.2.1"));
  CHECK_FALSE(is_ipv6("2001:db8::1::2"));
  CHECK_FALSE(is_ipv6("12345::"));
  CHECK_FALSE(is_ipv6("1:2:3:4:5:6:7:8:9"));
}

TEST_CASE("URIs and their relatives") {
  CHECK(is_uri("https://example.org:8080/a%20b?q#f"));
  CHECK(is_uri("urn:uuid:2eb8aa08-aa98-11ea-b4aa-73b441d16380"));
  CHECK_FALSE(is_uri("/relative"));
  CHECK_FALSE(is_uri("https://example.org/a b"));
  CHECK_FALSE(is_uri("https://[::1"));
  CHECK(is_uri_reference("../a?b#c"));
  CHECK_FALSE(is_uri_reference("\\\\share"));
  CHECK(is_iri("https://example.org/straße"));
  CHECK_FALSE(is_uri("https://example.org/straße"));
  CHECK(is_uri_template("/items/{id}{?page,size*}"));
  CHECK_FALSE(is_uri_template("/items/{id"));
}

TEST_CASE("identifiers and pointers") {
  CHECK(is_uuid("2EB8AA08-AA98-11EA-B4AA-73B441D16380"));
  CHECK_FALSE(is_uuid("2eb8aa08aa9811eab4aa73b441d16380"));
  CHECK(is_json_pointer("/a~1b/0"));
  CHECK_FALSE(is_json_pointer("a"));
  CHECK_FALSE(is_json_pointer("/a~2"));
  CHECK(is_relative_json_pointer("1/a"));
  CHECK_FALSE(is_relative_json_pointer("01/a"));
  CHECK(is_regex("^a+$"));
  CHECK_FALSE(is_regex("^a(b$"));
}

}  // namespace
}  // namespace batchd::schema
