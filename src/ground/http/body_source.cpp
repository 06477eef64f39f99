#include "ground/http/body_source.hpp"

#include <algorithm>

namespace batchd::http {

namespace {

// A name or file name between quotes: browsers escape these three (WHATWG, multipart/form-data encoding algorithm).
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"')
      out += "%22";
    else if (c == '\r')
      out += "%0D";
    else if (c == '\n')
      out += "%0A";
    else
      out += c;
  }
  return out + "\"";
}

std::string part_header(const MultipartField& field, const std::string& boundary) {
  std::string header = "--" + boundary + "\r\nContent-Disposition: form-data; name=" + in_quotes(field.name);
  if (!field.filename.empty()) header += "; filename=" + in_quotes(field.filename);
  header += "\r\n";
  if (!field.content_type.empty()) header += "Content-Type: " + field.content_type + "\r\n";
  return header + "\r\n";
}

}  // namespace

Result<BodySource> BodySource::open(Body body, const std::string& boundary) {
  BodySource source;
  source.has_body_ = !std::holds_alternative<std::monostate>(body);
  Status added;
  if (auto* text = std::get_if<std::string>(&body)) {
    source.add_text(std::move(*text));
  } else if (const auto* range = std::get_if<FileRange>(&body)) {
    added = source.add_range(*range);
  } else if (const auto* multipart = std::get_if<Multipart>(&body)) {
    added = source.add_multipart(*multipart, boundary);
  }
  if (!added.ok()) return added.error();
  return source;
}

void BodySource::add_text(std::string text) {
  length_bytes_ += text.size();
  segments_.emplace_back(std::move(text));
}

Status BodySource::add_range(const FileRange& range) {
  auto file = File::open_to_read(range.path);
  if (!file.ok()) return file.error();
  const auto size = file->size();
  if (!size.ok()) return size.error();
  const std::uint64_t available = *size >= range.offset ? *size - range.offset : 0;
  const std::uint64_t length = range.length.value_or(available);
  if (range.offset > *size || length > available)
    return Error(ErrorKind::io, range.path.string() + " has " + std::to_string(*size) + " bytes; bytes " +
                                    std::to_string(range.offset) + " to " + std::to_string(range.offset + length) +
                                    " were to be sent");
  length_bytes_ += length;
  segments_.emplace_back(OpenRange{std::move(*file), range.offset, length});
  return {};
}

Status BodySource::add_multipart(const Multipart& multipart, const std::string& boundary) {
  for (const auto& field : multipart.fields) {
    check(is_header_value(field.content_type), "a part's content type has no line break");
    add_text(part_header(field, boundary));
    if (const auto* text = std::get_if<std::string>(&field.content)) {
      add_text(*text);
    } else {
      const Status added = add_range(std::get<FileRange>(field.content));
      if (!added.ok()) return added;
    }
    add_text("\r\n");
  }
  add_text("--" + boundary + "--\r\n");
  content_type_ = "multipart/form-data; boundary=" + boundary;
  return {};
}

Result<std::string_view> BodySource::next() {
  for (; current_ < segments_.size(); ++current_, position_ = 0) {
    auto& segment = segments_[current_];
    if (const auto* text = std::get_if<std::string>(&segment)) {
      if (position_ == text->size()) continue;
      const auto piece = std::string_view(*text).substr(position_, piece_bytes_max);
      position_ += piece.size();
      return piece;
    }
    const auto& range = std::get<OpenRange>(segment);
    if (position_ == range.length) continue;
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes_max, range.length - position_));
    // A file that shrinks while it is sent is an error here: the promised length can no longer be kept.
    const Status read = range.file.read_at(range.offset + position_, length, buffer_);
    if (!read.ok()) return read.error();
    position_ += length;
    return std::string_view(buffer_);
  }
  return std::string_view();
}

}  // namespace batchd::http
