#include "line/collect/sorted_rows.hpp"

#include <algorithm>

namespace batchd::collect {

// The room is taken at once (untouched pages cost nothing): growing into it would hold it twice for a moment.
SortedRows::SortedRows(FileWriter& writer, std::vector<model::Outcome>& outcomes)
    : writer_(writer), outcomes_(outcomes) {
  gathered_.reserve(room_bytes);
}

Status SortedRows::end_row(std::size_t item) {
  const std::size_t begin = held_.empty() ? 0 : held_.back().begin + held_.back().size;
  in_order_ = in_order_ && (held_.empty() || held_.back().item < item);
  held_.push_back({item, begin, gathered_.size() - begin});
  return gathered_.size() < stretch_bytes_max ? Status{} : flush();
}

Status SortedRows::flush() {
  if (!in_order_) std::sort(held_.begin(), held_.end(), [](const Held& a, const Held& b) { return a.item < b.item; });
  for (const Held& held : held_)
    if (auto written = write(held); !written) return written;
  held_.clear();
  in_order_ = true;
  gathered_.clear();
  if (gathered_.capacity() > 2 * room_bytes) {  // a giant row's room is not kept
    gathered_.shrink_to_fit();
    gathered_.reserve(room_bytes);
  }
  return {};
}

Status SortedRows::write(const Held& held) {
  model::Outcome& outcome = outcomes_[held.item];
  outcome.row_offset = writer_.offset();
  outcome.row_length = held.size - 1;
  return writer_.write(std::string_view(gathered_).substr(held.begin, held.size));
}

}  // namespace batchd::collect
