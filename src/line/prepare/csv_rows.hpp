#pragma once
// format: csv: the first record names the columns, every other one is a row: an object of texts, {"column":"text",…}.

#include <memory>
#include <string>
#include <vector>

#include "line/prepare/csv_reader.hpp"
#include "line/prepare/input_row.hpp"

namespace batchd::prepare {

class CsvRows final : public RowSource {
 public:
  // Reads the header. A file without any record has none, and no rows. invalid, with file and line: a column without a
  // name, two of one name, more than CsvReader::fields_max, a header that is not UTF-8 or not closed.
  static Result<std::unique_ptr<CsvRows>> open(std::unique_ptr<ByteSource> source, std::string name,
                                               std::uint64_t row_bytes_max);
  // invalid: a quote that never closes, with the line where it was opened: all behind it would be lost.
  Result<InputRow> next() override;
  std::uint64_t stored_bytes_read() const override { return reader_.stored_bytes_read(); }

  const std::vector<std::string>& columns() const { return columns_; }
  char separator() const { return separator_; }
  std::uint64_t header_line() const { return header_line_; }

 private:
  CsvRows(CsvReader reader, std::string name) : reader_(std::move(reader)), name_(std::move(name)) {}
  Status read_header();
  Status check_shape() const;
  Status take_columns();
  Error error_at(std::uint64_t line, const std::string& message, std::string hint = {}) const;
  bool find_fault();
  void write_object();

  CsvReader reader_;
  std::string name_;
  char separator_ = ',';
  std::uint64_t header_line_ = 0;
  std::vector<std::string> columns_;
  std::vector<std::string> before_value_;  // `{"id":`, `,"text":`
  CsvRecord record_;
  std::string object_;
  std::string unquoted_;
  std::string fault_;
};

// "a.csv and b.csv name other columns": what differs, or nothing. The order does not count.
std::string difference_of_columns(const std::vector<std::string>& first, const std::vector<std::string>& other);

}  // namespace batchd::prepare
