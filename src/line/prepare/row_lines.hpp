#pragma once
// From a row's number back to its file and line. One entry for each stretch of rows on consecutive lines, so that a
// file without empty lines costs one; 12 bytes for each record of a CSV file that goes over several lines.

#include <cstdint>
#include <vector>

namespace batchd::prepare {

class RowLines {
 public:
  struct Place {
    std::uint32_t file = 0;  // its index
    std::uint64_t line = 0;  // in that file
    bool operator==(const Place&) const = default;
  };

  // Row by row, in order; rows may be left out. Numbers that were noted before are passed over.
  void note(std::uint64_t sequence, Place place);
  // Of a row that was noted.
  Place place_of(std::uint64_t sequence) const;

 private:
  struct Stretch {
    std::uint32_t first_sequence;
    std::uint32_t first_line;
    std::uint32_t file;
  };
  std::vector<Stretch> stretches_;
  std::uint64_t noted_ = 0;
};

}  // namespace batchd::prepare
