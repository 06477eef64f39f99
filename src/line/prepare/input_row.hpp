#pragma once
// One row as it stands in a file, not yet judged, and what gives out one after the other.

#include <cstdint>
#include <string_view>

#include "ground/base/result.hpp"

namespace batchd::prepare {

// Views are valid until the next row is asked for.
struct InputRow {
  std::string_view text;   // its JSON, json::Document::padding readable bytes behind it; unless too_long or `fault`
  std::string_view raw;    // as it came, without its end; "" when too_long
  std::string_view fault;  // a sentence why it is no row at all; mostly ""
  std::uint64_t line = 0;  // in its file, where it begins, from 1
  std::uint64_t size_bytes = 0;  // of what came, without its end, also when it is too long
  std::uint64_t sequence = 0;    // in the whole input, from 1 (set by InputWalk)
  std::uint32_t file = 0;        // index into InputFiles (set by InputWalk)
  bool too_long = false;         // longer than input.max_row_bytes: skipped without being held
  bool at_end = false;           // nothing else is set
};

// The rows of one file. Blank lines are none.
class RowSource {
 public:
  virtual ~RowSource() = default;
  // Errors: those of the byte source, and invalid where what is wrong is the file and not one row.
  virtual Result<InputRow> next() = 0;
  virtual std::uint64_t stored_bytes_read() const = 0;
};

}  // namespace batchd::prepare
