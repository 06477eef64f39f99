#pragma once
// format: rows and requests: one JSON value a line.

#include <memory>
#include <string>

#include "ground/base/byte_source.hpp"
#include "ground/json/lines.hpp"
#include "line/prepare/input_row.hpp"

namespace batchd::prepare {

class JsonlRows final : public RowSource {
 public:
  JsonlRows(std::unique_ptr<ByteSource> source, std::string name, std::uint64_t row_bytes_max)
      : reader_(std::move(source), row_bytes_max), name_(std::move(name)) {}
  Result<InputRow> next() override;
  std::uint64_t stored_bytes_read() const override { return reader_.bytes_read(); }

 private:
  json::LineReader reader_;
  std::string name_;
};

// The file begins with UTF-16's byte-order mark: it would be told row by row as if each were broken.
bool begins_as_utf16(std::string_view first_bytes);
Error utf16_error(const std::string& name);

}  // namespace batchd::prepare
