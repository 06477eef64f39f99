#include "line/prepare/row_lines.hpp"

#include <doctest/doctest.h>

namespace batchd::prepare {

TEST_CASE("without empty lines a row's number is its line's") {
  RowLines lines;
  for (std::uint64_t row = 1; row <= 5; ++row)
    lines.note(row, row);
  CHECK(lines.line_of(1) == 1);
  CHECK(lines.line_of(5) == 5);
}

TEST_CASE("empty lines before a row count") {
  RowLines lines;
  const std::uint64_t line_of_row[] = {3, 4, 7, 8, 9, 20};  // rows 1 to 6
  for (std::uint64_t row = 1; row <= 6; ++row)
    lines.note(row, line_of_row[row - 1]);
  for (std::uint64_t row = 1; row <= 6; ++row)
    CHECK(lines.line_of(row) == line_of_row[row - 1]);
}

TEST_CASE("a second walk over the same rows changes nothing") {
  RowLines lines;
  for (int walk = 0; walk < 2; ++walk) {
    lines.note(1, 2);
    lines.note(2, 5);
    lines.note(3, 6);
  }
  CHECK(lines.line_of(1) == 2);
  CHECK(lines.line_of(2) == 5);
  CHECK(lines.line_of(3) == 6);
}

}  // namespace batchd::prepare
