#include "line/prepare/row_lines.hpp"

#include <algorithm>

namespace batchd::prepare {

void RowLines::note(std::uint64_t sequence, std::uint64_t line) {
  if (sequence <= noted_) return;
  noted_ = sequence;
  const auto empty_lines = static_cast<std::uint32_t>(line - sequence);
  const auto before = stretches_.empty() ? 0 : stretches_.back().empty_lines;
  if (empty_lines != before) stretches_.push_back({static_cast<std::uint32_t>(sequence), empty_lines});
}

std::uint64_t RowLines::line_of(std::uint64_t sequence) const {
  const auto behind =
      std::upper_bound(stretches_.begin(), stretches_.end(), sequence,
                       [](std::uint64_t looked_for, const Stretch& at) { return looked_for < at.first_sequence; });
  return behind == stretches_.begin() ? sequence : sequence + (behind - 1)->empty_lines;
}

}  // namespace batchd::prepare
