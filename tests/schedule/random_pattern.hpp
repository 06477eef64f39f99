#pragma once
// A pattern made up, together with what it means: its text is for the room, its sets for the tests.

#include <array>
#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace batchd::schedule::test {

// One of these is taken; what is named twice, twice as often.
using Choice = std::vector<int>;

struct RandomField {
  std::string text;
  std::array<bool, 60> allows{};
  bool begins_with_star = false;
};

struct RandomPattern {
  RandomField minute, hour, day, month, weekday;
  std::string text;

  bool is_fixed_time() const { return !minute.begins_with_star && !hour.begins_with_star; }
  // Word for word what the header says of a local time.
  bool fits(std::chrono::local_seconds time) const;
};

class PatternMaker {
 public:
  explicit PatternMaker(unsigned seed) : random_(seed) {}

  // Of times around this one: its hours lie near, its days, where it names any, hold it or its neighbours.
  RandomPattern near(std::chrono::local_seconds time);
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  RandomField star(int min, int max, const Choice& steps);
  RandomField some_of(const Choice& values, std::size_t count_max);

  std::mt19937 random_;  // the standard pins what it gives
};

}  // namespace batchd::schedule::test
