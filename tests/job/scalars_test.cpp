#include "rules/job/scalars.hpp"

#include <utility>

#include <doctest/doctest.h>

using namespace batchd::job;

TEST_CASE("plain scalars follow the core schema of YAML 1.2") {
  for (const auto& [yaml, json] : {std::pair{"", "null"},
                                   {"~", "null"},
                                   {"Null", "null"},
                                   {"true", "true"},
                                   {"FALSE", "false"},
                                   {"yes", "\"yes\""},
                                   {"off", "\"off\""},
                                   {"y", "\"y\""},
                                   {"2026-11-01", "\"2026-11-01\""},
                                   {"01:30", "\"01:30\""},
                                   {"1_000", "\"1_000\""},
                                   {"tRue", "\"tRue\""},
                                   {"-", "\"-\""},
                                   {"+", "\"+\""},
                                   {".", "\".\""},
                                   {"1e", "\"1e\""},
                                   {"0x", "\"0x\""},
                                   {"0xg1", "\"0xg1\""},
                                   {"a\"b", "\"a\\\"b\""}})
    CHECK_MESSAGE(resolve_plain(yaml).json == json, yaml);
}

TEST_CASE("numbers keep the digits they were written with") {
  for (const auto& [yaml, json] : {std::pair{"25.00", "25.00"},
                                   {"19.90", "19.90"},
                                   {"123456789012345678901", "123456789012345678901"},
                                   {"1e400", "1e400"},
                                   {"-0", "-0"},
                                   {"2.5E-3", "2.5e-3"}})
    CHECK_MESSAGE(resolve_plain(yaml).json == json, yaml);
}

TEST_CASE("a number that JSON writes otherwise is written as JSON does") {
  for (const auto& [yaml, json] : {std::pair{"+12", "12"},
                                   {"007", "7"},
                                   {"000", "0"},
                                   {"-010.50", "-10.50"},
                                   {".5", "0.5"},
                                   {"1.", "1.0"},
                                   {"0o17", "15"},
                                   {"0x1F", "31"},
                                   {"1E+06", "1e+06"}})
    CHECK_MESSAGE(resolve_plain(yaml).json == json, yaml);
}

TEST_CASE("a number that JSON cannot hold is a fault") {
  CHECK(resolve_plain(".inf").fault == ".inf is no number that JSON can hold; put it in quotes if it is text");
  CHECK(resolve_plain("-.INF").fault.starts_with("-.INF is no number"));
  CHECK(resolve_plain(".nan").fault.starts_with(".nan is no number"));
  CHECK(resolve_plain("0x10000000000000000").fault == "0x10000000000000000 is beyond 64 bits");
}
