#include "line/prepare/jsonl_rows.hpp"

#include <fmt/format.h>

namespace batchd::prepare {
namespace {

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace

Result<InputRow> JsonlRows::next() {
  for (;;) {
    auto line = reader_.next();
    if (!line) return line.error();
    InputRow row;
    row.at_end = line->at_end;
    if (row.at_end) return row;
    if (line->number == 1 && begins_as_utf16(line->text)) return utf16_error(name_);
    if (!line->too_long && is_blank(line->text)) continue;
    row.text = line->text;
    row.raw = line->text;
    row.line = line->number;
    row.size_bytes = line->size_bytes;
    row.too_long = line->too_long;
    return row;
  }
}

bool begins_as_utf16(std::string_view first_bytes) {
  return first_bytes.starts_with("\xFF\xFE") || first_bytes.starts_with("\xFE\xFF");
}

Error utf16_error(const std::string& name) {
  return {ErrorKind::invalid, fmt::format("{} is UTF-16 text, and only UTF-8 is read", name),
          fmt::format("convert it: iconv -f UTF-16 -t UTF-8 {} > utf8-copy", name)};
}

}  // namespace batchd::prepare
