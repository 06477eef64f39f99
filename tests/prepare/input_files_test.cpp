#include "line/prepare/input_files.hpp"

#include <sys/stat.h>

#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

using Names = std::vector<std::string>;

// The names of the files an input consists of, or "message | hint".
Names names_of(const Fixture& fixture) {
  auto inputs = identify(fixture.job.input);
  if (!inputs) {
    CHECK(inputs.error().kind == ErrorKind::invalid);
    return {inputs.error().message + " | " + inputs.error().hint};
  }
  Names names;
  for (const auto& file : *inputs)
    names.push_back(name_of_file(fixture.job.input, file.path));
  return names;
}

Names names_of(Fixture& fixture, std::string_view written) {
  fixture.set_input(written);
  return names_of(fixture);
}

}  // namespace

TEST_CASE("a pattern's files are read by name, bytewise, and named the way the pattern was written") {
  Fixture fixture;
  for (const auto* name : {"data/b.jsonl", "data/a.jsonl", "data/B.jsonl", "data/a.txt", "data/.hidden.jsonl",
                           "data-2/x.jsonl", "data/2026/x.jsonl"})
    fixture.folder.write(name, name);
  CHECK(names_of(fixture, "data/*.jsonl") == Names{"data/B.jsonl", "data/a.jsonl", "data/b.jsonl"});
  CHECK(names_of(fixture, "data/[ab].*") == Names{"data/a.jsonl", "data/a.txt", "data/b.jsonl"});
  CHECK(names_of(fixture, "data/?.txt") == Names{"data/a.txt"});
  CHECK(names_of(fixture, "data*/x.jsonl") == Names{"data-2/x.jsonl"});
  CHECK(names_of(fixture, "*/*/x.jsonl") == Names{"data/2026/x.jsonl"});
  CHECK(names_of(fixture, "data/.*.jsonl") == Names{"data/.hidden.jsonl"});
  CHECK(names_of(fixture, "data*/[bx].jsonl") == Names{"data-2/x.jsonl", "data/b.jsonl"});
  const auto inputs = fixture.identified();
  CHECK(inputs[0].hash == xxh3_128("data-2/x.jsonl"));
  CHECK(inputs[1].identity.size_bytes == std::string_view("data/b.jsonl").size());
}

TEST_CASE("what comes before the pattern stays as it was written") {
  Fixture fixture;
  fixture.folder.write("data/a.jsonl", "x");
  fixture.set_input("data/*.jsonl");
  fixture.job.input.path_as_written = "../jobs/data/*.jsonl";
  CHECK(names_of(fixture) == Names{"../jobs/data/a.jsonl"});
  fixture.job.input.path_as_written = (fixture.folder / "data/*.jsonl").string();
  CHECK(names_of(fixture) == Names{(fixture.folder / "data/a.jsonl").string()});
  fixture.job.input.path_as_written = "${somewhere}";  // what it stands for is not known here
  CHECK(names_of(fixture) == Names{(fixture.folder / "data/a.jsonl").string()});
}

TEST_CASE("a path that exists as it is written is no pattern, nor is a folder on the way to one") {
  Fixture fixture;
  fixture.folder.write("rows[1].jsonl", "x");
  fixture.folder.write("rows1.jsonl", "x");
  CHECK(names_of(fixture, "rows[1].jsonl") == Names{"rows[1].jsonl"});
  fixture.folder.write("[old]/a.jsonl", "x");
  fixture.folder.write("o/a.jsonl", "x");
  CHECK(names_of(fixture, "[old]/*.jsonl") == Names{"[old]/a.jsonl"});
  CHECK(names_of(fixture, "[old]/a.jsonl") == Names{"[old]/a.jsonl"});
}

TEST_CASE("a pattern without a match says where was looked, and what is there when it is little") {
  Fixture fixture;
  const auto folder = fixture.folder.path().string();
  fixture.folder.write("data/b.csv", "x");
  fixture.folder.write("data/a.csv", "x");
  CHECK(names_of(fixture, "data/*.jsonl") ==
        Names{"no file matches the input data/*.jsonl | looked in " + folder + "/data, where there is: a.csv, b.csv"});
  for (int i = 0; i < 20; ++i)
    fixture.folder.write("data/" + std::to_string(i), "x");
  CHECK(names_of(fixture, "data/*.jsonl") ==
        Names{"no file matches the input data/*.jsonl | looked in " + folder + "/data, which has 22 entries"});
  CHECK(names_of(fixture, "dat/*.jsonl") ==
        Names{"no file matches the input dat/*.jsonl | there is no folder " + folder + "/dat"});
  std::filesystem::create_directory(fixture.folder / "empty");
  CHECK(names_of(fixture, "empty/*") ==
        Names{"no file matches the input empty/* | the folder " + folder + "/empty is empty"});
}

TEST_CASE("what a pattern must not match is named") {
  const std::string hint = " | narrow the pattern so that it matches files only, as in *.jsonl";
  Fixture fixture;
  fixture.folder.write("data/a.jsonl", "x");
  fixture.folder.write("data/sub/x", "x");
  CHECK(names_of(fixture, "data/*") == Names{"the input data/* matches data/sub, which is a folder" + hint});
  fixture.folder.write("more/a.jsonl", "x");
  REQUIRE(::mkfifo((fixture.folder / "more/pipe").c_str(), 0600) == 0);
  CHECK(names_of(fixture, "more/*") == Names{"the input more/* matches more/pipe, which is no regular file" + hint});
  fixture.folder.write("odd/a\xFF", "x");
  CHECK(names_of(fixture, "odd/*") ==
        Names{"the input odd/* matches odd/a\xEF\xBF\xBD, whose name is not UTF-8 | rename it, or narrow the pattern"});
}

TEST_CASE("a pattern matches at most so many files") {
  Fixture fixture;
  std::filesystem::create_directory(fixture.folder / "many");
  for (std::size_t i = 0; i <= input_files_max; ++i)
    REQUIRE(::mknod((fixture.folder / ("many/" + std::to_string(i))).c_str(), S_IFREG | 0600, 0) == 0);
  CHECK(names_of(fixture, "many/*") == Names{"the input many/* matches more than 10,000 files | narrow the pattern, or "
                                             "join the files into fewer"});
}

TEST_CASE("standard input has a name of its own") {
  Fixture fixture;
  fixture.folder.write("spooled", "x");
  fixture.set_input("spooled");
  fixture.job.input.path_as_written = "-";
  CHECK(names_of(fixture) == Names{"standard input"});
}

}  // namespace batchd::prepare
