#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

using Texts = std::vector<std::string>;

std::vector<json::Document> parsed_lines(const std::string& text) {
  std::vector<json::Document> documents;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    REQUIRE(documents.emplace_back().parse(std::string_view(text).substr(begin, end - begin)));
    begin = end + 1;
  }
  return documents;
}

}  // namespace

TEST_CASE("every complaint has its line, its fault, its id and a sentence") {
  Fixture fixture;
  fixture.provider.limits.max_line_bytes = 200;
  fixture.job.input.max_row_bytes = 300;
  fixture.set_input_schema(R"({"properties":{"text":{"type":"string"}}})");
  fixture.write_input(row("a") +                                        //
                      "{\"id\":\"b\",\n" +                              // 2
                      "[]\n" +                                          // 3
                      "{\"text\":\"x\"}\n" +                            // 4
                      "{\"id\":\"c\",\"text\":7}\n" +                   // 5
                      "{\"id\":\"d\"}\n" +                              // 6
                      row("a") +                                        // 7
                      row("e", std::string(80, 'x')) +                  // 8
                      row("f", std::string(400, 'x')) +                 // 9
                      "{\"id\":\"g\",\"id\":\"h\",\"text\":\"x\"}\n" +  // 10
                      "{\"id\":\"i\",\"text\":null}\n");                // 11
  const auto all = render(fixture);
  const auto texts = texts_of(all.complaints);
  REQUIRE(texts.size() == 10);
  CHECK(texts[0].starts_with("2: invalid_row : not valid JSON: at byte 10: "));
  CHECK(texts[1] == "3: invalid_row : the row is an array, but must be an object");
  CHECK(texts[2] == R"(4: invalid_row : the row has no "id" (input.id))");
  CHECK(texts[3].starts_with("5: invalid_row c: /text: "));
  CHECK(texts[4] == R"(6: invalid_row d: /messages/0/content: the row has no "text")");
  CHECK(texts[5] == "7: duplicate_id a: line 1 has the same id");
  CHECK(texts[6] == "8: too_large e: its request line has 234 bytes, somewhere takes at most 200");
  CHECK(texts[7] == "9: too_large : the row has 420 bytes, at most 300 are allowed (input.max_row_bytes)");
  CHECK(texts[8].starts_with("10: invalid_row : not valid JSON: at byte 10: the key \"id\" is there already"));
  CHECK(texts[9].starts_with("11: invalid_row i: /text: "));
  CHECK(all.ids == Texts{"a"});
  CHECK(all.tally.rows == 11);
  CHECK(all.tally.by_fault[static_cast<int>(RowFault::invalid_row)] == 7);
  CHECK(all.tally.by_fault[static_cast<int>(RowFault::duplicate_id)] == 1);
  CHECK(all.tally.by_fault[static_cast<int>(RowFault::too_large)] == 2);
}

TEST_CASE("every rejected row is in rejected.jsonl, as it came") {
  Fixture fixture;
  fixture.job.input.max_row_bytes = 100;
  const std::string long_line(200, 'x');
  fixture.write_input(row("a") + "bro\xFFken\n\n" + row("a", "again") + long_line + "\n");
  Renderer::Options options;
  options.rejected_file = fixture.folder / "rejected.jsonl";
  CHECK(render(fixture, options).tally.rejected == 3);
  const auto text = fixture.folder.read("rejected.jsonl");
  const auto lines = parsed_lines(text);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].root().find("raw").as_string() == "bro\xEF\xBF\xBDken");
  CHECK(lines[0].root().find("file").as_string() == "rows.jsonl");
  CHECK(lines[1].root().find("line").as_int64() == 4);
  CHECK(lines[1].root().find("reason").as_string() == "duplicate_id");
  CHECK(lines[1].root().find("raw").as_string() == R"({"id":"a","text":"again"})");
  CHECK(lines[2].root().find("reason").as_string() == "too_large");
  CHECK(lines[2].root().find("raw").is_null());
}

TEST_CASE("no more complaints are kept than a terminal can bear, all of them are written") {
  Fixture fixture;
  std::string input;
  for (std::size_t i = 0; i < Renderer::complaints_max + 50; ++i)
    input += "x\n";
  fixture.write_input(input);
  Renderer::Options options;
  options.rejected_file = fixture.folder / "rejected.jsonl";
  const auto all = render(fixture, options);
  CHECK(all.complaints.size() == Renderer::complaints_max);
  CHECK(all.tally.rejected == Renderer::complaints_max + 50);
  CHECK(parsed_lines(fixture.folder.read("rejected.jsonl")).size() == Renderer::complaints_max + 50);
}

TEST_CASE("rows that cannot be used fail the run unless the job skips them") {
  Fixture fixture;
  fixture.write_input(row("a") + "x\n");
  auto verdict = render(fixture).verdict;
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().kind == ErrorKind::invalid);
  CHECK(verdict.error().message == "1 of 2 rows of rows.jsonl cannot be used; nothing was sent");
  CHECK(verdict.error().hint == "mend them, or set input.on_invalid: skip to go on without them");
  fixture.job.input.on_invalid = model::OnInvalid::skip;
  CHECK(render(fixture).verdict);
}

TEST_CASE("both troubles are told at once") {
  Fixture fixture;
  fixture.write_input(row("a") + row("a") + "x\n");
  auto verdict = render(fixture).verdict;
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().message == "1 of 3 rows of rows.jsonl cannot be used and 1 repeat an id; nothing was sent");
}

TEST_CASE("an input without rows fails unless the job is content with it") {
  Fixture fixture;
  for (const auto* input : {"", "\n\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF\r\n"}) {
    fixture.job.input.on_empty = model::OnEmpty::fail;
    fixture.write_input(input);
    auto verdict = render(fixture).verdict;
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().message == "rows.jsonl has no rows");
    CHECK(verdict.error().hint == "if that is fine, set input.on_empty: succeed");
    fixture.job.input.on_empty = model::OnEmpty::succeed;
    CHECK(render(fixture).verdict);
  }
}

TEST_CASE("an input of which nothing can be used is as good as empty") {
  Fixture fixture;
  fixture.job.input.on_invalid = model::OnInvalid::skip;
  fixture.write_input("x\ny\n");
  auto verdict = render(fixture).verdict;
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().message == "none of the 2 rows of rows.jsonl can be used");
  fixture.job.input.on_empty = model::OnEmpty::succeed;
  CHECK(render(fixture).verdict);
}

TEST_CASE("a rejected row leaves nothing behind in the block") {
  Fixture fixture;
  fixture.job.request = R"({"model":"{{model}}","input":"{{text}}"})";
  fixture.write_input(R"({"id":"a","model":"m","text":"1"})"
                      "\n"
                      R"({"id":"b","model":"","text":"2"})"
                      "\n"
                      R"({"id":"c","model":"m"})"
                      "\n"
                      R"({"id":"a","model":"m","text":"4"})"
                      "\n"
                      R"({"id":"d","model":"m","text":"5"})"
                      "\n");
  const auto all = render(fixture);
  CHECK(all.bodies == Texts{R"({"model":"m","input":"1"})", R"({"model":"m","input":"5"})"});
  CHECK(texts_of(all.complaints) == Texts{"2: invalid_row b: the request has no model",
                                          R"(3: invalid_row c: /input: the row has no "text")",
                                          "4: duplicate_id a: line 1 has the same id"});
}

TEST_CASE("a row that is too large takes no room in the block") {
  Fixture fixture;
  fixture.provider.limits.max_line_bytes = 300;
  fixture.write_input(row("a", std::string(1'000, 'x')) + row("b"));
  auto renderer = Renderer::open(fixture.job, fixture.provider, {}, {});
  REQUIRE(renderer);
  Block block;
  REQUIRE(renderer->next(block));
  REQUIRE(block.accepted.size() == 1);
  CHECK(block.accepted[0].body_offset == 0);
  CHECK(block.bodies.size() == block.accepted[0].body_length);
  CHECK(block.ids == "b");
}

}  // namespace batchd::prepare
