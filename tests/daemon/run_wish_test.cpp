#include "doors/daemon/run_wish.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::daemon;

TEST_CASE("a run is wished for as on the command line") {
  const auto wish = run_wish_from(R"({"key": "monday", "new": true, "limit": 20, "sample": "5:7"})");
  REQUIRE(wish.ok());
  CHECK(wish->key == "monday");
  CHECK(wish->is_new);
  CHECK(wish->limit == 20);
  CHECK(wish->sample->rows == 5);
  CHECK(wish->sample->seed == 7);
  CHECK(run_wish_from(R"({"sample": 5})")->sample->seed == 1);
}

TEST_CASE("no body wishes nothing") {
  for (const char* body : {"", " \n", "{}"}) {
    const auto wish = run_wish_from(body);
    REQUIRE(wish.ok());
    CHECK_FALSE(wish->key);
    CHECK_FALSE(wish->limit);
  }
}

TEST_CASE("what is not known, or no value of its kind, is refused by its name") {
  CHECK(run_wish_from(R"({"limt": 1})").error().message == "\"limt\" is not known here");
  for (const char* body : {R"({"limit": 0})", R"({"limit": -1})", R"({"limit": 1.5})", R"({"limit": "x"})",
                           R"({"limit": 99999999999999999999})", R"({"new": 1})", R"({"key": ""})", R"({"key": 7})",
                           R"({"key": "a\u0000"})", R"({"sample": "5:"})", R"({"sample": 0})", R"({"sample": null})",
                           "[]", "7", "{", "key=monday"}) {
    CAPTURE(body);
    CHECK_FALSE(run_wish_from(body).ok());
  }
}
