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

TEST_CASE("things are counted in singular and plural") {
  CHECK(counted(0, "row") == "0 rows");
  CHECK(counted(1, "row") == "1 row");
  CHECK(counted(2'000, "row") == "2,000 rows");
}

TEST_CASE("a path is shown relative to here when that is shorter") {
  const auto here = std::filesystem::current_path();
  CHECK(shown_path(here / "out" / "results.jsonl") == "out/results.jsonl");
  CHECK(shown_path("/x") == "/x");
}

}  // namespace
}  // namespace batchd::cli
