#include "schedule/random_pattern.hpp"

namespace batchd::schedule::test {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_seconds;

bool RandomPattern::fits(local_seconds time) const {
  const auto midnight = floor<days>(time);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{time - midnight};
  const auto in = [](const RandomField& field, auto value) { return field.allows[static_cast<std::size_t>(value)]; };
  const bool by_day = in(day, static_cast<unsigned>(date.day()));
  const bool by_weekday = in(weekday, std::chrono::weekday(midnight).c_encoding());
  const bool is_either = !day.begins_with_star && !weekday.begins_with_star;
  return clock.seconds().count() == 0 && in(minute, clock.minutes().count()) && in(hour, clock.hours().count()) &&
         in(month, static_cast<unsigned>(date.month())) && (is_either ? by_day || by_weekday : by_day && by_weekday);
}

// `*`, or `*/n` with one of the steps.
RandomField PatternMaker::star(int min, int max, const Choice& steps) {
  RandomField field;
  field.begins_with_star = true;
  const int step = steps[below(steps.size())];
  field.text = step == 1 ? "*" : "*/" + std::to_string(step);
  for (int value = min; value <= max; value += step)
    field.allows[static_cast<std::size_t>(value)] = true;
  return field;
}

RandomField PatternMaker::some_of(const Choice& values, std::size_t count_max) {
  RandomField field;
  for (std::size_t count = 1 + below(count_max); count > 0; --count) {
    const int value = values[below(values.size())];
    field.allows[static_cast<std::size_t>(value)] = true;
    field.text += (field.text.empty() ? "" : ",") + std::to_string(value);
  }
  return field;
}

RandomPattern PatternMaker::near(local_seconds time) {
  const auto midnight = floor<days>(time);
  const int hour = static_cast<int>(floor<std::chrono::hours>(time - midnight).count());
  const std::chrono::year_month_day date{midnight}, before{midnight - days(1)}, after{midnight + days(1)};
  const auto day_of = [](const auto& d) { return static_cast<int>(static_cast<unsigned>(d.day())); };
  const auto month_of = [](const auto& d) { return static_cast<int>(static_cast<unsigned>(d.month())); };
  const auto weekday = static_cast<int>(std::chrono::weekday(midnight).c_encoding());

  Choice hours;
  for (int distance = -3; distance <= 3; ++distance)
    hours.push_back((hour + distance + 24) % 24);
  RandomPattern pattern;
  const bool is_fixed = below(2) == 0;
  const bool minute_is_open = !is_fixed && below(2) == 0;
  pattern.minute = minute_is_open ? star(0, 59, {1, 7, 15, 20, 30}) : some_of({0, 0, 1, 15, 30, 45, 59, 7}, 4);
  pattern.hour = is_fixed || (minute_is_open && below(2) == 0) ? some_of(hours, 5) : star(0, 23, {1, 1, 2, 3});
  pattern.day = below(3) > 0 ? star(1, 31, {1, 1, 1, 2}) : some_of({day_of(before), day_of(date), day_of(after)}, 2);
  pattern.month = below(4) > 0 ? star(1, 12, {1}) : some_of({month_of(date), month_of(after)}, 2);
  pattern.weekday =
      below(4) > 0 ? star(0, 6, {1, 1, 1, 2}) : some_of({weekday, (weekday + 1) % 7, (weekday + 6) % 7}, 2);
  pattern.text = pattern.minute.text + " " + pattern.hour.text + " " + pattern.day.text + " " + pattern.month.text +
                 " " + pattern.weekday.text;
  return pattern;
}

}  // namespace batchd::schedule::test
