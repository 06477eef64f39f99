#include "line/prepare/row_lines.hpp"

#include <algorithm>

#include "ground/base/check.hpp"

namespace batchd::prepare {

void RowLines::note(std::uint64_t sequence, Place place) {
  if (sequence <= noted_) return;
  noted_ = sequence;
  if (!stretches_.empty()) {
    const auto& last = stretches_.back();
    const bool goes_on = last.file == place.file && last.first_line + (sequence - last.first_sequence) == place.line;
    if (goes_on) return;
  }
  stretches_.push_back({static_cast<std::uint32_t>(sequence), static_cast<std::uint32_t>(place.line), place.file});
}

RowLines::Place RowLines::place_of(std::uint64_t sequence) const {
  const auto behind =
      std::upper_bound(stretches_.begin(), stretches_.end(), sequence,
                       [](std::uint64_t looked_for, const Stretch& at) { return looked_for < at.first_sequence; });
  check(behind != stretches_.begin(), "a row was noted before its place is asked for");
  const auto& stretch = *(behind - 1);
  return {stretch.file, stretch.first_line + (sequence - stretch.first_sequence)};
}

}  // namespace batchd::prepare
