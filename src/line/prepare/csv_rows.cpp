#include "line/prepare/csv_rows.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ground/base/units.hpp"
#include "ground/base/utf8.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "line/prepare/jsonl_rows.hpp"
#include "line/prepare/shape.hpp"

namespace batchd::prepare {
namespace {

constexpr std::string_view how_to_quote =
    "a field that holds a quote is quoted itself, and the quote doubled: \"5\"\" disk\"";

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names)
    text += (text.empty() ? "" : ", ") + json::quoted(name);
  return text;
}

// Those of `these` that are not among `those`; both sorted.
std::vector<std::string> missing_from(const std::vector<std::string>& those, const std::vector<std::string>& these) {
  std::vector<std::string> missing;
  std::set_difference(these.begin(), these.end(), those.begin(), those.end(), std::back_inserter(missing));
  return missing;
}

}  // namespace

Error CsvRows::error_at(std::uint64_t line, const std::string& message, std::string hint) const {
  return {ErrorKind::invalid, fmt::format("{}:{}: {}", name_, line, message), std::move(hint)};
}

Result<std::unique_ptr<CsvRows>> CsvRows::open(std::unique_ptr<ByteSource> source, std::string name,
                                               std::uint64_t row_bytes_max) {
  std::unique_ptr<CsvRows> rows(new CsvRows(CsvReader(std::move(source), row_bytes_max), std::move(name)));
  if (auto read = rows->read_header(); !read) return read.error();
  return rows;
}

Status CsvRows::read_header() {
  auto separator = reader_.find_separator();
  if (!separator) return separator.error();
  separator_ = *separator;
  if (auto read = reader_.next(record_); !read) return read;
  if (record_.at_end) return {};
  header_line_ = record_.line;
  if (begins_as_utf16(record_.raw)) return utf16_error(name_);
  if (auto shaped = check_shape(); !shaped) return shaped;
  if (record_.unclosed_line > 0)
    return error_at(record_.unclosed_line, "a quote is opened here in the header and never closed",
                    std::string(how_to_quote));
  if (record_.too_long)
    return error_at(header_line_, fmt::format("the header has {} bytes, more than a row may have (input.max_row_bytes)",
                                              record_.size_bytes));
  if (!is_utf8(record_.raw)) return error_at(header_line_, "the header is not UTF-8", how_to_recode(name_));
  if (record_.raw.find('\0') != std::string_view::npos) return utf16_error(name_);
  if (record_.field_count > CsvReader::fields_max)
    return error_at(header_line_, fmt::format("the header names {} columns, at most {} are allowed",
                                              format_count(record_.field_count), format_count(CsvReader::fields_max)));
  return take_columns();
}

// Files that are something else are named before their columns are complained of.
Status CsvRows::check_shape() const {
  constexpr std::size_t longest_excel_hint = 5;  // sep=;
  const auto& raw = record_.raw;
  if (raw.starts_with("{\""))
    return error_at(header_line_, "this is JSON, and the job says CSV", "of JSON lines leave input.format out");
  if (raw.starts_with("sep=") && raw.size() <= longest_excel_hint)
    return error_at(header_line_, fmt::format("the first line is Excel's \"{}\", where the header should stand", raw),
                    "delete that line: what separates the columns is seen from the header");
  if (is_no_text(raw) && (raw.find('\0') == std::string_view::npos || !is_utf8(raw)))
    return error_at(header_line_, "this is not text", hint_of_shape(name_, model::InputFormat::csv, raw));
  const auto carriage_return = raw.find('\r');
  const bool is_alone = carriage_return != std::string_view::npos &&
                        (carriage_return + 1 == raw.size() || raw[carriage_return + 1] != '\n');
  if (is_alone && raw.find('"') == std::string_view::npos)
    return error_at(header_line_, "the lines end with CR alone, as on old Macs",
                    fmt::format("tr '\\r' '\\n' < {} > lines.csv", name_));
  return {};
}

Status CsvRows::take_columns() {
  for (std::size_t i = 0; i < record_.fields.size(); ++i) {
    std::string name(record_.text(i, unquoted_));
    if (record_.fields[i].has_text_behind_quote)
      return error_at(header_line_,
                      fmt::format("there is text behind the closing quote of column {} of the header", i + 1),
                      std::string(how_to_quote));
    if (name.empty())
      return error_at(header_line_, fmt::format("column {} of the header has no name", i + 1),
                      i + 1 == record_.fields.size() ? "is there a comma too many at the end? Each column needs a name"
                                                     : "the first row names the columns; give each a name");
    const auto same = std::find(columns_.begin(), columns_.end(), name);
    if (same != columns_.end())
      return error_at(header_line_, fmt::format("the header names {} twice, as columns {} and {}", json::quoted(name),
                                                same - columns_.begin() + 1, i + 1));
    before_value_.push_back((i == 0 ? "{" : ",") + json::quoted(name) + ":");
    columns_.push_back(std::move(name));
  }
  return {};
}

// Why the record is no row, in fault_.
bool CsvRows::find_fault() {
  fault_.clear();
  if (record_.field_count != columns_.size()) {
    fault_ = fmt::format("the row has {} field{}, but the header names {} column{}", format_count(record_.field_count),
                         record_.field_count == 1 ? "" : "s", format_count(columns_.size()),
                         columns_.size() == 1 ? "" : "s");
    return true;
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!record_.fields[i].has_text_behind_quote) continue;
    fault_ = fmt::format("column {} has text behind its closing quote; a quote in a quoted field is doubled",
                         json::quoted(columns_[i]));
    return true;
  }
  if (is_utf8(record_.raw)) return false;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto text = record_.text(i, unquoted_);
    const auto until = utf8_until(text);
    if (until == text.size()) continue;
    fault_ = fmt::format("column {} is not UTF-8 (its byte {})", json::quoted(columns_[i]), until + 1);
    return true;
  }
  return false;
}

void CsvRows::write_object() {
  object_.clear();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    object_ += before_value_[i];
    json::append_quoted(object_, record_.text(i, unquoted_));
  }
  object_ += '}';
}

Result<InputRow> CsvRows::next() {
  InputRow row;
  if (columns_.empty()) {
    row.at_end = true;
    return row;
  }
  if (auto read = reader_.next(record_); !read) return read.error();
  row.at_end = record_.at_end;
  if (row.at_end) return row;
  if (record_.unclosed_line > 0)
    return error_at(record_.unclosed_line,
                    "a quote is opened here and never closed: the rest of the file would be one row",
                    std::string(how_to_quote));
  row.raw = record_.raw;
  row.line = record_.line;
  row.size_bytes = record_.size_bytes;
  row.too_long = record_.too_long;
  if (row.too_long) return row;
  if (find_fault()) {
    row.fault = fault_;
    return row;
  }
  write_object();
  const auto size = object_.size();
  object_.append(json::Document::padding, ' ');
  row.text = std::string_view(object_).substr(0, size);
  return row;
}

std::string difference_of_columns(const std::vector<std::string>& first, const std::vector<std::string>& other) {
  auto sorted_first = first;
  auto sorted_other = other;
  std::sort(sorted_first.begin(), sorted_first.end());
  std::sort(sorted_other.begin(), sorted_other.end());
  const auto lacks = missing_from(sorted_other, sorted_first);
  const auto more = missing_from(sorted_first, sorted_other);
  if (lacks.empty() && more.empty()) return {};
  if (more.empty()) return fmt::format("lacks {}", listed(lacks));
  if (lacks.empty()) return fmt::format("has {} besides", listed(more));
  return fmt::format("lacks {} and has {} instead", listed(lacks), listed(more));
}

}  // namespace batchd::prepare
