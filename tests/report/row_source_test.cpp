#include "line/report/row_source.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "ground/base/random.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::report {
namespace {

struct Rows {
  std::string text;
  std::vector<model::BlobRef> refs;
};

Rows rows(std::size_t count, std::size_t length_max) {
  Rows made;
  Random random(7);
  for (std::size_t n = 0; n < count; ++n) {
    const std::size_t length = 1 + random.below(length_max);
    made.refs.push_back({"rows.jsonl", made.text.size(), length});
    made.text += std::string(length, static_cast<char>('a' + n % 26)) + "\n";
  }
  return made;
}

// Reads all of them in this order and gives back how many reads of the file that took.
std::uint64_t reads_for(const Rows& rows, const std::vector<model::BlobRef>& order) {
  test::TemporaryFolder folder;
  auto source = RowSource::open(folder.write("rows.jsonl", rows.text));
  REQUIRE(source.ok());
  for (const model::BlobRef& ref : order) {
    const auto row = source->read(ref.offset, ref.length);
    REQUIRE(row.ok());
    REQUIRE(*row == std::string_view(rows.text).substr(ref.offset, ref.length));
  }
  return source->reads();
}

}  // namespace

TEST_CASE("rows that follow each other are read in a few large pieces") {
  const Rows all = rows(10'000, 900);
  const std::uint64_t whole_windows = all.text.size() / RowSource::window_bytes_max;
  CHECK(reads_for(all, all.refs) <= whole_windows + 10);
}

TEST_CASE("rows with some left out between them are as good as in order") {
  const Rows all = rows(10'000, 900);
  std::vector<model::BlobRef> some;
  for (std::size_t n = 0; n < all.refs.size(); n += 1 + n % 5)
    some.push_back(all.refs[n]);
  CHECK(reads_for(all, some) <= all.text.size() / RowSource::window_bytes_max + 10);
}

TEST_CASE("a file of several sorted stretches is read once, whichever stretch the next row lies in") {
  const Rows all = rows(10'000, 900);
  constexpr std::size_t stretches = 7;
  std::vector<model::BlobRef> merged;  // the first row of each stretch, the second of each, …
  for (std::size_t n = 0; n < all.refs.size(); ++n) {
    const std::size_t at = n % stretches * (all.refs.size() / stretches) + n / stretches;
    if (n / stretches < all.refs.size() / stretches) merged.push_back(all.refs[at]);
  }
  CHECK(reads_for(all, merged) <= all.text.size() / RowSource::window_bytes_max + stretches * 10);
}

TEST_CASE("rows in random order cost at most one small read each") {
  const Rows all = rows(2'000, 900);
  auto shuffled = all.refs;
  Random random(3);
  for (std::size_t n = shuffled.size(); n > 1; --n)
    std::swap(shuffled[n - 1], shuffled[random.below(n)]);
  CHECK(reads_for(all, shuffled) <= shuffled.size());
}

TEST_CASE("a row longer than any window is read whole") {
  const Rows all = rows(5, 3 * RowSource::window_bytes_max);
  CHECK(reads_for(all, all.refs) <= 5);
}

TEST_CASE("a stretch beyond the end is an error that names the file") {
  test::TemporaryFolder folder;
  auto source = RowSource::open(folder.write("rows.jsonl", "abc\n"));
  REQUIRE(source.ok());
  CHECK(*source->read(0, 4) == "abc\n");
  for (const auto& [offset, length] : {std::pair<std::uint64_t, std::uint64_t>{2, 3}, {5, 1}, {0, 5}, {~0ULL, 2}}) {
    const auto row = source->read(offset, length);
    REQUIRE_FALSE(row.ok());
    CHECK(row.error().kind == ErrorKind::io);
    CHECK(row.error().message.find("rows.jsonl") != std::string::npos);
  }
  CHECK(*source->read(1, 2) == "bc");
}

TEST_CASE("more shards than may be open at once are read all the same") {
  test::TemporaryFolder folder;
  constexpr std::size_t files = RowSources::open_files_max + 10;
  for (std::size_t n = 0; n < files; ++n)
    folder.write("answers/" + std::to_string(n), std::to_string(n) + "\n" + std::to_string(n) + "\n");
  RowSources sources(folder.path());
  for (int round = 0; round < 2; ++round) {
    for (std::size_t n = 0; n < files; ++n) {
      const std::string expected = std::to_string(n);
      const auto row = sources.read({"answers/" + expected, 0, expected.size()});
      REQUIRE(row.ok());
      CHECK(*row == expected);
      CHECK(sources.open_files() <= RowSources::open_files_max);
    }
  }
  CHECK(sources.read({"answers/none", 0, 1}).error().kind == ErrorKind::not_found);
}

}  // namespace batchd::report
