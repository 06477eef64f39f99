#include "ground/base/random.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace batchd;

TEST_CASE("the same seed gives the same sequence on every machine") {
  // The standard fixes mt19937_64: its 10000th value from the seed 5489.
  Random random(5489);
  for (int i = 1; i < 10'000; ++i)
    random.next();
  CHECK(random.next() == 9981545732273789042ULL);
}

TEST_CASE("a bounded draw stays below its bound and reaches every value") {
  Random random(7);
  std::array<int, 6> seen{};
  for (int i = 0; i < 6'000; ++i)
    ++seen.at(random.below(6));
  for (int count : seen)
    CHECK(count > 800);
  CHECK(random.below(1) == 0);
}

TEST_CASE("a bound just above half the range is not answered by folding") {
  // By a plain remainder every value below 2^63 - 1 would be drawn twice as often: 2/3 of all draws.
  Random random(11);
  const std::uint64_t bound = (std::uint64_t{1} << 63) + (std::uint64_t{1} << 62);
  int low = 0;
  for (int i = 0; i < 3'000; ++i)
    low += random.below(bound) < bound / 3 ? 1 : 0;
  CHECK(low > 850);
  CHECK(low < 1'150);
}

TEST_CASE("a unit draw lies from zero to below one") {
  Random random(3);
  double least = 1, most = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double value = random.unit();
    least = value < least ? value : least;
    most = value > most ? value : most;
  }
  CHECK(least >= 0);
  CHECK(least < 0.01);
  CHECK(most < 1);
  CHECK(most > 0.99);
}

TEST_CASE("the system's seeds differ") { CHECK(Random::from_system().next() != Random::from_system().next()); }
