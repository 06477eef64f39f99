#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "ground/json/document.hpp"
#include "json/parsed.hpp"

namespace batchd::json {
namespace {

TEST_CASE("a chain of accessors ends in absence when a link is missing") {
  Parsed parsed(R"({"a":{"b":[1]}})");
  CHECK(*parsed->find("a").find("b").at(0).as_int64() == 1);
  View absent = parsed->find("x").find("y").at(3).at_pointer("/z");
  CHECK_FALSE(absent);
  CHECK_FALSE(absent.as_bool());
  CHECK_FALSE(absent.as_string());
  CHECK_FALSE(absent.as_number_text());
  CHECK_FALSE(absent.as_int64());
  CHECK_FALSE(absent.as_double());
  CHECK_FALSE(absent.is_null());
  CHECK(absent.size() == 0);
  CHECK(absent.source_text().empty());
  for ([[maybe_unused]] View element : absent.elements())
    FAIL("an absent value has no elements");
  for ([[maybe_unused]] auto member : absent.members())
    FAIL("an absent value has no members");
}

TEST_CASE("a value answers only for its own kind") {
  Parsed parsed(R"([null,true,7,"7",[7],{"7":7}])");
  std::vector<std::string> kinds;
  for (View element : parsed->elements()) {
    kinds.emplace_back(name_of(element.kind()));
    CHECK(element.as_bool().has_value() == element.is(Kind::boolean));
    CHECK(element.as_int64().has_value() == element.is(Kind::number));
    CHECK(element.as_double().has_value() == element.is(Kind::number));
    CHECK(element.as_string().has_value() == element.is(Kind::string));
    CHECK(element.at(0).operator bool() == element.is(Kind::array));
    CHECK(element.find("7").operator bool() == element.is(Kind::object));
  }
  CHECK(kinds == std::vector<std::string>{"null", "boolean", "number", "string", "array", "object"});
}

TEST_CASE("members and elements come in the order they were written") {
  Parsed parsed(R"({"b":[1,[2,3],{"x":4},5],"a":{"c":1},"":2})");
  std::string seen;
  for (auto [key, value] : parsed->members())
    seen += std::string(key) + "=" + std::string(value.source_text()) + ";";
  CHECK(seen == R"(b=[1,[2,3],{"x":4},5];a={"c":1};=2;)");
  seen.clear();
  for (View element : parsed->find("b").elements())
    seen += std::string(element.source_text()) + ";";
  CHECK(seen == R"(1;[2,3];{"x":4};5;)");
  CHECK(parsed->find("b").at(3).source_text() == "5");
  CHECK_FALSE(parsed->find("b").at(4));
  CHECK(parsed->find("b").size() == 4);
}

TEST_CASE("strings are given without their escapes") {
  Parsed parsed(R"(["plain","\"\\\/\b\f\n\r\t","\u0041\u00e9\u20ac\ud83d\ude00\u0000!","é\né","\\u0041"])");
  CHECK(*parsed->at(0).as_string() == "plain");
  CHECK(*parsed->at(1).as_string() == "\"\\/\b\f\n\r\t");
  CHECK(*parsed->at(2).as_string() == std::string("Aé€😀\0!", 12));
  CHECK(*parsed->at(3).as_string() == "é\né");
  CHECK(*parsed->at(4).as_string() == "\\u0041");
  CHECK_FALSE(parsed->at(0).node().escaped);
  CHECK(parsed->at(1).node().escaped);
}

TEST_CASE("a member is found by its key without escapes") {
  Parsed parsed(R"({"na\u006de":1,"a/b":2,"m~n":3})");
  CHECK(*parsed->find("name").as_int64() == 1);
  CHECK_FALSE(parsed->find("na\\u006de"));
}

TEST_CASE("JSON Pointers as RFC 6901 has them") {
  Parsed parsed(R"({"foo":["bar","baz",[9]],"":0,"a/b":1,"c%d":2,"m~n":8," ":7,"~1":10,"01":{"0":11}})");
  auto text_at = [&](std::string_view pointer) { return std::string(parsed->at_pointer(pointer).source_text()); };
  CHECK(parsed->at_pointer("").index() == 0);
  CHECK(text_at("/foo/0") == R"("bar")");
  CHECK(text_at("/foo/2/0") == "9");
  CHECK(text_at("/") == "0");
  CHECK(text_at("/a~1b") == "1");
  CHECK(text_at("/c%d") == "2");
  CHECK(text_at("/m~0n") == "8");
  CHECK(text_at("/ ") == "7");
  CHECK(text_at("/~01") == "10");
  CHECK(text_at("/01/0") == "11");
  for (std::string_view absent : {"foo", "/foo/3", "/foo/00", "/foo/-", "/foo/-1", "/foo/+1", "/foo/", "/foo/0/x",
                                  "/m~n", "/m~", "/m~2", "/x", "/foo/99999999999999999999999", "/foo/0 "})
    CHECK_MESSAGE(!parsed->at_pointer(absent), absent);
}

std::optional<std::int64_t> int64_of(std::string_view number) { return Parsed(number)->as_int64(); }

TEST_CASE("a number is an integer by its value, not by its spelling, and exactly") {
  for (std::string_view seven :
       {"7", "7.0", "7.000", "7e0", "70e-1", "0.7e1", "0.07e2", "7E+0", "7000.000e-3",
        "0.00000000000000000000000000000000000000007e41", "7000000000000000000000000000000000000000000000000e-48"})
    CHECK_MESSAGE(int64_of(seven) == 7, seven);
  for (std::string_view zero : {"0", "-0", "0.0", "0e5", "0.000e-99999999999999999999", "-0.0E+99999999999999999999"})
    CHECK_MESSAGE(int64_of(zero) == 0, zero);
  CHECK(int64_of("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(int64_of("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(int64_of("9223372036854775807.0") == std::numeric_limits<std::int64_t>::max());
  CHECK(int64_of("922337203685477580.7e1") == std::numeric_limits<std::int64_t>::max());
  CHECK(int64_of("-9.223372036854775808e18") == std::numeric_limits<std::int64_t>::min());
  CHECK(int64_of("1e18") == 1'000'000'000'000'000'000);
  CHECK(int64_of("12.50e1") == 125);
  CHECK(int64_of("9007199254740993") == 9007199254740993);  // no double in between
}

TEST_CASE("a number that is no integer of 64 bits has none") {
  for (std::string_view none :
       {"7.5", "75e-1", "0.1", "1e-1", "12.5", "9223372036854775808", "-9223372036854775809", "9223372036854775807.1",
        "1e19", "99999999999999999999", "1e400", "1e-400", "1e99999999999999999999", "1e-99999999999999999999",
        "18446744073709551616", "7.0000000000000000000000000000001"})
    CHECK_MESSAGE(!int64_of(none), none);
}

TEST_CASE("a number as double is the nearest one, or infinity beyond the range") {
  auto double_of = [](std::string_view number) { return *Parsed(number)->as_double(); };
  CHECK(double_of("0.1") == 0.1);
  CHECK(double_of("19.90") == 19.9);
  CHECK(double_of("1e308") == 1e308);
  CHECK(double_of("5e-324") == 5e-324);
  CHECK(double_of("9007199254740993") == 9007199254740992.0);
  CHECK(double_of("1e400") == std::numeric_limits<double>::infinity());
  CHECK(double_of("-1e400") == -std::numeric_limits<double>::infinity());
  CHECK(double_of("123456789012345678901234567890e300") == std::numeric_limits<double>::infinity());
  CHECK(double_of("1e99999999999999999999") == std::numeric_limits<double>::infinity());
  CHECK(double_of("1e-400") == 0.0);
  CHECK(double_of("0.00001e-399") == 0.0);
  CHECK(std::signbit(double_of("-1e-400")));
  CHECK(std::signbit(double_of("-0")));
  CHECK(double_of("0e99999999999999999999") == 0.0);
}

TEST_CASE("a number keeps its text") {
  for (std::string_view number : {"19.90", "1e400", "123456789012345678901234567890", "-0", "1E+2"}) {
    Parsed parsed("[ " + std::string(number) + " ]");
    CHECK(*parsed->at(0).as_number_text() == number);
    CHECK(parsed->at(0).node().count == number.size());
  }
}

}  // namespace
}  // namespace batchd::json
