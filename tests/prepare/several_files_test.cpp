#include "ground/base/compression.hpp"
#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

using Texts = std::vector<std::string>;
using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("several files are one input: rows are numbered through, lines begin anew") {
  Fixture fixture;
  fixture.folder.write("in/b.jsonl", "\xEF\xBB\xBF" + row("c") + "\n" + row("d"));
  fixture.folder.write("in/a.jsonl", row("a") + row("b"));
  fixture.folder.write("in/b-empty.jsonl", "");
  fixture.set_input("in/*.jsonl");
  const auto inputs = fixture.identified();
  const auto all = render(fixture, {}, inputs);
  CHECK(all.status);
  CHECK(all.verdict);
  CHECK(all.ids == Texts{"a", "b", "c", "d"});
  CHECK(all.sequences == Numbers{1, 2, 3, 4});
  CHECK(all.lines == Numbers{1, 2, 1, 3});
  std::uint64_t bytes = 0;
  for (const auto& file : inputs)
    bytes += file.identity.size_bytes;
  CHECK(all.tally.bytes_read == bytes);
}

TEST_CASE("complaints name their file, and an id that is known from another file names that") {
  Fixture fixture;
  fixture.folder.write("in/a.jsonl", row("a") + "\n" + row("b"));
  fixture.folder.write("in/b.jsonl", "broken\n" + row("b") + row("c") + row("c"));
  fixture.set_input("in/*.jsonl");
  Renderer::Options options;
  options.rejected_file = fixture.folder / "rejected.jsonl";
  auto all = render(fixture, options);
  CHECK(places_of(all.complaints) == Texts{"in/b.jsonl:1", "in/b.jsonl:2", "in/b.jsonl:4"});
  CHECK(all.complaints[1].message == "in/a.jsonl:3 has the same id");
  CHECK(all.complaints[2].message == "line 3 has the same id");
  CHECK(fixture.folder.read("rejected.jsonl").find(R"({"file":"in/b.jsonl","line":2,"id":"b",)") != std::string::npos);
  CHECK(all.verdict.error().message == "1 of 6 rows of in/*.jsonl cannot be used and 2 repeat an id; nothing was sent");

  fixture.job.input.on_duplicate = model::OnDuplicate::last;
  all = render(fixture);
  CHECK(places_of(all.complaints) == Texts{"in/a.jsonl:3", "in/b.jsonl:1", "in/b.jsonl:3"});
  CHECK(all.complaints[0].message == "in/b.jsonl:2 has the same id, and the last one counts");
  CHECK(all.complaints[2].message == "line 4 has the same id, and the last one counts");
}

TEST_CASE("compressed and plain files may stand side by side") {
  Fixture fixture;
  const auto packed = gzip(row("b") + "x\n");
  fixture.folder.write("in/a.jsonl", row("a"));
  fixture.folder.write("in/b.jsonl.gz", packed);
  fixture.folder.write("in/c.jsonl", row("c"));
  fixture.set_input("in/*");
  const auto all = render(fixture, {}, fixture.identified());
  CHECK(all.status);
  CHECK(all.ids == Texts{"a", "b", "c"});
  CHECK(places_of(all.complaints) == Texts{"in/b.jsonl.gz:2"});
  CHECK(all.tally.bytes_read == packed.size() + row("a").size() + row("c").size());
}

TEST_CASE("a compressed file that is cut short or damaged ends the run, by its name") {
  Fixture fixture;
  std::string rows;
  for (int i = 0; i < 100; ++i)
    rows += row(std::to_string(i));
  const auto packed = gzip(rows);
  fixture.folder.write("rows.jsonl.gz", packed.substr(0, 50));
  fixture.set_input("rows.jsonl.gz");
  CHECK(failure_of(fixture, fixture.identified()) ==
        "rows.jsonl.gz: the gzip data is cut short: it ends at byte 50 without its end");
  fixture.folder.write("rows.jsonl.gz", packed + "more");
  CHECK(failure_of(fixture).find("what follows is no gzip") != std::string::npos);
  fixture.folder.write("rows.jsonl.gz", "PK\x03\x04");
  CHECK(failure_of(fixture) == "rows.jsonl.gz is packed with zip (an Excel workbook is one, too), which is not read");
}

TEST_CASE("a file of several that vanishes or changes between identify and reading is told by its name") {
  Fixture fixture;
  fixture.folder.write("in/a.jsonl", row("a"));
  fixture.folder.write("in/b.jsonl", row("b"));
  fixture.folder.write("in/c.jsonl", row("c"));
  fixture.set_input("in/*.jsonl");
  const auto inputs = fixture.identified();
  fixture.folder.write("in/d.jsonl", row("d"));  // came later: no part of the run
  CHECK(render(fixture, {}, inputs).ids == Texts{"a", "b", "c"});
  fixture.folder.write("in/b.jsonl", row("x"));
  CHECK(failure_of(fixture, inputs) == "in/b.jsonl changed while it was read");
  std::filesystem::remove(fixture.folder / "in/b.jsonl");
  CHECK(failure_of(fixture, inputs) == "in/b.jsonl changed while it was read");
  // Rows that are not read at all are held against what the file system says.
  fixture.job.input.limit = 1;
  CHECK(failure_of(fixture, inputs) == "in/b.jsonl changed while it was read");
}

TEST_CASE("--limit counts through all files") {
  Fixture fixture;
  fixture.folder.write("in/a.jsonl", row("a") + row("b"));
  fixture.folder.write("in/b.jsonl", row("c") + row("d"));
  fixture.set_input("in/*.jsonl");
  fixture.job.input.limit = 3;
  const auto all = render(fixture, {}, fixture.identified());
  CHECK(all.status);
  CHECK(all.ids == Texts{"a", "b", "c"});
}

TEST_CASE("a row may stand within its line, and is kept without what is around it") {
  Fixture fixture;
  fixture.job.input.row_pointer = "/input";
  fixture.write_input(R"({"id":"outer","input":{"id":"a","text":"x"},"error":"no"})"
                      "\n"
                      R"({"id":"b"})"
                      "\n"
                      R"({"input":[1]})"
                      "\n");
  auto renderer = Renderer::open(fixture.job, fixture.provider, {}, {});
  REQUIRE(renderer);
  Block block;
  REQUIRE(renderer->next(block));
  CHECK(block.ids == "a");
  CHECK(block.rows == R"({"id":"a","text":"x"})");
  CHECK(texts_of(renderer->complaints()) ==
        Texts{R"(2: invalid_row : the line has no "/input", where its row should stand)",
              "3: invalid_row : the row is an array, but must be an object"});
}

}  // namespace batchd::prepare
