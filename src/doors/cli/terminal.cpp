#include "doors/cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include "ground/base/units.hpp"

namespace batchd::cli {

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

std::string fitted(std::string_view text, unsigned columns) {
  std::string out;
  unsigned used = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\x1b') {
      const auto end = text.find('m', i);
      const auto length = end == std::string_view::npos ? text.size() - i : end - i + 1;
      out += text.substr(i, length);
      i += length;
      continue;
    }
    std::size_t length = 1;
    while (i + length < text.size() && (static_cast<unsigned char>(text[i + length]) & 0xC0) == 0x80)
      ++length;
    if (used + 1 == columns && i + length < text.size()) return out + "…\x1b[0m";
    out += text.substr(i, length);
    ++used;
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

std::string counted(std::uint64_t count, std::string_view noun) {
  return format_count(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace batchd::cli
