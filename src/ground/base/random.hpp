#pragma once
// Randomness is handed in, so that a rehearsal replays by its seed. Not for secrets.

#include <cstdint>
#include <random>

namespace batchd {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  // Seeded by the system.
  static Random from_system();

  std::uint64_t next() { return engine_(); }
  // Uniform in [0, bound); bound > 0. The same sequence on every machine (no std::uniform_int_distribution).
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace batchd
