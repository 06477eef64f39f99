#include "line/collect/sorted_rows.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "ground/base/random.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::collect {
namespace {

std::string row_of(std::size_t item, std::size_t bytes) {
  return fmt::format("{{\"item\":{},\"x\":\"{}\"}}", item, std::string(bytes, 'x'));
}

struct Gathering {
  test::TemporaryFolder folder;
  FileWriter writer = *FileWriter::create(folder / "rows.jsonl");
  std::vector<model::Outcome> outcomes;
  SortedRows rows{writer, outcomes};

  explicit Gathering(std::size_t items) : outcomes(items) {}
  void add(std::size_t item, std::size_t bytes) {
    rows.row() += row_of(item, bytes) + "\n";
    REQUIRE(rows.end_row(item).ok());
  }
  std::string written() {
    REQUIRE(rows.flush().ok());
    REQUIRE(writer.finish().ok());
    return folder.read("rows.jsonl");
  }
};

}  // namespace

TEST_CASE("rows that came in any order lie in the order of their items, and each is found where its outcome says") {
  Gathering gathering(500);
  std::vector<std::size_t> order(500);
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  Random random(5);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random.below(i)]);
  for (const std::size_t item : order)
    gathering.add(item, item % 90);
  const std::string text = gathering.written();
  std::string expected;
  for (std::size_t item = 0; item < 500; ++item) {
    expected += row_of(item, item % 90) + "\n";
    const model::Outcome& outcome = gathering.outcomes[item];
    CHECK(text.substr(outcome.row_offset, outcome.row_length) == row_of(item, item % 90));
  }
  CHECK(text == expected);
}

TEST_CASE("what is more than memory may hold is written in several stretches, each in order") {
  constexpr std::size_t row_bytes = 100'000;
  constexpr std::size_t items = 3 * SortedRows::stretch_bytes_max / row_bytes;
  Gathering gathering(items);
  for (std::size_t item = items; item-- > 0;)
    gathering.add(item, row_bytes);
  const std::string text = gathering.written();
  std::size_t steps_back = 0;
  for (std::size_t item = 0; item < items; ++item) {
    const model::Outcome& outcome = gathering.outcomes[item];
    CHECK(text.compare(outcome.row_offset, outcome.row_length, row_of(item, row_bytes)) == 0);
    if (item > 0 && outcome.row_offset < gathering.outcomes[item - 1].row_offset) ++steps_back;
  }
  CHECK(steps_back <= 3);
}

TEST_CASE("a row larger than a stretch is a stretch of its own") {
  Gathering gathering(3);
  gathering.add(2, 10);
  gathering.add(1, 3 * SortedRows::stretch_bytes_max);
  gathering.add(0, 10);
  const std::string text = gathering.written();
  for (const auto& [item, bytes] :
       {std::pair<std::size_t, std::size_t>{0, 10}, {1, 3 * SortedRows::stretch_bytes_max}, {2, 10}}) {
    const model::Outcome& outcome = gathering.outcomes[item];
    CHECK(text.compare(outcome.row_offset, outcome.row_length, row_of(item, bytes)) == 0);
  }
}

}  // namespace batchd::collect
