// Any bytes as CSV: in whatever pieces they come, the records are the same; each lies within the text, keeps its limit
// and says truly how long it is.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/check.hpp"
#include "line/prepare/csv_reader.hpp"
#include "support/trickle.hpp"

namespace {

using namespace batchd;

constexpr std::uint64_t record_bytes_max = 64;

struct Told {
  char separator = 0;
  std::vector<std::string> records;
  bool operator==(const Told&) const = default;
};

std::string told_of(const prepare::CsvRecord& record) {
  std::string told = std::to_string(record.line) + ' ' + std::to_string(record.size_bytes) + ' ' +
                     std::to_string(record.field_count) + ' ' + std::to_string(record.unclosed_line) +
                     (record.too_long ? " too long" : "");
  std::string scratch;
  for (std::size_t n = 0; n < record.fields.size(); ++n) {
    const auto& field = record.fields[n];
    check(field.begin <= field.end && field.end <= record.raw.size(), "a field lies within its record");
    const auto text = record.text(n, scratch);
    check(text.size() <= field.end - field.begin, "undoubled quotes do not lengthen a field");
    told += '|' + std::string(text) + (field.has_text_behind_quote ? "!" : "");
  }
  return told;
}

Told read_in_pieces(std::string_view text, std::size_t piece) {
  prepare::CsvReader reader(std::make_unique<test::Trickle>(std::string(text), piece), record_bytes_max);
  Told told;
  const auto separator = reader.find_separator();
  check(separator.ok(), "reading from memory does not fail");
  told.separator = *separator;
  prepare::CsvRecord record;
  std::uint64_t line_before = 0;
  for (;;) {
    check(reader.next(record).ok(), "reading from memory does not fail");
    if (record.at_end) break;
    check(record.line > line_before || told.records.empty(), "records come in the order of their lines");
    check(record.too_long == (record.size_bytes > record_bytes_max), "a record above the limit is too long");
    check(record.raw.size() == (record.too_long ? 0 : record.size_bytes), "a record is as long as it says");
    check(record.fields.size() == (record.too_long ? 0 : std::min(record.field_count, prepare::CsvReader::fields_max)),
          "fields are counted");
    line_before = record.line;
    told.records.push_back(told_of(record));
  }
  check(reader.stored_bytes_read() == text.size(), "everything is read");
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Told whole = read_in_pieces(text, std::max<std::size_t>(size, 1));
  for (const std::size_t piece : {1, 2, 7})
    check(read_in_pieces(text, piece) == whole, "pieces make no difference");
  return 0;
}
