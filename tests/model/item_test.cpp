#include "rules/model/item.hpp"

#include <doctest/doctest.h>

using namespace batchd::model;

namespace {
const std::string run = "01jd0000000000000000000abc";
}

TEST_CASE("a custom_id reads back as run, sequence and attempt") {
  const CustomId id{run, 1234567, 2};
  CHECK(to_text(id) == run + "-1234567-2");
  CHECK(custom_id_from_text(to_text(id)) == id);
}

TEST_CASE("a text that is not exactly one of our custom_ids is nobody's") {
  for (const auto* tail : {"", "-", "-1", "-1-", "--1", "-1-1-1", "-01-1", "-1-01", "-0-1", "-1-0", "-1-x", "-x-1",
                           " -1-1", "-99999999999999999999-1", "-1-4294967296"}) {
    CAPTURE(tail);
    CHECK_FALSE(custom_id_from_text(run + tail).has_value());
  }
  CHECK_FALSE(custom_id_from_text("01JD0000000000000000000ABC-1-1").has_value());
  CHECK_FALSE(custom_id_from_text("request-1").has_value());
}

TEST_CASE("every reason and status has a name that leads back to it") {
  for (int i = 0; i < reason_count; ++i) {
    const auto reason = static_cast<Reason>(i);
    CHECK(reason_from_name(name_of(reason)) == reason);
  }
  CHECK(name_of(Reason::schema_mismatch) == "schema_mismatch");
  CHECK(name_of(Reason::deadline) == "deadline");
  CHECK_FALSE(reason_from_name("no such reason").has_value());
  CHECK(status_from_name("submitted") == ItemStatus::submitted);
  CHECK_FALSE(status_from_name("done").has_value());
}
