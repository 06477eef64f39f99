#pragma once
// --sample: which rows are drawn. Of as many equal stretches of the input as rows are wanted, one row each: the same
// ones for the same seed on every machine.

#include <cstdint>

#include "ground/base/random.hpp"
#include "rules/model/job_spec.hpp"

namespace batchd::prepare {

class Drawing {
 public:
  // Of an input of `rows`. Fewer rows than are wanted: all.
  Drawing(std::uint64_t rows, model::Sample sample);

  // To be asked row by row from 1 on, each once; rows may be left out only behind the end.
  bool takes(std::uint64_t sequence);
  // No later row will be taken.
  bool is_over() const { return next_ == 0; }

 private:
  void draw_next();

  std::uint64_t rows_;
  std::uint64_t wanted_;
  std::uint64_t drawn_ = 0;
  std::uint64_t next_ = 0;  // the next row to take; 0: none
  Random random_;
};

}  // namespace batchd::prepare
