#pragma once
// Finished rows on their way to the outcome file. Answers come in any order, results are read in the order of the
// items: rows are gathered in memory and written in sorted stretches, so that who reads them item by item later walks
// a few places of the file forward, and does not jump for every row.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"
#include "rules/model/item.hpp"

namespace batchd::collect {

class SortedRows {
 public:
  static constexpr std::size_t stretch_bytes_max = 8'000'000;  // and one row more
  static constexpr std::size_t room_bytes = stretch_bytes_max + 256 * 1024;

  // Where a row lies is noted in its item's outcome once it is written. Both must outlive this.
  SortedRows(FileWriter& writer, std::vector<model::Outcome>& outcomes);

  // Room for the next row: append to it, never touch what is there; then end_row().
  std::string& row() { return gathered_; }
  // Of the row appended last, its line end included.
  Status end_row(std::size_t item);
  // Writes what is still held. Without it rows are lost.
  Status flush();

 private:
  struct Held {
    std::size_t item = 0;
    std::size_t begin = 0;
    std::size_t size = 0;
  };
  Status write(const Held& held);

  FileWriter& writer_;
  std::vector<model::Outcome>& outcomes_;
  std::string gathered_;
  std::vector<Held> held_;
  bool in_order_ = true;
};

}  // namespace batchd::collect
