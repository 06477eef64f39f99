#pragma once
// From a row's number back to its line: they differ by the empty lines before it. One entry for each stretch of rows
// without an empty line between them, so that a file without any costs nothing.

#include <cstdint>
#include <vector>

namespace batchd::prepare {

class RowLines {
 public:
  // Row by row, in order. Numbers that were noted before are passed over.
  void note(std::uint64_t sequence, std::uint64_t line);
  // Of a row that was noted.
  std::uint64_t line_of(std::uint64_t sequence) const;

 private:
  struct Stretch {
    std::uint32_t first_sequence;
    std::uint32_t empty_lines;  // before it, from the file's beginning
  };
  std::vector<Stretch> stretches_;
  std::uint64_t noted_ = 0;
};

}  // namespace batchd::prepare
