#include "ground/base/ulid.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace batchd;

TEST_CASE("a ULID begins with its time as the specification writes it") {
  // The specification's own example: 1469918176385 is 01ARYZ6S41.
  Random random(1);
  const std::string ulid = make_ulid(from_unix_ms(1469918176385), random);
  CHECK(ulid.size() == 26);
  CHECK(ulid.substr(0, 10) == "01aryz6s41");
  CHECK(is_ulid(ulid));
  CHECK(time_of_ulid(ulid) == from_unix_ms(1469918176385));
}

TEST_CASE("ULIDs sort by time as text") {
  Random random(1);
  std::string before = make_ulid(from_unix_ms(0), random);
  for (std::int64_t ms = 1; ms < (std::int64_t{1} << 47); ms *= 3) {
    const std::string ulid = make_ulid(from_unix_ms(ms), random);
    CHECK(before < ulid);
    before = ulid;
  }
}

TEST_CASE("ULIDs of one millisecond differ, and a seed repeats them") {
  Random random(5), again(5);
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const std::string ulid = make_ulid(from_unix_ms(1), random);
    CHECK(ulid == make_ulid(from_unix_ms(1), again));
    seen.insert(ulid);
  }
  CHECK(seen.size() == 1'000);
}

TEST_CASE("what is no ULID is not taken for one") {
  CHECK(is_ulid("7zzzzzzzzzzzzzzzzzzzzzzzzz"));
  CHECK_FALSE(is_ulid("8zzzzzzzzzzzzzzzzzzzzzzzzz"));  // more than 48 bits of time
  CHECK_FALSE(is_ulid("01aryz6s41tsv4rrffq69g5fa"));   // a digit short
  CHECK_FALSE(is_ulid("01ARYZ6S41TSV4RRFFQ69G5FAV"));  // upper case
  CHECK_FALSE(is_ulid("01aryz6s41tsv4rrffq69g5fai"));  // i is no digit
  CHECK_FALSE(is_ulid(""));
  CHECK(time_of_ulid("latest") == std::nullopt);
}
