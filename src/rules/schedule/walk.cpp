#include "rules/schedule/walk.hpp"

#include <algorithm>
#include <utility>

namespace batchd::schedule {
namespace {

using std::chrono::sys_seconds;
using namespace std::chrono_literals;

// What the clocks have shown is known after so long, whatever they did before: no two offsets differ by more.
constexpr auto offsets_differ_max = std::chrono::hours(48);

}  // namespace

Walk::Walk(const Fields& fields, const ZoneData& zone, sys_seconds after)
    : fields_(fields), zone_(zone), after_(std::clamp(after, earliest - 1s, latest)) {
  Stretch first = stretch_at(zone_, after_ - offsets_differ_max);
  shown_ = first.local(first.begin);  // nothing was jumped over on the way into the first one
  enter(std::move(first));
}

void Walk::enter(Stretch stretch) {
  stretch_ = std::move(stretch);
  const auto begin = stretch_.local(stretch_.begin);
  from_ = fields_.is_fixed_time ? std::max(begin, shown_) : begin;
  is_due_at_begin_ = false;
  if (stretch_.begin <= after_)
    from_ = std::max(from_, stretch_.local(after_) + 1s);
  else
    is_due_at_begin_ = fields_.is_fixed_time && first_allowed(fields_, shown_, begin).has_value();
}

std::optional<sys_seconds> Walk::next() {
  for (;;) {
    if (stretch_.begin >= latest) return std::nullopt;
    if (std::exchange(is_due_at_begin_, false)) {
      from_ = stretch_.local(stretch_.begin) + 1s;  // a time that is due at this moment anyway is the same one
      return stretch_.begin;
    }
    const auto local_end = stretch_.local(std::min(stretch_.end, latest));
    if (const auto found = first_allowed(fields_, from_, local_end)) {
      from_ = *found + 1s;
      return stretch_.utc(*found);
    }
    if (stretch_.end >= latest) return std::nullopt;
    shown_ = std::max(shown_, local_end);
    enter(stretch_at(zone_, stretch_.end));
  }
}

}  // namespace batchd::schedule
