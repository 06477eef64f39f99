#include "line/prepare/rejected_rows.hpp"

#include "ground/json/writer.hpp"

namespace batchd::prepare {
namespace {

// Length of the well-formed UTF-8 sequence at the beginning of `text` (RFC 3629), 0 when there is none.
std::size_t utf8_sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {
    if (!follows(1) || !follows(2)) return 0;
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (first >= 0xF0 && first < 0xF5) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool beyond = first == 0xF4 && byte(1) >= 0x90;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

std::string as_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto length = utf8_sequence_length(bytes);
    if (length == 0) {
      text += "\xEF\xBF\xBD";
      bytes.remove_prefix(1);
    } else {
      text += bytes.substr(0, length);
      bytes.remove_prefix(length);
    }
  }
  return text;
}

}  // namespace

Result<RejectedRows> RejectedRows::create(const Path& path) {
  RejectedRows rows;
  if (path.empty()) return rows;
  auto writer = FileWriter::create(path);
  if (!writer) return writer.error();
  rows.writer_.emplace(std::move(*writer));
  return rows;
}

Status RejectedRows::add(std::string_view file, const Complaint& complaint, std::optional<std::string_view> raw) {
  if (!writer_) return {};
  line_.clear();
  json::Writer out(line_);
  out.begin_object().key("file").string(file).key("line").unsigned_integer(complaint.line);
  out.key("id");
  complaint.id.empty() ? out.null() : out.string(complaint.id);
  out.key("reason").string(name_of(complaint.fault)).key("error").string(complaint.message).key("raw");
  raw ? out.string(as_utf8(*raw)) : out.null();
  out.end_object();
  line_ += '\n';
  return writer_->write(line_);
}

Status RejectedRows::finish() { return writer_ ? writer_->finish() : Status(); }

}  // namespace batchd::prepare
