#include "ground/http/multipart.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace batchd::http {

namespace {

constexpr std::size_t boundary_bytes_max = 70;  // RFC 2046
constexpr std::size_t window_bytes = 1024 * 1024;

std::optional<std::uint64_t> find_in(std::string_view hay, std::string_view needle) {
  const void* const at = memmem(hay.data(), hay.size(), needle.data(), needle.size());
  if (at == nullptr) return std::nullopt;
  return static_cast<std::uint64_t>(static_cast<const char*>(at) - hay.data());
}

// A body that can be searched, wherever it lies.
class Bytes {
 public:
  virtual ~Bytes() = default;
  virtual std::uint64_t size() const = 0;
  // Where `needle` is first met from `from` on; size(): nowhere.
  virtual Result<std::uint64_t> find(std::string_view needle, std::uint64_t from) = 0;
  // At most so many bytes; fewer at the end.
  virtual Result<std::string> text(std::uint64_t offset, std::size_t bytes_max) = 0;
};

class TextBytes final : public Bytes {
 public:
  explicit TextBytes(std::string_view text) : text_(text) {}
  std::uint64_t size() const override { return text_.size(); }
  Result<std::uint64_t> find(std::string_view needle, std::uint64_t from) override {
    const auto at = find_in(text_.substr(std::min<std::size_t>(from, text_.size())), needle);
    return at ? from + *at : size();
  }
  Result<std::string> text(std::uint64_t offset, std::size_t bytes_max) override {
    return std::string(text_.substr(std::min<std::size_t>(offset, text_.size()), bytes_max));
  }

 private:
  std::string_view text_;
};

class FileBytes final : public Bytes {
 public:
  FileBytes(File file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
  std::uint64_t size() const override { return size_; }

  Result<std::uint64_t> find(std::string_view needle, std::uint64_t from) override {
    // Windows overlap by a needle less one byte, so that one across their border is met.
    for (std::uint64_t at = from; at + needle.size() <= size_; at += window_bytes) {
      const Status read = read_window(at, window_bytes + needle.size() - 1);
      if (!read.ok()) return read.error();
      if (const auto found = find_in(window_, needle)) return at + *found;
    }
    return size_;
  }

  Result<std::string> text(std::uint64_t offset, std::size_t bytes_max) override {
    const Status read = read_window(std::min(offset, size_), bytes_max);
    if (!read.ok()) return read.error();
    return window_;
  }

 private:
  Status read_window(std::uint64_t offset, std::size_t bytes_max) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(bytes_max, size_ - offset));
    return file_.read_at(offset, length, window_);
  }

  File file_;
  std::uint64_t size_;
  std::string window_;
};

Error malformed(const std::string& what, std::uint64_t offset) {
  return Error(ErrorKind::invalid, "the multipart body " + what + " at byte " + std::to_string(offset));
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

// One value of a "; name=value" list, in quotes or not. Browsers write a quote in it as %22, curl as \".
std::string take_value(std::string_view& rest) {
  if (rest.empty() || rest.front() != '"') {
    const auto end = std::min(rest.find(';'), rest.size());
    std::string value(trim(rest.substr(0, end)));
    rest.remove_prefix(end);
    return value;
  }
  std::string value;
  std::size_t i = 1;
  for (; i < rest.size() && rest[i] != '"'; ++i) {
    if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) ++i;
    value += rest[i];
  }
  rest.remove_prefix(std::min(i + 1, rest.size()));
  for (const auto& [escape, plain] : {std::pair{"%22", '"'}, std::pair{"%0D", '\r'}, std::pair{"%0A", '\n'}}) {
    for (auto at = value.find(escape); at != value.npos; at = value.find(escape, at + 1))
      value.replace(at, 3, 1, plain);
  }
  return value;
}

// "form-data; name=…; filename=…" → the value of `wanted`; empty when it is not there.
std::string parameter_of(std::string_view field, std::string_view wanted) {
  std::size_t semicolon = field.find(';');
  while (semicolon != field.npos) {
    field = trim(field.substr(semicolon + 1));
    const auto equals = field.find('=');
    if (equals == field.npos) return {};
    const auto name = trim(field.substr(0, equals));
    std::string_view rest = trim(field.substr(equals + 1));
    const std::string value = take_value(rest);
    if (equal_without_case(name, wanted)) return value;
    field = rest;
    semicolon = field.find(';');
  }
  return {};
}

void read_part_header(std::string_view header, MultipartPart& part) {
  while (!header.empty()) {
    const auto end = std::min(header.find("\r\n"), header.size());
    const auto line = header.substr(0, end);
    header.remove_prefix(std::min(end + 2, header.size()));
    const auto colon = line.find(':');
    if (colon == line.npos) continue;
    const auto name = trim(line.substr(0, colon));
    const auto value = trim(line.substr(colon + 1));
    if (equal_without_case(name, "Content-Disposition")) {
      part.name = parameter_of(value, "name");
      part.filename = parameter_of(value, "filename");
    } else if (equal_without_case(name, "Content-Type")) {
      part.content_type = value;
    }
  }
}

// Behind a delimiter: "--" ends the body, white space and a line break begin a part.
struct AfterDelimiter {
  bool last = false;
  std::uint64_t next = 0;
};
Result<AfterDelimiter> read_after_delimiter(Bytes& bytes, std::uint64_t at) {
  constexpr std::size_t padding_bytes_max = 64;
  const auto text = bytes.text(at, padding_bytes_max);
  if (!text.ok()) return text.error();
  if (text->starts_with("--")) return AfterDelimiter{true, at + 2};
  std::size_t i = 0;
  while (i < text->size() && ((*text)[i] == ' ' || (*text)[i] == '\t'))
    ++i;
  if (text->compare(i, 2, "\r\n") != 0) return malformed("has a boundary that is not followed by a line break", at);
  return AfterDelimiter{false, at + i + 2};
}

Result<std::vector<MultipartPart>> split(Bytes& bytes, std::string_view boundary) {
  const std::string opening = "--" + std::string(boundary);
  const std::string delimiter = "\r\n" + opening;
  std::vector<MultipartPart> parts;

  const auto start = bytes.text(0, opening.size());
  if (!start.ok()) return start.error();
  std::uint64_t at = opening.size();
  if (*start != opening) {  // a preamble
    const auto first = bytes.find(delimiter, 0);
    if (!first.ok()) return first.error();
    if (*first == bytes.size()) return malformed("never shows its boundary \"" + std::string(boundary) + "\"", 0);
    at = *first + delimiter.size();
  }
  for (;;) {
    const auto after = read_after_delimiter(bytes, at);
    if (!after.ok()) return after.error();
    if (after->last) return parts;
    if (parts.size() == multipart_parts_max)
      return malformed("has more than " + std::to_string(multipart_parts_max) + " parts", at);

    const auto header = bytes.text(after->next, multipart_part_header_bytes_max);
    if (!header.ok()) return header.error();
    MultipartPart part;
    std::size_t header_bytes = 2;  // a part without header: the empty line at once
    if (!header->starts_with("\r\n")) {
      const auto end = header->find("\r\n\r\n");
      if (end == header->npos) return malformed("has a part whose header does not end", after->next);
      read_part_header(std::string_view(*header).substr(0, end), part);
      header_bytes = end + 4;
    }
    part.offset = after->next + header_bytes;
    // From the empty line's own break on: an empty part has nothing between it and the delimiter.
    const auto end = bytes.find(delimiter, part.offset - 2);
    if (!end.ok()) return end.error();
    if (*end == bytes.size()) return malformed("ends within the part \"" + part.name + "\", which begins", part.offset);
    // An empty part may share its line break with the delimiter.
    part.length = *end >= part.offset ? *end - part.offset : 0;
    at = *end + delimiter.size();
    parts.push_back(std::move(part));
  }
}

}  // namespace

Result<std::string> multipart_boundary(std::string_view content_type) {
  const auto kind = trim(content_type.substr(0, content_type.find(';')));
  if (!equal_without_case(kind, "multipart/form-data"))
    return Error(ErrorKind::invalid,
                 "the content type \"" + std::string(content_type.substr(0, 200)) + "\" is not multipart/form-data");
  std::string boundary = parameter_of(content_type, "boundary");
  if (boundary.empty() || boundary.size() > boundary_bytes_max)
    return Error(ErrorKind::invalid, "the content type multipart/form-data names no boundary of 1 to 70 characters");
  return boundary;
}

Result<std::vector<MultipartPart>> split_multipart_file(const Path& body, std::string_view boundary) {
  auto file = File::open_to_read(body);
  if (!file.ok()) return file.error();
  const auto size = file->size();
  if (!size.ok()) return size.error();
  FileBytes bytes(std::move(*file), *size);
  return split(bytes, boundary);
}

Result<std::vector<MultipartPart>> split_multipart_text(std::string_view body, std::string_view boundary) {
  TextBytes bytes(body);
  return split(bytes, boundary);
}

Result<std::vector<MultipartPart>> split_multipart(const ServerRequest& request) {
  const auto content_type = request.headers.find("Content-Type");
  const auto boundary = multipart_boundary(content_type.value_or(""));
  if (!boundary.ok()) return boundary.error();
  if (const auto* text = std::get_if<std::string>(&request.body)) return split_multipart_text(*text, *boundary);
  return split_multipart_file(std::get<SpooledFile>(request.body).path(), *boundary);
}

Result<std::string> part_text(const ServerRequest& request, const MultipartPart& part, std::uint64_t bytes_max) {
  if (part.length > bytes_max)
    return Error(ErrorKind::invalid, "the part \"" + part.name + "\" has " + std::to_string(part.length) +
                                         " bytes; at most " + std::to_string(bytes_max) + " are read here");
  if (const auto* text = std::get_if<std::string>(&request.body)) return text->substr(part.offset, part.length);
  auto file = File::open_to_read(std::get<SpooledFile>(request.body).path());
  if (!file.ok()) return file.error();
  std::string out;
  const Status read = file->read_at(part.offset, part.length, out);
  if (!read.ok()) return read.error();
  return out;
}

Status extract_part(const ServerRequest& request, const MultipartPart& part, const Path& to) {
  auto writer = FileWriter::create(to);
  if (!writer.ok()) return writer.error();
  if (const auto* text = std::get_if<std::string>(&request.body)) {
    const Status written = writer->write(std::string_view(*text).substr(part.offset, part.length));
    if (!written.ok()) return written;
  } else {
    auto file = File::open_to_read(std::get<SpooledFile>(request.body).path());
    if (!file.ok()) return file.error();
    const Status copied = copy_range(*file, part.offset, part.length, *writer);
    if (!copied.ok()) return copied;
  }
  return writer->flush();
}

}  // namespace batchd::http
