#include <algorithm>

#include "prepare/fixture.hpp"

namespace batchd::prepare {

TEST_CASE("reused rows are spooled apart: their input rows, and no request") {
  Fixture fixture;
  fixture.job.request = R"({"model":"{{model}}","messages":[]})";
  fixture.write_input(R"({"id":"a","model":"x"})"
                      "\n"
                      R"({"id":"b","model":"x"})"
                      "\n"
                      R"({"id":"c","model":"y"})"
                      "\n"
                      R"({"id":"d","model":"x"})"
                      "\n");
  auto renderer = Renderer::open(fixture.job, fixture.provider, {}, {});
  REQUIRE(renderer.ok());
  Block block;
  REQUIRE(renderer->next(block));
  auto cutter = Cutter::create({std::string(run_id), fixture.folder.path(), "spool/r", fixture.job.endpoint, 1,
                                1'000'000, "answers/r/reused.jsonl"});
  REQUIRE(cutter.ok());
  std::vector<model::Item> items;
  std::vector<model::Item> reused;
  REQUIRE(cutter->add(block, {true, false, true, true}, items, reused));
  const auto shards = cutter->finish();
  REQUIRE(shards.ok());
  REQUIRE(items.size() == 1);
  CHECK(items[0].id == "b");
  REQUIRE(reused.size() == 3);
  CHECK(reused[0].shard == reused[2].shard);  // of any size, one a model
  CHECK(reused[1].shard != reused[0].shard);
  for (const auto& item : reused) {
    const auto& shard = shards->at(item.shard - 1);
    CHECK(model::is_reused(shard));
    CHECK(shard.stage == model::ShardStage::collected);
    CHECK(shard.outcome_file == "answers/r/reused.jsonl");
    CHECK(shard.requests_file.empty());
    CHECK(shard.bytes == 0);
    CHECK(fixture.folder.read(shard.rows_file).substr(item.row_offset, item.row_length).find(item.id) !=
          std::string::npos);
    CHECK(item.request_length == 0);
  }
  const auto& first = shards->at(reused[0].shard - 1);
  CHECK(first.requests == 2);
  CHECK(first.first_sequence == 1);
  CHECK(first.last_sequence == 4);
}

TEST_CASE("an answer holds for the same provider, endpoint, schema, take and formats") {
  model::JobSpec job;
  job.provider = "p";
  job.endpoint = "/v1/chat/completions";
  job.output.schema = model::SchemaText{"a.json", R"({"type":"object"})"};
  const auto rule = answer_rule(job);
  auto other = job;
  SUBCASE("what does not matter") {
    other.request = "{}";  // stands in the body
    other.output.include = {"x"};
    other.output.schema->path = "b.json";
    other.output.schema->text = R"({ "type" : "object" })";
    other.output.structured = model::Structured::json_object;  // stands in the body
    other.input.path = "elsewhere";
    CHECK(answer_rule(other) == rule);
    return;
  }
  SUBCASE("provider") { other.provider = "q"; }
  SUBCASE("endpoint") { other.endpoint = "/v1/embeddings"; }
  SUBCASE("schema") { other.output.schema->text = R"({"type":"array"})"; }
  SUBCASE("no schema") { other.output.schema.reset(); }
  SUBCASE("take") { other.output.take = model::Take::body; }
  SUBCASE("formats") { other.output.formats = model::FormatCheck::assert_them; }
  CHECK(answer_rule(other) != rule);
}

}  // namespace batchd::prepare
