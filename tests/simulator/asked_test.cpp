#include "doors/simulator/asked.hpp"

#include <doctest/doctest.h>

#include "doors/simulator/draw.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::simulator;

TEST_CASE("each body is counted for itself") {
  Asked asked;
  for (std::uint64_t times = 0; times < 3; ++times)
    for (std::uint64_t body = 0; body < 20'000; ++body)
      CHECK(asked.count(mixed(body, 1)) == times);
  CHECK(asked.bodies() == 20'000);
  CHECK(asked.count(0) == 0);
  CHECK(asked.count(0) == 1);
}

TEST_CASE("a count stays at its most") {
  Asked asked;
  for (int i = 0; i < 1'000; ++i)
    (void)asked.count(7'777'777);
  CHECK(asked.count(7'777'777) == 255);
}

TEST_CASE("counts come back from a file of keys; half a key at its end is nothing") {
  const test::TemporaryFolder folder;
  std::string keys;
  for (std::uint64_t body = 0; body < 10'000; ++body)
    Asked::append_key(keys, mixed(body, 2));
  const auto path = folder.write("keys", keys + "abc");
  Asked asked;
  REQUIRE(asked.load(path).ok());
  REQUIRE(asked.load(path).ok());
  for (std::uint64_t body = 0; body < 10'000; ++body)
    CHECK(asked.count(mixed(body, 2)) == 2);
  CHECK_FALSE(asked.load(folder / "none").ok());
}
