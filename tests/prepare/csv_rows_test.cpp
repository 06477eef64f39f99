#include "line/prepare/csv_rows.hpp"

#include "ground/base/compression.hpp"
#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

using Texts = std::vector<std::string>;
using Numbers = std::vector<std::uint64_t>;

// What became of the rows, as objects.
std::string rows_of(const Fixture& fixture) {
  auto renderer = Renderer::open(fixture.job, fixture.provider, {}, {});
  REQUIRE_MESSAGE(renderer.ok(), renderer.error().text());
  Block block;
  REQUIRE(renderer->next(block));
  CHECK(block.at_end);
  return block.rows;
}

std::string failure_of_csv(std::string_view text) {
  Fixture fixture;
  fixture.write_csv(text);
  return failure_of(fixture);
}

Texts complaints_of_csv(std::string_view text) {
  Fixture fixture;
  fixture.write_csv(text);
  return texts_of(render(fixture).complaints);
}

}  // namespace

TEST_CASE("each record of a CSV file is a row of texts") {
  Fixture fixture;
  fixture.write_csv("\xEF\xBB\xBFid,text,n\r\n1,\"say \"\"hi\"\",\r\nü\t\\\",007\r\n2,,1.50\r\n");
  CHECK(rows_of(fixture) == R"({"id":"1","text":"say \"hi\",\r\nü\t\\","n":"007"}{"id":"2","text":"","n":"1.50"})");
  const auto all = render(fixture, {}, fixture.identified());
  CHECK(all.status);
  CHECK(all.verdict);
  CHECK(all.ids == Texts{"1", "2"});
  CHECK(all.lines == Numbers{2, 4});
  CHECK(all.bodies[0] == R"({"model":"m","messages":[{"role":"user","content":"say \"hi\",\r\nü\t\\"}]})");
}

TEST_CASE("a CSV file may be compressed, and blank lines are no rows") {
  Fixture fixture;
  fixture.write_csv(gzip("id,text\n\na,x\n\r\n\nb,y") + gzip("\n"));
  const auto all = render(fixture, {}, fixture.identified());
  CHECK(all.status);
  CHECK(all.ids == Texts{"a", "b"});
  CHECK(all.lines == Numbers{3, 6});
}

TEST_CASE("a row with too few or too many fields says how many") {
  CHECK(complaints_of_csv("id,text\na\nb,1,2\n\"c\",x\n") ==
        Texts{"2: invalid_row : the row has 1 field, but the header names 2 columns",
              "3: invalid_row : the row has 3 fields, but the header names 2 columns"});
}

TEST_CASE("a row that is not UTF-8 names the column, and is kept as it came") {
  Fixture fixture;
  fixture.write_csv("id,text\na,\"caf\xE9 \"\"\"\nb,ok\n");
  Renderer::Options options;
  options.rejected_file = fixture.folder / "rejected.jsonl";
  const auto all = render(fixture, options);
  CHECK(texts_of(all.complaints) == Texts{R"(2: invalid_row : column "text" is not UTF-8 (its byte 4))"});
  CHECK(all.ids == Texts{"b"});
  const auto rejected = fixture.folder.read("rejected.jsonl");
  CHECK(rejected.starts_with(R"({"file":"rows.csv","line":2,"id":null,"reason":"invalid_row",)"));
  CHECK(rejected.ends_with("\"raw\":\"a,\\\"caf\xEF\xBF\xBD \\\"\\\"\\\"\"}\n"));
}

TEST_CASE("text behind a closing quote is a row that cannot be used") {
  CHECK(complaints_of_csv("id,text\na,\"x\"y\n") ==
        Texts{"2: invalid_row : column \"text\" has text behind its closing quote; a quote in a quoted field is "
              "doubled"});
}

TEST_CASE("a row above max_row_bytes is rejected, wherever its lines end") {
  Fixture fixture;
  fixture.job.input.max_row_bytes = 20;
  fixture.write_csv("id,text\na,\"" + std::string(30, '\n') + "\"\nb,x\n");
  const auto all = render(fixture);
  CHECK(texts_of(all.complaints) ==
        Texts{"2: too_large : the row has 34 bytes, at most 20 are allowed (input.max_row_bytes)"});
  CHECK(all.lines == Numbers{33});
}

TEST_CASE("a quote that never closes ends the run: all behind it would be lost") {
  CHECK(failure_of_csv("id,text\na,x\nb,\"y\nc,z\n") ==
        "rows.csv:3: a quote is opened here and never closed: the rest of the file would be one row");
  Fixture fixture;
  fixture.job.input.max_row_bytes = 20;  // it is found without holding the rest of the file
  fixture.write_csv("id,text\na,\"y\n" + std::string(1'000'000, 'z'));
  CHECK(failure_of(fixture) ==
        "rows.csv:2: a quote is opened here and never closed: the rest of the file would be one row");
}

TEST_CASE("a header that cannot be used is told before any row is read") {
  CHECK(failure_of_csv("id,,text\n") == "rows.csv:1: column 2 of the header has no name");
  CHECK(failure_of_csv("id,text,\n") == "rows.csv:1: column 3 of the header has no name");
  CHECK(failure_of_csv("\nid,text,id\n") == "rows.csv:2: the header names \"id\" twice, as columns 1 and 3");
  CHECK(failure_of_csv("id,\"te\nxt\n1,2\n") == "rows.csv:1: a quote is opened here in the header and never closed");
  CHECK(failure_of_csv("id,\"text\"s\n") ==
        "rows.csv:1: there is text behind the closing quote of column 2 of the header");
  CHECK(failure_of_csv("id,caf\xE9\n") == "rows.csv:1: the header is not UTF-8");
  CHECK(failure_of_csv("c" + std::string(10'000, ',') + "\n") ==
        "rows.csv:1: the header names 10,001 columns, at most 4,096 are allowed");
  CHECK(failure_of_csv(std::string("\xFF\xFEi\0d\0,\0", 8)) == "rows.csv is UTF-16 text, and only UTF-8 is read");
  CHECK(failure_of_csv(std::string("i\0d\0,\0", 6)) == "rows.csv is UTF-16 text, and only UTF-8 is read");
  Fixture fixture;
  fixture.job.input.max_row_bytes = 5;
  fixture.write_csv("id,text\n");
  CHECK(failure_of(fixture) == "rows.csv:1: the header has 7 bytes, more than a row may have (input.max_row_bytes)");
}

TEST_CASE("a CSV file without rows, or without even a header, is empty") {
  Fixture fixture;
  for (const auto* text : {"", "\xEF\xBB\xBF", "\n\n", "id,text", "id,text\r\n\r\n"}) {
    fixture.write_csv(text);
    CHECK(render(fixture).verdict.error().message == "rows.csv has no rows");
  }
}

TEST_CASE("an id of a CSV row is text, and compares as such") {
  CHECK(complaints_of_csv("id,text\n7,a\n07,b\n7.0,c\n\"7\",d\n,e\n") ==
        Texts{"5: duplicate_id 7: line 2 has the same id", R"(6: invalid_row : "id" (input.id) is empty)"});
}

TEST_CASE("a column that the job needs and the file lacks is told once, of the header, with what was meant") {
  const auto refused = [](std::string_view text) {
    Fixture fixture;
    fixture.write_csv(text);
    auto renderer = Renderer::open(fixture.job, fixture.provider, {}, {});
    REQUIRE_FALSE(renderer.ok());
    return renderer.error();
  };
  CHECK(refused("key,text\n1,x\n2,y\n").message ==
        R"(rows.csv:1: there is no column "id" (input.id); there are: "key", "text")");
  CHECK(refused("\nsku;name\n1;x\n").message ==
        R"(rows.csv:2: there is no column "id" (input.id) and no "text" (request); there are: "sku", "name")");
  CHECK(refused("Id,text\n").hint == R"(did you mean "Id"?)");
  CHECK(refused(" id ,TEXT\n").hint == R"(did you mean " id ", "TEXT"?)");
  CHECK(refused("id,texts\n").hint == R"(did you mean "texts"?)");
}

TEST_CASE("what only may be there is no column that must be") {
  Fixture fixture;
  fixture.job.request = R"({"model":"m","messages":[{"role":"user","content":"{{#more}}{{.}}{{/more}}"}]})";
  fixture.write_csv("id\n1\n");
  CHECK(render(fixture).verdict);
}

TEST_CASE("a file that is something else than the CSV it is said to be is named as what it is") {
  CHECK(failure_of_csv("{\"id\":\"1\",\"text\":\"x\"}\n") == "rows.csv:1: this is JSON, and the job says CSV");
  CHECK(failure_of_csv("sep=;\nid;text\n") ==
        "rows.csv:1: the first line is Excel's \"sep=;\", where the header should stand");
  CHECK(failure_of_csv("id,text\r1,x\r2,y\r") == "rows.csv:1: the lines end with CR alone, as on old Macs");
  CHECK(failure_of_csv("\x01\x02\x03 id,text\n") == "rows.csv:1: this is not text");
}

TEST_CASE("that every cell is a text is said where a schema wants something else") {
  Fixture fixture;
  fixture.set_input_schema(R"({"properties":{"text":{"type":"integer"}}})");
  fixture.write_csv("id,text\n1,5\n");
  const auto all = render(fixture);
  REQUIRE(all.complaints.size() == 1);
  CHECK(all.complaints[0].message == "/text: is a string, but must be an integer; every cell of a CSV file is a text");
}

TEST_CASE("files of one input name the same columns, in any order") {
  Fixture fixture;
  fixture.folder.write("in/a.csv", "id,text\n1,x\n");
  fixture.folder.write("in/b.csv", "text;id\ny;2\n");
  fixture.folder.write("in/c.csv", "");
  fixture.set_input("in/*.csv");
  fixture.job.input.format = model::InputFormat::csv;
  auto all = render(fixture, {}, fixture.identified());
  CHECK(all.verdict);
  CHECK(all.ids == Texts{"1", "2"});
  CHECK(all.bodies[1].find("\"y\"") != std::string::npos);

  fixture.folder.write("in/d.csv", "\nid,body\n");
  CHECK(failure_of(fixture) ==
        "in/d.csv:2: the header lacks \"text\" and has \"body\" instead, compared with in/a.csv");
  fixture.folder.write("in/d.csv", "id\n");
  CHECK(failure_of(fixture) == "in/d.csv:1: the header lacks \"text\", compared with in/a.csv");
  fixture.folder.write("in/d.csv", "id,text,x,y\n");
  CHECK(failure_of(fixture) == "in/d.csv:1: the header has \"x\", \"y\" besides, compared with in/a.csv");
}

TEST_CASE("a plan can say how a CSV file is read") {
  Fixture fixture;
  fixture.write_csv("id;\"te\"\"xt\"\n");
  auto layout = csv_layout(fixture.job.input);
  REQUIRE(layout);
  CHECK(layout->separator == ';');
  CHECK(layout->columns == Texts{"id", "te\"xt"});
  fixture.write_csv("");
  CHECK(csv_layout(fixture.job.input)->columns.empty());
  fixture.write_csv("id,\n");
  CHECK_FALSE(csv_layout(fixture.job.input));
}

}  // namespace batchd::prepare
