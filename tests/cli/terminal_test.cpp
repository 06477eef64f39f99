#include "doors/cli/terminal.hpp"

#include <doctest/doctest.h>

namespace batchd::cli {
namespace {

TEST_CASE("a text that fits stays as it is, to the last column") {
  CHECK(fitted("", 0).empty());
  CHECK(fitted("batch", 6) == "batch");
  CHECK(fitted("batch", 5) == "batch");
}

TEST_CASE("a text that does not fit ends in an ellipsis") {
  CHECK(fitted("batch", 4) == "bat…");
  CHECK(fitted("batch", 1) == "…");
  CHECK(fitted("batch", 0).empty());
}

TEST_CASE("a code point is one column, however many bytes it has") {
  CHECK(width_of("████ für") == 8);
  CHECK(fitted("████ für", 8) == "████ für");
  CHECK(fitted("████ für", 7) == "████ f…");
}

TEST_CASE("colours take no column, and end where the text is cut") {
  const Style style(true);
  CHECK(width_of(style.red("red")) == 3);
  CHECK(fitted(style.red("red"), 3) == style.red("red"));
  CHECK(fitted(style.red("redder"), 3) == "\x1b[31mre…\x1b[0m");
}

TEST_CASE("an escape without its end takes no column and is not looked beyond") {
  CHECK(width_of("ab\x1b[3") == 2);
  CHECK(fitted("ab\x1b[3", 2) == "ab\x1b[3");
}

TEST_CASE("a style without colours leaves the text alone") {
  const Style style(false);
  CHECK(style.bold("a") + style.dim("b") + style.red("c") + style.green("d") + style.yellow("e") == "abcde");
}

TEST_CASE("a bar is filled in proportion and full only at the end") {
  CHECK(bar(0, 8, 4) == "░░░░");
  CHECK(bar(4, 8, 4) == "██░░");
  CHECK(bar(7, 8, 4) == "███░");
  CHECK(bar(8, 8, 4) == "████");
}

TEST_CASE("a bar of nothing is empty, and too much is full") {
  CHECK(bar(0, 0, 4) == "░░░░");
  CHECK(bar(9, 8, 4) == "████");
  CHECK(bar(UINT64_MAX, UINT64_MAX, 4) == "████");
}

TEST_CASE("a path is shown relative to here when that is shorter") {
  const auto here = std::filesystem::current_path();
  CHECK(shown_path(here / "out" / "results.jsonl") == "out/results.jsonl");
  CHECK(shown_path("/x") == "/x");
}

TEST_CASE("a wide character takes two columns, one that combines none") {
  CHECK(width_of("漢字") == 4);
  CHECK(width_of("😀") == 2);
  CHECK(width_of("e\u0301") == 1);
  CHECK(width_of("한글 für") == 8);
}

TEST_CASE("a text is never cut within a wide character, and never too wide for it") {
  CHECK(fitted("漢字漢字", 8) == "漢字漢字");
  CHECK(fitted("漢字漢字", 7) == "漢字漢…");
  CHECK(fitted("漢字漢字", 6) == "漢字…");
  CHECK(width_of(fitted("漢字漢字", 6)) <= 6);
  CHECK(fitted("漢字", 1) == "…");
}

TEST_CASE("a text is broken at blanks, and no line ends in one") {
  CHECK(wrapped("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(wrapped("one two three", 100) == std::vector<std::string>{"one two three"});
  CHECK(wrapped("a incomprehensibilities b", 5) == std::vector<std::string>{"a", "incomprehensibilities", "b"});
  CHECK(wrapped("", 5).empty());
  CHECK(wrapped("漢字 漢字", 8) == std::vector<std::string>{"漢字", "漢字"});
}

TEST_CASE("what came from outside cannot steer the terminal") {
  CHECK(printable("T-1") == "T-1");
  CHECK(printable("für 漢字") == "für 漢字");
  CHECK(printable("a\x1b[31mb") == "a\\u001b[31mb");
  CHECK(printable("two\nlines\tand") == "two\\nlines\\tand");
  CHECK(printable("\xc2\x9b") == "\\u009b");  // the CSI in one byte of Latin-1
  CHECK(printable("a\xffz") == "a\uFFFDz");
  CHECK(printable("\xe2\x82") == "\uFFFD");
  CHECK(printable("gpj.\u202Eexe") == "gpj.\\u202eexe");  // what would read from right to left
  CHECK(printable("a\u2066b\u2029c\u200Fd") == "a\\u2066b\\u2029c\\u200fd");
}

}  // namespace
}  // namespace batchd::cli
