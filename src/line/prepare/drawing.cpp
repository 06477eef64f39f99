#include "line/prepare/drawing.hpp"

#include <algorithm>

namespace batchd::prepare {
namespace {

__extension__ using Wide = unsigned __int128;

}  // namespace

Drawing::Drawing(std::uint64_t rows, model::Sample sample)
    : rows_(rows), wanted_(std::min(sample.rows, rows)), random_(sample.seed) {
  draw_next();
}

void Drawing::draw_next() {
  next_ = 0;
  if (drawn_ == wanted_) return;
  const auto begin_of = [&](std::uint64_t stretch) {
    return static_cast<std::uint64_t>(static_cast<Wide>(stretch) * rows_ / wanted_);
  };
  const auto begin = begin_of(drawn_);
  next_ = begin + random_.below(begin_of(drawn_ + 1) - begin) + 1;
  ++drawn_;
}

bool Drawing::takes(std::uint64_t sequence) {
  if (sequence != next_) return false;
  draw_next();
  return true;
}

}  // namespace batchd::prepare
