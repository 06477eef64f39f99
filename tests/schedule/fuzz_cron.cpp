// Any bytes as a cron pattern: refused in one printable sentence, or due at times that come one after the other, each
// the next of the moment before it.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ground/base/check.hpp"
#include "ground/base/utf8.hpp"
#include "rules/schedule/schedule.hpp"

namespace {

using namespace batchd;

constexpr int times_max = 3;

bool is_one_line(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < ' ') return false;
  return is_utf8(text);
}

void check_times(const schedule::Pattern& pattern, const schedule::Zone& zone, Time after) {
  for (int n = 0; n < times_max; ++n) {
    const auto due = schedule::next(pattern, zone, after);
    if (!due) return;
    check(*due > after, "the next time is later");
    check(schedule::next(pattern, zone, *due - Duration(1)) == due, "a due time is the next one of just before it");
    check(schedule::due_between(pattern, zone, after, *due, 2).size() == 1, "nothing is due before the next time");
    after = *due;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const schedule::Zone utc = schedule::Zone::find("UTC").value();
  static const schedule::Zone berlin = schedule::Zone::find("Europe/Berlin").value();
  static const Time before_spring = parse_utc("2026-03-28T23:00:00Z").value();
  static const Time before_autumn = parse_utc("2026-10-24T23:00:00Z").value();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto pattern = schedule::Pattern::parse(text);
  if (!pattern) {
    check(pattern.error().kind == ErrorKind::invalid, "what is wrong is the pattern");
    check(!pattern.error().message.empty() && is_one_line(pattern.error().message), "a sentence says what is wrong");
    check(is_one_line(pattern.error().hint), "and one what to do");
    return 0;
  }
  check(pattern->text() == text, "a pattern keeps its text");
  check_times(*pattern, utc, before_spring);
  check_times(*pattern, berlin, before_spring);
  check_times(*pattern, berlin, before_autumn);
  return 0;
}
