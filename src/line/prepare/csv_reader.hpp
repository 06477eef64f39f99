#pragma once
// CSV as RFC 4180 writes it, streamed: one buffer, a bound on the record. Records end with "\n" or "\r\n", the last
// may end with the file; a byte-order mark at the beginning is skipped; a record without any byte (a blank line) is
// none. A quote that does not stand at a field's beginning is an ordinary character.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/byte_source.hpp"
#include "ground/base/result.hpp"

namespace batchd::prepare {

struct CsvField {
  std::size_t begin = 0;  // in CsvRecord::raw, without the quotes around it
  std::size_t end = 0;
  bool has_doubled_quotes = false;
  bool has_text_behind_quote = false;  // "a"b: against the RFC, and not clear what is meant
};

// Views are valid until the next record is asked for.
struct CsvRecord {
  std::string_view raw;             // without its end; "" when too_long
  std::vector<CsvField> fields;     // the first fields_max; none when too_long
  std::size_t field_count = 0;      // all of them
  std::uint64_t line = 0;           // where it begins, from 1
  std::uint64_t size_bytes = 0;     // of raw, also when it is too long
  std::uint64_t unclosed_line = 0;  // the file ends inside a quote that was opened there; 0: all is well
  bool too_long = false;
  bool at_end = false;

  // The field's text. Doubled quotes are undone in `scratch`, which must live as long.
  std::string_view text(std::size_t field, std::string& scratch) const;
};

class CsvReader {
 public:
  static constexpr std::size_t fields_max = 4'096;  // of a record, kept; more are counted

  // Memory: a record of record_bytes_max and one read of 256 KiB at most.
  CsvReader(std::unique_ptr<ByteSource> source, std::uint64_t record_bytes_max);
  CsvReader(CsvReader&&) noexcept;
  CsvReader& operator=(CsvReader&&) noexcept;
  ~CsvReader();

  // Which of "," ";" and tab comes first in this order among those that stand outside of quotes in the next record;
  // ',' when none does. From then on it is the separator (it is ',' before).
  Result<char> find_separator();
  // `record` is reused: its buffers grow once.
  Status next(CsvRecord& record);
  std::uint64_t stored_bytes_read() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace batchd::prepare
