#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

using Texts = std::vector<std::string>;
using Numbers = std::vector<std::uint64_t>;

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
