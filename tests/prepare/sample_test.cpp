#include "ground/base/compression.hpp"
#include "line/prepare/drawing.hpp"
#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

using Numbers = std::vector<std::uint64_t>;

Numbers drawn(std::uint64_t rows, model::Sample sample) {
  Drawing drawing(rows, sample);
  Numbers numbers;
  for (std::uint64_t row = 1; row <= rows; ++row) {
    CHECK_FALSE((drawing.is_over() && numbers.size() < std::min(rows, sample.rows)));
    if (drawing.takes(row)) numbers.push_back(row);
  }
  CHECK(drawing.is_over());
  return numbers;
}

std::string many_rows(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i)
    text += row("r" + std::to_string(i));
  return text;
}

}  // namespace

TEST_CASE("of as many equal stretches one row each is drawn") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto numbers = drawn(1'003, {10, seed});
    REQUIRE(numbers.size() == 10);
    for (std::uint64_t i = 0; i < 10; ++i) {
      CHECK(numbers[i] > i * 1'003 / 10);
      CHECK(numbers[i] <= (i + 1) * 1'003 / 10);
    }
  }
}

TEST_CASE("the same seed draws the same rows on every machine, another seed others") {
  CHECK(drawn(1'000, {5, 1}) == Numbers{129, 263, 531, 647, 985});
  CHECK(drawn(1'000, {5, 1}) != drawn(1'000, {5, 2}));
}

TEST_CASE("more rows than there are is all of them") {
  CHECK(drawn(3, {3, 1}) == Numbers{1, 2, 3});
  CHECK(drawn(3, {100, 1}) == Numbers{1, 2, 3});
  CHECK(drawn(0, {100, 1}) == Numbers{});
}

TEST_CASE("a sample's rows keep their numbers and lines, and no other row is judged") {
  Fixture fixture;
  fixture.job.input.sample = model::Sample{4, 3};
  const auto expected = drawn(400, {4, 3});
  auto text = many_rows(400);
  text.insert(0, "\n\n");
  fixture.write_input(text);
  auto all = render(fixture, {}, fixture.identified());
  CHECK(all.status);
  CHECK(all.verdict);
  CHECK(all.sequences == expected);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(all.lines[i] == expected[i] + 2);
    CHECK(all.ids[i] == "r" + std::to_string(expected[i]));
  }
  CHECK(all.tally.rows == 4);
  CHECK(all.tally.items == 4);

  // All others broken, and the ids of two drawn ones alike.
  std::string broken;
  for (std::uint64_t i = 1; i <= 400; ++i)
    broken += std::count(expected.begin(), expected.end(), i) == 0 ? "broken\n" : row("r");
  fixture.job.input.on_duplicate = model::OnDuplicate::last;
  fixture.write_input(broken);
  all = render(fixture);
  CHECK(all.verdict);
  CHECK(all.sequences == Numbers{expected.back()});
  CHECK(all.tally.rows == 4);
  CHECK(all.complaints[0].message ==
        "line " + std::to_string(expected.back()) + " has the same id, and the last one counts");
}

TEST_CASE("with --limit the sample is drawn from the first rows") {
  Fixture fixture;
  fixture.write_input(many_rows(400));
  fixture.job.input.sample = model::Sample{4, 3};
  fixture.job.input.limit = 40;
  CHECK(render(fixture, {}, fixture.identified()).sequences == drawn(40, {4, 3}));
  fixture.job.input.limit = 2;
  CHECK(render(fixture).sequences == Numbers{1, 2});
}

TEST_CASE("a sample is drawn from all files, compressed ones and CSV among them") {
  Fixture fixture;
  std::string csv = "id,text\n";
  for (int i = 1; i <= 50; ++i)
    csv += std::to_string(i) + ",\"a\n,b\"\n";
  fixture.folder.write("in/a.csv", csv);
  fixture.folder.write("in/b.csv.gz", gzip(csv));
  fixture.set_input("in/*");
  fixture.job.input.format = model::InputFormat::csv;
  fixture.job.input.sample = model::Sample{6, 9};
  const auto expected = drawn(100, {6, 9});
  const auto all = render(fixture, {}, fixture.identified());
  CHECK(all.status);
  CHECK(all.sequences == expected);
  for (std::size_t i = 0; i < all.ids.size(); ++i)
    CHECK(all.ids[i] == std::to_string((expected[i] - 1) % 50 + 1));
}

TEST_CASE("a file that changed between the counting and the reading is told") {
  Fixture fixture;
  fixture.write_input(many_rows(10));
  fixture.job.input.sample = model::Sample{2, 1};
  const auto inputs = fixture.identified();
  fixture.folder.write("rows.jsonl", many_rows(11));
  CHECK(failure_of(fixture, inputs) == "rows.jsonl changed while it was read");
}

}  // namespace batchd::prepare
