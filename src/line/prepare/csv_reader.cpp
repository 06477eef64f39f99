#include "line/prepare/csv_reader.hpp"

#include <algorithm>
#include <cstring>

namespace batchd::prepare {
namespace {

constexpr std::size_t read_bytes = 256 * 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

enum class At : std::uint8_t {
  field_begin,
  plain,         // in a field without quotes
  quoted,        // between a field's quotes
  behind_quote,  // a quote came: it ends the field, or is the first of two
  behind_field,  // the quotes are closed: a separator or the record's end must follow
};

}  // namespace

// The buffer: [0, begin) is used up, [begin, end) is read; the record begins at `begin` and has been looked at up to
// begin + at. Of a record that is too long already, what was looked at is let go.
struct CsvReader::State {
  std::unique_ptr<ByteSource> source;
  std::uint64_t record_bytes_max = 0;
  char separator = ',';
  std::string buffer;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool source_is_over = false;
  bool has_begun = false;
  std::uint64_t line = 1;  // of the byte at `at`

  // Of the record that is being read.
  std::size_t at = 0;
  At state = At::field_begin;
  CsvField field;
  std::uint64_t quote_line = 0;
  std::uint64_t let_go_bytes = 0;
  bool too_long = false;

  char byte(std::size_t index) const { return buffer[begin + index]; }
  std::size_t available() const { return end - begin; }
  // Once more behind what is there. False: the source is over.
  Result<bool> read_more();
  Status skip_byte_order_mark();
  Result<bool> skip_blank_lines();
  Status next(CsvRecord& record);
  Status read_record(CsvRecord& record);
  bool walk(CsvRecord& record);
  void let_go();
  std::size_t find_plain_end() const;
  bool end_field(CsvRecord& record, std::size_t field_end);
  void end_record(CsvRecord& record, std::size_t size, std::size_t with_end);
};

Result<bool> CsvReader::State::read_more() {
  if (source_is_over) return false;
  if (begin > 0) {
    std::memmove(buffer.data(), buffer.data() + begin, end - begin);
    end -= begin;
    begin = 0;
  }
  // Twice as much as is there, so that a long record is moved few times.
  if (buffer.size() - end < read_bytes) {
    const std::size_t size_max = static_cast<std::size_t>(record_bytes_max) + 2 + 2 * read_bytes;
    buffer.resize(std::max(std::min(buffer.size() * 2, size_max), end + read_bytes));
  }
  auto count = source->read(buffer.data() + end, read_bytes);
  if (!count) return count.error();
  end += *count;
  source_is_over = *count == 0;
  return !source_is_over;
}

Status CsvReader::State::skip_byte_order_mark() {
  has_begun = true;
  while (available() < byte_order_mark.size()) {
    auto more = read_more();
    if (!more) return more.error();
    if (!*more) return {};
  }
  if (std::string_view(buffer).substr(begin, byte_order_mark.size()) == byte_order_mark)
    begin += byte_order_mark.size();
  return {};
}

// False: there is nothing behind them.
Result<bool> CsvReader::State::skip_blank_lines() {
  for (;;) {
    if (available() >= 1 && byte(0) == '\n') {
      ++begin;
      ++line;
      continue;
    }
    if (available() >= 2 && byte(0) == '\r' && byte(1) == '\n') {
      begin += 2;
      ++line;
      continue;
    }
    if (available() >= 2 || (available() == 1 && byte(0) != '\r')) return true;
    auto more = read_more();
    if (!more) return more.error();
    if (!*more) return false;  // nothing, or half a line end
  }
}

std::size_t CsvReader::State::find_plain_end() const {
  const char* const first = buffer.data() + begin;
  std::size_t index = at;
  while (index < available() && first[index] != separator && first[index] != '\n')
    ++index;
  return index;
}

// The byte at `at` is a separator or a line end. True: it was a line end.
bool CsvReader::State::end_field(CsvRecord& record, std::size_t field_end) {
  field.end = field_end;
  ++record.field_count;
  if (record.fields.size() < fields_max) record.fields.push_back(field);
  field = {};
  state = At::field_begin;
  return byte(at) == '\n';
}

// True: the record is complete, its line end is at `at`.
bool CsvReader::State::walk(CsvRecord& record) {
  while (at < available()) {
    switch (state) {
      case At::field_begin:
        state = byte(at) == '"' ? At::quoted : At::plain;
        if (state == At::quoted) {
          ++at;
          quote_line = line;
        }
        field.begin = at;
        break;
      case At::plain: {
        at = find_plain_end();
        if (at == available()) break;
        const bool has_return = byte(at) == '\n' && at > field.begin && byte(at - 1) == '\r';
        if (end_field(record, has_return ? at - 1 : at)) return true;
        ++at;
        break;
      }
      case At::quoted: {
        const char* const from = buffer.data() + begin + at;
        const void* const quote = std::memchr(from, '"', available() - at);
        const auto span = quote ? static_cast<std::size_t>(static_cast<const char*>(quote) - from) : available() - at;
        line += static_cast<std::uint64_t>(std::count(from, from + span, '\n'));
        at += span;
        if (!quote) break;
        field.end = at++;
        state = At::behind_quote;
        break;
      }
      case At::behind_quote:
        state = byte(at) == '"' ? At::quoted : At::behind_field;
        if (state == At::quoted) {
          field.has_doubled_quotes = true;
          ++at;
        }
        break;
      case At::behind_field: {
        const auto from = std::min(field.end + 1, at);
        at = find_plain_end();
        if (at == available()) break;
        const bool has_return = byte(at) == '\n' && at == from + 1 && byte(from) == '\r';
        field.has_text_behind_quote = at > from && !has_return;
        if (end_field(record, field.end)) return true;
        ++at;
        break;
      }
    }
  }
  return false;
}

// All but one byte, which may be a '\r' that belongs to the end.
void CsvReader::State::let_go() {
  const std::size_t bytes = at > 0 ? at - 1 : 0;
  begin += bytes;
  let_go_bytes += bytes;
  at -= bytes;
  field = {};
}

void CsvReader::State::end_record(CsvRecord& record, std::size_t size, std::size_t with_end) {
  record.size_bytes = let_go_bytes + size;
  record.too_long = too_long || record.size_bytes > record_bytes_max;
  if (record.too_long) record.fields.clear();
  record.raw = record.too_long ? std::string_view() : std::string_view(buffer).substr(begin, size);
  begin += with_end;
}

Status CsvReader::State::read_record(CsvRecord& record) {
  for (;;) {
    if (walk(record)) {
      const bool has_return = at > 0 && byte(at - 1) == '\r';
      end_record(record, has_return ? at - 1 : at, at + 1);
      ++line;
      return {};
    }
    if (at > record_bytes_max + 1) too_long = true;
    if (too_long) {
      let_go();
      record.fields.clear();
    }
    auto more = read_more();
    if (!more) return more.error();
    if (*more) continue;
    // The file's end is the record's. A field that is just beginning is there, too: "a," has two.
    if (state == At::quoted) record.unclosed_line = quote_line;
    if (state == At::behind_field) field.has_text_behind_quote = !too_long && at > field.end + 1;
    if (state == At::field_begin) field.begin = at;
    if (state == At::field_begin || state == At::plain || state == At::quoted) field.end = at;
    ++record.field_count;
    if (record.fields.size() < fields_max) record.fields.push_back(field);
    end_record(record, at, at);
    return {};
  }
}

Status CsvReader::State::next(CsvRecord& record) {
  record.fields.clear();
  record.field_count = 0;
  record.unclosed_line = 0;
  if (!has_begun) {
    if (auto skipped = skip_byte_order_mark(); !skipped) return skipped;
  }
  auto is_more = skip_blank_lines();
  if (!is_more) return is_more.error();
  record.at_end = !*is_more;
  if (record.at_end) return {};
  record.line = line;
  at = 0;
  state = At::field_begin;
  field = {};
  let_go_bytes = 0;
  too_long = false;
  return read_record(record);
}

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, std::uint64_t record_bytes_max)
    : state_(std::make_unique<State>()) {
  state_->source = std::move(source);
  state_->record_bytes_max = record_bytes_max;
}
CsvReader::CsvReader(CsvReader&&) noexcept = default;
CsvReader& CsvReader::operator=(CsvReader&&) noexcept = default;
CsvReader::~CsvReader() = default;

Result<char> CsvReader::find_separator() {
  auto& state = *state_;
  if (!state.has_begun) {
    if (auto skipped = state.skip_byte_order_mark(); !skipped) return skipped.error();
  }
  auto is_more = state.skip_blank_lines();
  if (!is_more) return is_more.error();
  bool in_quotes = false;
  bool has_comma = false;
  bool has_semicolon = false;
  bool has_tab = false;
  for (std::size_t at = 0;; ++at) {
    if (at > state.record_bytes_max) break;  // too long to be a header, however much of it has come
    if (at == state.available()) {
      auto more = state.read_more();
      if (!more) return more.error();
      if (!*more) break;
    }
    const char c = state.byte(at);
    if (c == '"') in_quotes = !in_quotes;
    if (in_quotes) continue;
    if (c == '\n') break;
    has_comma = has_comma || c == ',';
    has_semicolon = has_semicolon || c == ';';
    has_tab = has_tab || c == '\t';
  }
  if (!has_comma && has_semicolon) state.separator = ';';
  if (!has_comma && !has_semicolon && has_tab) state.separator = '\t';
  return state.separator;
}

Status CsvReader::next(CsvRecord& record) { return state_->next(record); }
std::uint64_t CsvReader::stored_bytes_read() const { return state_->source->stored_bytes_read(); }

std::string_view CsvRecord::text(std::size_t field, std::string& scratch) const {
  const auto& place = fields[field];
  const auto written = raw.substr(place.begin, place.end - place.begin);
  if (!place.has_doubled_quotes) return written;
  scratch.clear();
  for (std::size_t i = 0; i < written.size(); ++i) {
    scratch += written[i];
    if (written[i] == '"') ++i;
  }
  return scratch;
}

}  // namespace batchd::prepare
