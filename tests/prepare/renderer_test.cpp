#include <algorithm>

#include "line/prepare/request_line.hpp"
#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

using Texts = std::vector<std::string>;
using Numbers = std::vector<std::uint64_t>;

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

TEST_CASE("rows become bodies in input order, with their ids, sequences and lines") {
  Fixture fixture;
  fixture.write_input(row("a", "one") + row("b", "say \\\"two\\\""));
  const auto all = render(fixture);
  CHECK(all.status);
  CHECK(all.verdict);
  CHECK(all.ids == Texts{"a", "b"});
  CHECK(all.sequences == Numbers{1, 2});
  CHECK(all.bodies == Texts{R"({"model":"m","messages":[{"role":"user","content":"one"}]})",
                            R"({"model":"m","messages":[{"role":"user","content":"say \"two\""}]})"});
  CHECK(all.tally.bytes_read == std::filesystem::file_size(fixture.job.input.path));
}

TEST_CASE("a request that was written over many lines is sent on one") {
  Fixture fixture;
  fixture.job.request = "{\n  \"model\": \"m\",\n  \"input\": \"{{text}}\",\r\n  \"stop\": [\n ]\n}\n";
  fixture.write_input(row("a", "x"));
  CHECK(render(fixture).bodies == Texts{R"({"model":"m","input":"x","stop":[]})"});
}

TEST_CASE("what output.structured adds is part of every body") {
  Fixture fixture;
  fixture.job.output.schema = model::SchemaText{"/answer.json", "{}"};
  fixture.write_input(row("a", "x"));
  CHECK(render(fixture).bodies[0].ends_with(R"(,"response_format":{"type":"json_object"}})"));
}

TEST_CASE("empty lines are no rows, but count as lines") {
  Fixture fixture;
  fixture.write_input("\n" + row("a") + "  \t\n\r\n" + row("b") + "\n\nbroken\n");
  const auto all = render(fixture);
  CHECK(all.tally.rows == 3);
  CHECK(all.sequences == Numbers{1, 2});
  CHECK(all.lines == Numbers{2, 5});
  REQUIRE(all.complaints.size() == 1);
  CHECK(all.complaints[0].line == 8);
}

TEST_CASE("a byte-order mark, CRLF and a last line without an end are read as they are meant") {
  Fixture fixture;
  fixture.write_input("\xEF\xBB\xBF{\"id\":\"a\",\"text\":\"1\"}\r\n{\"id\":\"b\",\"text\":\"2\"}");
  auto renderer = Renderer::open(fixture.job, fixture.provider, {}, {});
  REQUIRE(renderer);
  Block block;
  REQUIRE(renderer->next(block));
  CHECK(block.at_end);
  REQUIRE(block.accepted.size() == 2);
  CHECK(block.rows == R"({"id":"a","text":"1"}{"id":"b","text":"2"})");
  CHECK(renderer->verdict());
}

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

TEST_CASE("a repeated id fails the run unless the job says which row counts") {
  Fixture fixture;
  fixture.write_input(row("a", "1") + row("b", "2") + row("a", "3"));
  auto verdict = render(fixture).verdict;
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().kind == ErrorKind::invalid);
  CHECK(verdict.error().message == "1 of 3 rows of rows.jsonl repeat an id; nothing was sent");

  fixture.job.input.on_duplicate = model::OnDuplicate::first;
  auto first = render(fixture);
  CHECK(first.verdict);
  CHECK(first.sequences == Numbers{1, 2});
  CHECK(texts_of(first.complaints) == Texts{"3: duplicate_id a: line 1 has the same id"});

  fixture.job.input.on_duplicate = model::OnDuplicate::last;
  auto last = render(fixture);
  CHECK(last.verdict);
  CHECK(last.sequences == Numbers{2, 3});
  CHECK(last.ids == Texts{"b", "a"});
  CHECK(texts_of(last.complaints) == Texts{"1: duplicate_id a: line 3 has the same id, and the last one counts"});
}

TEST_CASE("both troubles are told at once") {
  Fixture fixture;
  fixture.write_input(row("a") + row("a") + "x\n");
  auto verdict = render(fixture).verdict;
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().message == "1 of 3 rows of rows.jsonl cannot be used and 1 repeat an id; nothing was sent");
}

TEST_CASE("a number and a text that look alike are one id") {
  Fixture fixture;
  fixture.write_input("{\"id\":7,\"text\":\"x\"}\n{\"id\":\"7\",\"text\":\"y\"}\n");
  CHECK(texts_of(render(fixture).complaints) == Texts{"2: duplicate_id 7: line 1 has the same id"});
}

TEST_CASE("a repeated id is found however far apart its rows are, and told by line") {
  Fixture fixture;
  std::string input = "\n\n" + row("wanderer");
  for (int i = 0; i < 5'000; ++i)
    input += row("r" + std::to_string(i)) + (i == 3'000 ? "\n" : "");
  fixture.write_input(input + row("wanderer"));
  for (const auto rule : {model::OnDuplicate::fail, model::OnDuplicate::first}) {
    fixture.job.input.on_duplicate = rule;
    CHECK(texts_of(render(fixture).complaints) == Texts{"5005: duplicate_id wanderer: line 3 has the same id"});
  }
  fixture.job.input.on_duplicate = model::OnDuplicate::last;
  const auto last = render(fixture);
  CHECK(texts_of(last.complaints) ==
        Texts{"3: duplicate_id wanderer: line 5005 has the same id, and the last one counts"});
  CHECK(last.ids.back() == "wanderer");
}

TEST_CASE("a row that cannot be used does not stand in the way of one with the same id that can") {
  Fixture fixture;
  fixture.job.input.on_invalid = model::OnInvalid::skip;
  fixture.provider.limits.max_line_bytes = 250;
  const std::string no_text = "{\"id\":\"a\"}\n";
  const std::string too_long = row("a", std::string(200, 'x'));

  fixture.job.input.on_duplicate = model::OnDuplicate::first;
  for (const auto& unusable : {no_text, too_long}) {
    fixture.write_input(unusable + row("a", "good") + row("a", "second"));
    const auto all = render(fixture);
    CHECK(all.sequences == Numbers{2});
    CHECK(all.complaints.back().message == "line 2 has the same id");
  }
  fixture.job.input.on_duplicate = model::OnDuplicate::last;
  for (const auto& unusable : {no_text, too_long}) {
    fixture.write_input(row("a", "first") + row("a", "good") + unusable);
    const auto all = render(fixture);
    CHECK(all.sequences == Numbers{2});
    CHECK(all.complaints.front().message == "line 2 has the same id, and the last one counts");
  }
}

TEST_CASE("the ids handed over are those of the items, sorted by hash") {
  for (const auto rule : {model::OnDuplicate::first, model::OnDuplicate::last}) {
    Fixture fixture;
    fixture.job.input.on_invalid = model::OnInvalid::skip;
    fixture.job.input.on_duplicate = rule;
    fixture.write_input(row("a") + "{\"id\":\"no text\"}\n" + row("b") + row("a") + row("c"));
    const auto all = render(fixture);
    REQUIRE(all.keys.size() == all.ids.size());
    CHECK(std::is_sorted(all.keys.begin(), all.keys.end(), [](auto& a, auto& b) { return a.hash < b.hash; }));
    for (std::size_t i = 0; i < all.ids.size(); ++i) {
      const auto hash = xxh3_128(all.ids[i]).low;
      const auto found = std::find_if(all.keys.begin(), all.keys.end(), [&](auto& key) { return key.hash == hash; });
      REQUIRE(found != all.keys.end());
      CHECK(found->sequence == all.sequences[i]);
    }
  }
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

TEST_CASE("a request line may have as many bytes as the provider takes, and not one more") {
  Fixture fixture;
  fixture.write_input(row("a", "0123456789"));
  const auto line_bytes = RequestLine(fixture.job.endpoint).size_bytes(1, render(fixture).bodies[0].size());
  fixture.provider.limits.max_line_bytes = line_bytes;
  fixture.provider.limits.max_bytes = line_bytes + 1;
  CHECK(render(fixture).verdict);

  fixture.provider.limits.max_line_bytes = line_bytes - 1;
  auto above = render(fixture);
  CHECK(above.complaints.at(0).fault == RowFault::too_large);

  fixture.provider.limits.max_line_bytes.reset();
  fixture.provider.limits.max_bytes = line_bytes;
  above = render(fixture);
  CHECK(texts_of(above.complaints) ==
        Texts{"1: too_large a: its request line has " + std::to_string(line_bytes + 1) +
              " bytes with its end, a whole batch file at most " + std::to_string(line_bytes)});
  // The job may ask for smaller files than the provider's, never for larger ones.
  fixture.job.batch.max_bytes = 1'000'000;
  CHECK_FALSE(render(fixture).verdict);
  fixture.provider.limits.max_bytes = 1'000'000;
  fixture.job.batch.max_bytes = line_bytes;
  CHECK_FALSE(render(fixture).verdict);
  fixture.job.batch.max_bytes = line_bytes + 1;
  CHECK(render(fixture).verdict);
}

TEST_CASE("a long endpoint counts against the limits, too") {
  Fixture fixture;
  fixture.write_input(row("a"));
  fixture.job.endpoint = "/" + std::string(500, 'x');
  fixture.provider.limits.max_line_bytes = 500;
  CHECK(render(fixture).tally.rejected == 1);
}

TEST_CASE("request lines above the provider's advice are sent, and counted") {
  Fixture fixture;
  fixture.provider.limits.warn_line_bytes = 300;
  fixture.write_input(row("a") + row("b", std::string(300, 'x')));
  const auto all = render(fixture);
  CHECK(all.verdict);
  CHECK(all.tally.items == 2);
  CHECK(all.tally.long_requests == 1);
}

TEST_CASE("max_row_bytes is the row without its end") {
  Fixture fixture;
  fixture.write_input(row("a", "x"));
  const auto row_bytes = row("a", "x").size() - 1;
  fixture.job.input.max_row_bytes = row_bytes;
  CHECK(render(fixture).verdict);
  fixture.job.input.max_row_bytes = row_bytes - 1;
  CHECK_FALSE(render(fixture).verdict);
}

TEST_CASE("--limit and the first look read only the first rows, rejected ones among them") {
  Fixture fixture;
  fixture.job.input.on_invalid = model::OnInvalid::skip;
  fixture.write_input(row("a") + "x\n\n" + row("b") + row("c") + row("d"));
  fixture.job.input.limit = 3;
  CHECK(render(fixture).ids == Texts{"a", "b"});
  CHECK(render(fixture, {}, fixture.identified()).status);
  Renderer::Options options;
  options.rows_max = 1;
  CHECK(render(fixture, options).ids == Texts{"a"});
  options.rows_max = 100;
  CHECK(render(fixture, options).tally.rows == 3);
}

TEST_CASE("on_duplicate: last looks no further ahead than the limit") {
  Fixture fixture;
  fixture.job.input.on_duplicate = model::OnDuplicate::last;
  fixture.job.input.limit = 2;
  fixture.write_input(row("a") + row("b") + row("a"));
  CHECK(render(fixture).sequences == Numbers{1, 2});
}

TEST_CASE("an input that changed since it was identified is refused at its end") {
  Fixture fixture;
  fixture.write_input(row("a") + row("b"));
  const auto inputs = fixture.identified();
  CHECK(render(fixture, {}, inputs).status);

  fixture.folder.write("rows.jsonl", row("a") + row("x"));  // the same size
  auto changed = render(fixture, {}, inputs).status;
  REQUIRE_FALSE(changed);
  CHECK(changed.error().kind == ErrorKind::invalid);
  CHECK(changed.error().message == "rows.jsonl changed while it was read");

  fixture.folder.write("rows.jsonl", row("a") + row("b") + row("c"));
  CHECK_FALSE(render(fixture, {}, inputs).status);
  fixture.job.input.limit = 1;  // of which only the first row is read
  CHECK_FALSE(render(fixture, {}, inputs).status);
}

TEST_CASE("an input that grows between two blocks is refused at its end") {
  Fixture fixture;
  std::string input;
  for (int i = 0; i < 2'000; ++i)
    input += row("r" + std::to_string(i));
  fixture.write_input(input + std::string(2'000'000, '\n'));  // so that the reader has not read it all at once
  auto renderer = Renderer::open(fixture.job, fixture.provider, fixture.identified(), {});
  REQUIRE(renderer);
  Block block;
  REQUIRE(renderer->next(block));
  CHECK_FALSE(block.at_end);
  fixture.folder.write("rows.jsonl", input + std::string(2'000'000, '\n') + row("late"));
  Status status;
  while (status && !block.at_end)
    status = renderer->next(block);
  REQUIRE_FALSE(status);
  CHECK(status.error().message == "rows.jsonl changed while it was read");
}

TEST_CASE("blocks are bounded by rows, and nothing is lost between them") {
  Fixture fixture;
  const std::size_t count = Renderer::block_rows_max * 2 + 5;
  std::string input;
  for (std::size_t i = 0; i < count; ++i)
    input += row(std::to_string(i));
  fixture.write_input(input);
  auto renderer = Renderer::open(fixture.job, fixture.provider, {}, {});
  REQUIRE(renderer);
  Block block;
  Rendered all;
  std::vector<std::size_t> sizes;
  while (!block.at_end) {
    REQUIRE(renderer->next(block));
    sizes.push_back(block.accepted.size());
    gather(block, all);
  }
  CHECK(sizes == std::vector<std::size_t>{Renderer::block_rows_max, Renderer::block_rows_max, 5});
  CHECK(all.sequences.back() == count);
  CHECK(all.ids.back() == std::to_string(count - 1));
  REQUIRE(renderer->next(block));
  CHECK(block.at_end);
  CHECK(block.accepted.empty());
}

TEST_CASE("blocks are bounded by bytes, of which one row may have more") {
  Fixture fixture;
  fixture.write_input(row("a", std::string(Renderer::block_bytes_max, 'x')) + row("b") + row("c"));
  auto renderer = Renderer::open(fixture.job, fixture.provider, {}, {});
  REQUIRE(renderer);
  Block block;
  REQUIRE(renderer->next(block));
  CHECK(block.accepted.size() == 1);
  CHECK_FALSE(block.at_end);
  REQUIRE(renderer->next(block));
  CHECK(block.accepted.size() == 2);
  CHECK(block.at_end);
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

TEST_CASE("rows of several models keep their groups apart, and a seventeenth is told by line") {
  Fixture fixture;
  fixture.job.request = R"({"model":"{{model}}"})";
  std::string input;
  for (int i = 0; i < 40; ++i)
    input += R"({"id":)" + std::to_string(i) + R"(,"model":"m)" + std::to_string(i % 17) + "\"}\n";
  fixture.write_input(input);
  const auto all = render(fixture);
  CHECK(all.groups.size() == 16);
  REQUIRE(all.complaints.size() == 2);
  CHECK(all.complaints[0].line == 17);
  CHECK(all.complaints[1].line == 34);
  CHECK(all.group_of[16] == 0);  // row 18
}

TEST_CASE("two rows that ask the same have the same request key, whatever their ids") {
  Fixture fixture;
  fixture.write_input(row("a", "same") + row("b", "same") + row("c", "other"));
  auto renderer = Renderer::open(fixture.job, fixture.provider, {}, {});
  REQUIRE(renderer);
  Block block;
  REQUIRE(renderer->next(block));
  CHECK(block.accepted[0].request_key == block.accepted[1].request_key);
  CHECK(block.accepted[0].request_key != block.accepted[2].request_key);
}

TEST_CASE("a template or an input schema that is wrong is told before any row is read") {
  Fixture fixture;
  fixture.write_input(row("a"));
  fixture.job.request = R"({"model":"m","input":"{{#open}}"})";
  auto refused = Renderer::open(fixture.job, fixture.provider, {}, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK(refused.error().message.starts_with("request"));
  fixture.job.request = R"({"model":"m"})";
  fixture.set_input_schema(R"({"type":7})");
  CHECK_FALSE(Renderer::open(fixture.job, fixture.provider, {}, {}));
}

}  // namespace batchd::prepare
