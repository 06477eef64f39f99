#include "ground/json/pretty.hpp"

#include <doctest/doctest.h>

using batchd::json::pretty;

TEST_CASE("a value is spread over lines, two blanks a level, and says the same") {
  CHECK(pretty(R"({"a":[1,{"b":"x\ny"}],"c":{}})") ==
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x\\ny\"\n    }\n  ],\n  \"c\": {}\n}");
  CHECK(pretty("19.90") == "19.90");
  CHECK(pretty("[]") == "[]");
}

TEST_CASE("what is no JSON stays as it is") {
  CHECK(pretty("no JSON {") == "no JSON {");
  CHECK(pretty("").empty());
}
