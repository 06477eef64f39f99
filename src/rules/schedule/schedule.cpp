#include "rules/schedule/schedule.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "rules/schedule/fields.hpp"
#include "rules/schedule/walk.hpp"

namespace batchd::schedule {
namespace {

using std::chrono::sys_seconds;

// Due times are whole seconds: one is after a time exactly if it is after that time's second.
sys_seconds second_of(Time time) { return std::chrono::floor<std::chrono::seconds>(time); }

// The newest `max` of those in (after, until].
std::deque<Time> newest(const Pattern& pattern, const Zone& zone, sys_seconds after, sys_seconds until,
                        std::size_t max) {
  std::deque<Time> times;
  Walk walk(pattern.fields(), zone.data(), after);
  for (auto due = walk.next(); due && *due <= until; due = walk.next()) {
    times.emplace_back(*due);
    if (times.size() > max) times.pop_front();
  }
  return times;
}

}  // namespace

Pattern::Pattern(std::string text, const Fields& fields)
    : text_(std::move(text)), fields_(std::make_shared<const Fields>(fields)) {}

Result<Pattern> Pattern::parse(std::string_view text) {
  const auto fields = parse_fields(text);
  if (!fields) return fields.error();
  return Pattern(std::string(text), *fields);
}

std::optional<Time> next(const Pattern& pattern, const Zone& zone, Time after) {
  const auto due = Walk(pattern.fields(), zone.data(), second_of(after)).next();
  return due ? std::optional<Time>(*due) : std::nullopt;
}

std::vector<Time> due_between(const Pattern& pattern, const Zone& zone, Time after, Time until, std::size_t max) {
  if (max == 0 || until <= after) return {};
  const sys_seconds first = second_of(after);
  const sys_seconds last = std::min(second_of(until), latest);
  // Back from the end in a piece four times as long each time, until there are enough: a pattern of every minute is not
  // walked through for the years a machine was off.
  for (std::chrono::seconds piece = std::chrono::hours(1);; piece *= 4) {
    const bool is_all = piece >= last - first;
    const auto times = newest(pattern, zone, is_all ? first : last - piece, last, max);
    if (is_all || times.size() >= max) return {times.begin(), times.end()};
  }
}

}  // namespace batchd::schedule
