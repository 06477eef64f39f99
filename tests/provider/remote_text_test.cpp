#include "line/provider/remote_text.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::provider;

namespace {

std::optional<Time> time_in(std::string_view json) {
  json::Document document;
  return time_of(document.parse(json).value());
}

}  // namespace

TEST_CASE("times in every spelling") {
  const Time expected = from_unix_seconds(1'795'435'200);
  for (const std::string_view json :
       {"1795435200", "1795435200.75", "1795435200000", "\"1795435200\"", "\"2026-11-23T12:00:00Z\"",
        "\"2026-11-23T12:00:00.123456Z\"", "\"2026-11-23 12:00:00\"", "\"2026-11-23T20:00:00+08:00\"",
        "\"2026-11-23T07:30:00-0430\"", "\"2026-11-23T13:00:00+01\""}) {
    CAPTURE(json);
    CHECK(time_in(json) == expected);
  }
}

TEST_CASE("what is no time is none") {
  for (const std::string_view json : {"null", "0", "-5", "1e300", "\"\"", "\"soon\"", "\"2026-13-01T00:00:00Z\"",
                                      "\"2026-11-23T12:00:00 or so\"", "\"2026-11-23T12:00:00+99:00\"", "{}", "true"}) {
    CAPTURE(json);
    CHECK_FALSE(time_in(json));
  }
}

TEST_CASE("counts and texts are read from numbers and strings alike") {
  json::Document document;
  const auto root = document.parse(R"({"a":5,"b":"6","c":-1,"d":"x","e":null,"f":20012,"g":"t"})").value();
  CHECK(count_of(root.find("a")) == 5);
  CHECK(count_of(root.find("b")) == 6);
  for (const auto key : {"c", "d", "e", "missing"})
    CHECK_FALSE(count_of(root.find(key)));
  CHECK(text_of(root.find("f")) == "20012");
  CHECK(text_of_first(root, {"missing", "e", "g"}) == "t");
}
