#include "line/prepare/row_lines.hpp"

#include <doctest/doctest.h>

namespace batchd::prepare {

TEST_CASE("without empty lines a row's number is its line's") {
  RowLines lines;
  for (std::uint64_t row = 1; row <= 5; ++row)
    lines.note(row, {0, row});
  CHECK(lines.place_of(1).line == 1);
  CHECK(lines.place_of(5).line == 5);
}

TEST_CASE("empty lines before a row count") {
  RowLines lines;
  const std::uint64_t line_of_row[] = {3, 4, 7, 8, 9, 20};  // rows 1 to 6
  for (std::uint64_t row = 1; row <= 6; ++row)
    lines.note(row, {0, line_of_row[row - 1]});
  for (std::uint64_t row = 1; row <= 6; ++row)
    CHECK(lines.place_of(row).line == line_of_row[row - 1]);
}

TEST_CASE("a second walk over the same rows changes nothing") {
  RowLines lines;
  for (int walk = 0; walk < 2; ++walk) {
    lines.note(1, {0, 2});
    lines.note(2, {0, 5});
    lines.note(3, {0, 6});
  }
  CHECK(lines.place_of(1).line == 2);
  CHECK(lines.place_of(2).line == 5);
  CHECK(lines.place_of(3).line == 6);
}

TEST_CASE("in a further file lines begin anew") {
  RowLines lines;
  lines.note(1, {0, 1});
  lines.note(2, {0, 2});
  lines.note(3, {1, 3});  // the line that would follow, but elsewhere
  lines.note(4, {1, 4});
  lines.note(5, {4, 1});
  CHECK(lines.place_of(2) == RowLines::Place{0, 2});
  CHECK(lines.place_of(3) == RowLines::Place{1, 3});
  CHECK(lines.place_of(4) == RowLines::Place{1, 4});
  CHECK(lines.place_of(5) == RowLines::Place{4, 1});
}

TEST_CASE("rows that were not drawn leave no gap") {
  RowLines lines;
  lines.note(5, {0, 6});
  lines.note(90, {0, 91});
  lines.note(91, {0, 95});
  CHECK(lines.place_of(90).line == 91);
  CHECK(lines.place_of(91).line == 95);
}

}  // namespace batchd::prepare
