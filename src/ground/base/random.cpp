#include "ground/base/random.hpp"

#include <sys/random.h>

#include "ground/base/check.hpp"

namespace batchd {

Random Random::from_system() {
  std::uint64_t seed = 0;
  // Up to 256 bytes getrandom() is neither short nor interrupted once the system has booted.
  check(::getrandom(&seed, sizeof seed, 0) == sizeof seed, "the system gives random bytes");
  return Random(seed);
}

std::uint64_t Random::below(std::uint64_t bound) {
  check(bound > 0, "below() needs a bound above zero");
  // 2^64 is rarely a multiple of the bound; the first (2^64 mod bound) values would make small results likelier.
  const std::uint64_t surplus = (0 - bound) % bound;
  while (true) {
    const std::uint64_t value = next();
    if (value >= surplus) return value % bound;
  }
}

}  // namespace batchd
