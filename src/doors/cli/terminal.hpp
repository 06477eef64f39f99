#pragma once
// What the other end of a stream can show.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/files.hpp"

namespace batchd::cli {

bool is_terminal(int descriptor);
// Of the terminal behind the descriptor; 80 when there is none.
unsigned columns_of(int descriptor);
unsigned rows_of(int descriptor);  // 24 when there is none

// Colours, or none. Only the 16 of the terminal's own palette, so that they read on light and dark.
class Style {
 public:
  explicit Style(bool color) : color_(color) {}
  std::string bold(std::string_view text) const { return wrapped("1", text); }
  std::string dim(std::string_view text) const { return wrapped("2", text); }
  std::string red(std::string_view text) const { return wrapped("31", text); }
  std::string green(std::string_view text) const { return wrapped("32", text); }
  std::string yellow(std::string_view text) const { return wrapped("33", text); }

 private:
  std::string wrapped(std::string_view code, std::string_view text) const;
  bool color_;
};

// "████████░░░░" of `width` cells.
std::string bar(std::uint64_t done, std::uint64_t total, unsigned width);
// The columns a text takes on a terminal: a wide character (CJK, emoji) counts as two, one that combines and an escape
// as none.
unsigned width_of(std::string_view text);
// At most `columns` of these, an ellipsis at the end when shortened (and colours switched off behind it).
std::string fitted(std::string_view text, unsigned columns);
// Lines of at most `columns`, broken at blanks; a longer word stands alone and sticks out. No line ends in a blank.
std::vector<std::string> wrapped(std::string_view text, unsigned columns);
// With blanks behind it, up to `columns`.
std::string padded(std::string_view text, unsigned columns);
// What came from outside, for a terminal: control characters become \n, \t or \u001b, what is no UTF-8 U+FFFD. Nobody's
// row may move the cursor or forge a line.
std::string printable(std::string_view text);
// As a person would type it: relative to the current folder when that is shorter.
std::string shown_path(const Path& path);

}  // namespace batchd::cli
