#include "ground/json/lines.hpp"

#include <algorithm>
#include <cstring>

#include "ground/json/document.hpp"

namespace batchd::json {
namespace {

constexpr std::size_t read_bytes = 1024 * 1024;
constexpr std::uint64_t line_bytes_limit = 0xFFFF'0000;  // what a Document can take
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

// The buffer: [0, begin) is used up, [begin, end) is read and not yet given out, of it [begin, searched) holds no
// line end, [end, room) is free; behind `room` lie the padding bytes. Bytes keep their place until the next read.
struct LineReader::State {
  std::unique_ptr<ByteSource> source;
  std::uint64_t line_bytes_max = 0;
  Tap* tap = nullptr;
  std::unique_ptr<char[]> buffer;
  std::size_t room = 0;
  std::size_t begin = 0;
  std::size_t searched = 0;
  std::size_t end = 0;
  bool source_is_over = false;
  std::uint64_t line_number = 0;
  std::uint64_t offset = 0;  // of buffer[begin] in the content

  // Reads once more behind what is there. False: the source is over.
  Result<bool> read_more();
  void make_room();
  // Index of the next line end in the buffer, reading on as long as none is found and the line is not too long yet.
  // Without one: `end`, and either the source is over or more bytes than a line may have are there.
  Result<std::size_t> find_line_end();
  Result<bool> skip_byte_order_mark();
  void use_up(std::size_t bytes);
  Result<Line> next();
  Result<Line> skip_long_line(Line line);
};

void LineReader::State::make_room() {
  if (begin > 0) {
    std::memmove(buffer.get(), buffer.get() + begin, end - begin);
    searched -= begin;
    end -= begin;
    begin = 0;
  }
  if (room - end >= read_bytes) return;
  // Twice as much as is there, so that a long line is moved few times; never more than the longest line needs.
  std::size_t room_max = static_cast<std::size_t>(line_bytes_max) + 2 + read_bytes;
  room = std::max(std::min(room * 2, room_max), end + read_bytes);
  auto larger = std::make_unique_for_overwrite<char[]>(room + Document::padding);
  if (end > 0) std::memcpy(larger.get(), buffer.get(), end);
  std::memset(larger.get() + room, 0, Document::padding);
  buffer = std::move(larger);
}

Result<bool> LineReader::State::read_more() {
  if (source_is_over) return false;
  make_room();
  auto count = source->read(buffer.get() + end, read_bytes);
  if (!count) return count.error();
  if (*count == 0) return source_is_over = true, false;
  if (tap) tap->on_bytes({buffer.get() + end, *count});
  end += *count;
  return true;
}

Result<std::size_t> LineReader::State::find_line_end() {
  for (;;) {
    if (searched < end) {
      const void* found = std::memchr(buffer.get() + searched, '\n', end - searched);
      if (found) return static_cast<std::size_t>(static_cast<const char*>(found) - buffer.get());
      searched = end;
    }
    if (end - begin > line_bytes_max + 1) return end;  // one more for a '\r' that would belong to the end
    auto more = read_more();
    if (!more) return more.error();
    if (!*more) return end;
  }
}

Result<bool> LineReader::State::skip_byte_order_mark() {
  while (end - begin < byte_order_mark.size()) {
    auto more = read_more();
    if (!more) return more;
    if (!*more) return false;
  }
  if (std::string_view(buffer.get() + begin, byte_order_mark.size()) != byte_order_mark) return false;
  use_up(byte_order_mark.size());
  return true;
}

void LineReader::State::use_up(std::size_t bytes) {
  begin += bytes;
  offset += bytes;
  searched = std::max(searched, begin);
}

Result<Line> LineReader::State::next() {
  if (line_number == 0) {
    if (auto skipped = skip_byte_order_mark(); !skipped) return skipped.error();
  }
  auto found = find_line_end();
  if (!found) return found.error();
  Line line;
  if (begin == end) {
    line.at_end = true;
    return line;
  }
  line.number = ++line_number;
  line.offset = offset;
  std::size_t size = *found - begin;
  bool ended = *found != end;
  if (!ended && !source_is_over) return skip_long_line(line);

  line.text = {buffer.get() + begin, size};
  if (ended && line.text.ends_with('\r')) line.text.remove_suffix(1);
  line.size_bytes = line.text.size();
  line.too_long = line.size_bytes > line_bytes_max;
  if (line.too_long) line.text = {};
  use_up(size + (ended ? 1 : 0));
  return line;
}

Result<Line> LineReader::State::skip_long_line(Line line) {
  line.too_long = true;
  char last = '\0';
  for (;;) {
    const void* found = searched < end ? std::memchr(buffer.get() + searched, '\n', end - searched) : nullptr;
    std::size_t stop = found ? static_cast<std::size_t>(static_cast<const char*>(found) - buffer.get()) : end;
    line.size_bytes += stop - begin;
    if (stop > begin) last = buffer[stop - 1];
    use_up(stop - begin + (found ? 1 : 0));
    if (found) {
      if (last == '\r') --line.size_bytes;
      return line;
    }
    searched = end;
    auto more = read_more();
    if (!more) return more.error();
    if (!*more) return line;
  }
}

LineReader::LineReader(LineReader&&) noexcept = default;
LineReader& LineReader::operator=(LineReader&&) noexcept = default;
LineReader::~LineReader() = default;

LineReader::LineReader(std::unique_ptr<ByteSource> source, std::uint64_t line_bytes_max)
    : state_(std::make_unique<State>()) {
  state_->source = std::move(source);
  state_->line_bytes_max = std::min(line_bytes_max, line_bytes_limit);
}

Result<LineReader> LineReader::open(const Path& path, std::uint64_t line_bytes_max) {
  auto source = FileSource::open(path);
  if (!source) return source.error();
  return LineReader(std::move(*source), line_bytes_max);
}

Result<Line> LineReader::next() { return state_->next(); }
std::uint64_t LineReader::bytes_read() const { return state_->source->stored_bytes_read(); }
void LineReader::set_tap(Tap* tap) { state_->tap = tap; }

}  // namespace batchd::json
