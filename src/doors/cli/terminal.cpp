#include "doors/cli/terminal.hpp"

#include <algorithm>

#include <sys/ioctl.h>
#include <unistd.h>

#include "ground/base/units.hpp"

namespace batchd::cli {
namespace {

struct Glyph {
  std::size_t length;  // bytes
  unsigned columns;
};

Glyph glyph_at(std::string_view text, std::size_t begin) {
  if (text[begin] == '\x1b') {
    const auto end = text.find('m', begin);
    return {end == std::string_view::npos ? text.size() - begin : end - begin + 1, 0};
  }
  std::size_t length = 1;
  while (begin + length < text.size() && (static_cast<unsigned char>(text[begin + length]) & 0xC0) == 0x80)
    ++length;
  return {length, 1};
}

}  // namespace

bool is_terminal(int descriptor) { return isatty(descriptor) == 1; }

unsigned columns_of(int descriptor) {
  constexpr unsigned usual = 80;
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual;
  return size.ws_col;
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
    const auto glyph = glyph_at(text, i);
    if (used + glyph.columns == columns) break;  // the last column is the ellipsis'
    coloured |= glyph.columns == 0;
    out += text.substr(i, glyph.length);
    used += glyph.columns;
    i += glyph.length;
  }
  return out + (coloured ? "…\x1b[0m" : "…");
}

std::string shown_path(const Path& path) {
  std::error_code fault;
  const auto relative = std::filesystem::relative(path, std::filesystem::current_path(fault), fault);
  if (fault || relative.empty() || relative.string().size() >= path.string().size()) return path.string();
  return relative.string();
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return format_count(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace batchd::cli
