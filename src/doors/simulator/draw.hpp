#pragma once
// Choices that replay: everything the simulator makes up is drawn from a hash of its seed and of what it was asked,
// never from a clock or from the order of unrelated events.

#include <cstdint>
#include <string_view>

namespace batchd::simulator {

// Two numbers into one that depends on every bit of both.
constexpr std::uint64_t mixed(std::uint64_t left, std::uint64_t right) {
  std::uint64_t z = left + 0x9E3779B97F4A7C15ull * (right + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

// A name as a number (FNV-1a): keeps the draws for different purposes apart.
constexpr std::uint64_t number_of(std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325ull;
  for (const char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  return hash;
}

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return mixed(seed_step_, state_ += seed_step_); }
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }  // the bias is no matter here
  std::uint64_t between(std::uint64_t least, std::uint64_t most) { return least + below(most - least + 1); }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double share) { return unit() < share; }

 private:
  static constexpr std::uint64_t seed_step_ = 0x9E3779B97F4A7C15ull;
  std::uint64_t state_;
};

}  // namespace batchd::simulator
