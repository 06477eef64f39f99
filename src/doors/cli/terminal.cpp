#include "doors/cli/terminal.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "ground/base/units.hpp"

namespace batchd::cli {
namespace {

struct Glyph {
  std::size_t length;  // bytes
  unsigned columns;
};

constexpr char32_t not_text = 0xFFFD;

// The code point at `begin`; not_text for bytes that are none.
char32_t code_point_at(std::string_view text, std::size_t begin, std::size_t& length) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(begin);
  const std::size_t needed = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  length = 1;
  if (needed == 1) return first;
  char32_t point = first & (0xFFU >> (needed + 1));
  while (length < needed && begin + length < text.size() && (byte(begin + length) & 0xC0) == 0x80)
    point = (point << 6) | (byte(begin + length++) & 0x3F);
  const bool overlong = (needed == 3 && point < 0x800) || (needed == 4 && (point < 0x10000 || point > 0x10FFFF));
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return needed == 0 || length < needed || overlong || surrogate ? not_text : point;
}

// The C library knows which ones are wide or combine, but only within a UTF-8 locale; the user's may be another.
unsigned columns_of_point(char32_t point) {
  static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (point < 0x7F || utf8 == nullptr) return 1;
  const auto former = uselocale(utf8);
  const int columns = wcwidth(static_cast<wchar_t>(point));
  uselocale(former);
  return columns < 0 ? 1U : static_cast<unsigned>(columns);
}

Glyph glyph_at(std::string_view text, std::size_t begin) {
  if (text[begin] == '\x1b') {
    const auto end = text.find('m', begin);
    return {end == std::string_view::npos ? text.size() - begin : end - begin + 1, 0};
  }
  std::size_t length = 0;
  const auto point = code_point_at(text, begin, length);
  return {length, columns_of_point(point)};
}

bool is_control(char32_t point) { return point < 0x20 || (point >= 0x7F && point < 0xA0); }

// What turns text around or breaks lines without being seen: a name could be made to read as another.
bool steers_unseen(char32_t point) {
  return point == 0x061C || point == 0x200E || point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069);
}

}  // namespace

bool is_terminal(int descriptor) { return isatty(descriptor) == 1; }

unsigned columns_of(int descriptor) {
  constexpr unsigned usual = 80;
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual;
  return size.ws_col;
}

unsigned rows_of(int descriptor) {
  constexpr unsigned usual = 24;
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return usual;
  return size.ws_row;
}

std::string Style::wrapped(std::string_view code, std::string_view text) const {
  if (!color_) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

std::string bar(std::uint64_t done, std::uint64_t total, unsigned width) {
  const auto filled =
      total == 0
          ? 0
          : static_cast<unsigned>(static_cast<double>(std::min(done, total)) / static_cast<double>(total) * width);
  std::string cells;
  for (unsigned i = 0; i < width; ++i)
    cells += i < filled ? "█" : "░";
  return cells;
}

unsigned width_of(std::string_view text) {
  unsigned width = 0;
  for (std::size_t i = 0; i < text.size(); i += glyph_at(text, i).length)
    width += glyph_at(text, i).columns;
  return width;
}

std::string fitted(std::string_view text, unsigned columns) {
  if (width_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::string out;
  bool coloured = false;
  unsigned used = 0;
  for (std::size_t i = 0;;) {
    const auto glyph = glyph_at(text, i);        // there is one: the text is wider than this
    if (used + glyph.columns >= columns) break;  // the last column is the ellipsis'
    coloured |= glyph.columns == 0;
    out += text.substr(i, glyph.length);
    used += glyph.columns;
    i += glyph.length;
  }
  return out + (coloured ? "…\x1b[0m" : "…");
}

std::vector<std::string> wrapped(std::string_view text, unsigned columns) {
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find(' ', begin), text.size());
    const auto word = text.substr(begin, end - begin);
    begin = end + 1;
    if (word.empty()) continue;
    if (!line.empty() && width_of(line) + 1 + width_of(word) > columns) lines.push_back(std::exchange(line, {}));
    line += line.empty() ? "" : " ";
    line += word;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string padded(std::string_view text, unsigned columns) {
  const auto width = width_of(text);
  return std::string(text) + std::string(columns - std::min(columns, width), ' ');
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 0;
    const auto point = code_point_at(text, i, length);
    if (point == '\n') {
      out += "\\n";
    } else if (point == '\t') {
      out += "\\t";
    } else if (is_control(point) || steers_unseen(point)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(point));
    } else if (point == not_text) {
      out += "\uFFFD";
    } else {
      out += text.substr(i, length);
    }
    i += length;
  }
  return out;
}

std::string shown_path(const Path& path) {
  std::error_code fault;
  const auto relative = std::filesystem::relative(path, std::filesystem::current_path(fault), fault);
  if (fault || relative.empty() || relative.string().size() >= path.string().size()) return path.string();
  return relative.string();
}

}  // namespace batchd::cli
