// The finished row: the keys of the contract, and what stands under each.

#include "collect/shard_fixture.hpp"

namespace batchd::collect::test {
namespace {

std::vector<std::string> keys_of(json::View object) {
  std::vector<std::string> keys;
  for (const auto [key, value] : object.members())
    keys.emplace_back(key);
  return keys;
}

const std::vector<std::string> contract_keys{"id",    "status",     "reason",      "output",         "raw",
                                             "error", "included",   "model",       "prompt_version", "prompt_sha",
                                             "lane",  "attempts",   "reused_from", "finish_reason",  "usage",
                                             "cost",  "request_id", "custom_id",   "batch_id",       "simulated"};

TEST_CASE("a row has always the same keys in the same order, success or not") {
  ShardFixture fixture(4);
  fixture.output({answer_line(1, good_content), answer_line(2, "no"), error_line(3, "server_error", "x")});
  const Collected collected = fixture.collect();
  for (const model::Outcome& outcome : collected.outcomes) {
    const ReadRow row = fixture.row(outcome);
    CHECK(keys_of(row.root()) == contract_keys);
    CHECK(keys_of(row.root().find("usage")) ==
          std::vector<std::string>{"input_tokens", "output_tokens", "reasoning_tokens", "cached_tokens"});
  }
}

TEST_CASE("a success row, key by key") {
  ShardFixture fixture(1);
  fixture.job.prompt_version = "3";
  fixture.run.simulated = true;
  fixture.output({answer_line(1, "{ \"summary\": \"Zwei\\n\\\"Wörter\\\" 🙂\",\n \"priority\": \"low\" }")});
  const ReadRow row = fixture.row(fixture.collect().outcomes[0]);
  CHECK(row.line ==
        R"({"id":"t-1","status":"succeeded","reason":null,"output":{"summary":"Zwei\n\"Wörter\" 🙂","priority":"low"},)"
        R"("raw":null,"error":null,"included":{},"model":"qwen-plus-2025","prompt_version":"3","prompt_sha":"5ha",)"
        R"("lane":"batch","attempts":1,"reused_from":null,"finish_reason":"stop","usage":{"input_tokens":40,)"
        R"("output_tokens":12,"reasoning_tokens":0,"cached_tokens":0},"cost":null,"request_id":"req_1","custom_id":")" +
            custom_id(1) + R"(","batch_id":"batch_1","simulated":true})");
}

TEST_CASE("a row without an answer, key by key") {
  ShardFixture fixture(1);
  fixture.shard.attempt = 2;
  fixture.shard.end = model::EndKind::not_sent;
  fixture.submission = {};
  const ReadRow row = fixture.row(fixture.collect().outcomes[0]);
  CHECK(row.line ==
        R"({"id":"t-1","status":"failed","reason":"cancelled","output":null,"raw":null,)"
        R"("error":"the run was cancelled before this item was sent","included":{},"model":"qwen-plus",)"
        R"("prompt_version":null,"prompt_sha":"5ha","lane":"batch","attempts":1,"reused_from":null,)"
        R"("finish_reason":null,"usage":{"input_tokens":0,"output_tokens":0,"reasoning_tokens":0,"cached_tokens":0},)"
        R"("cost":null,"request_id":null,"custom_id":")" +
            custom_id(1, 2) + R"(","batch_id":null,"simulated":false})");
}

TEST_CASE("what the model wrote is kept raw where it was not accepted") {
  ShardFixture fixture(2);
  fixture.output({answer_line(1, "sorry, \"no\""), answer_line(2, R"({"summary":"x","priority":"urgent!!"})")});
  const Collected collected = fixture.collect();
  CHECK(fixture.row(collected.outcomes[0]).string("raw") == "sorry, \"no\"");
  const ReadRow row = fixture.row(collected.outcomes[1]);
  CHECK(row.string("raw") == R"({"summary":"x","priority":"urgent!!"})");
  CHECK(row.text("output") == "null");
  CHECK(row.string("error").find("/priority") != std::string::npos);
}

TEST_CASE("without a schema the output is the text") {
  ShardFixture fixture(1);
  fixture.job.output.schema.reset();
  fixture.output({answer_line(1, "Just words, {\"a\":1} and all")});
  const Collected collected = fixture.collect();
  CHECK(fixture.row(collected.outcomes[0]).string("output") == "Just words, {\"a\":1} and all");
  CHECK(collected.anomalies.unwrapped == 0);
}

TEST_CASE("included carries the named fields of the input row, an absent one as null") {
  ShardFixture fixture(2);
  fixture.job.output.include = {"subject", "tags", "gone"};
  const std::string rows =
      "{\"id\":\"t-1\", \"subject\": \"Drucker \\\"A\\\"\", \"tags\": [ 1, {} ]}\n"
      "{\"id\":\"t-2\",\"subject\":null}\n";
  fixture.folder.write(fixture.shard.rows_file, rows);
  fixture.items[0].row_length = rows.find('\n');
  fixture.items[1].row_offset = rows.find('\n') + 1;
  fixture.items[1].row_length = rows.size() - 1 - fixture.items[1].row_offset;
  fixture.output({answer_line(1, good_content)});
  const Collected collected = fixture.collect();
  CHECK(fixture.row(collected.outcomes[0]).text("included") ==
        R"({"subject":"Drucker \"A\"","tags":[1,{}],"gone":null})");
  CHECK(fixture.row(collected.outcomes[1]).text("included") == R"({"subject":null,"tags":null,"gone":null})");
}

TEST_CASE("cost is what the usage comes to at the batch price; what was not answered is free") {
  ShardFixture fixture(4);
  model::Price price;
  price.input = *model::money_from_text("0.40");
  price.output = *model::money_from_text("1.20");
  fixture.price = price;
  fixture.output({answer_line(1, good_content), answer_line(2, "not accepted, but paid for"),
                  error_line(3, "server_error", "x"),
                  R"({"custom_id":")" + custom_id(4) +
                      R"(","response":{"status_code":200,"body":{"choices":[{"message":{"content":"x"}}]}}})"});
  const Collected collected = fixture.collect();
  // (40 × 0.40 + 12 × 1.20) / 1,000,000 / 2
  CHECK(collected.outcomes[0].cost == model::money_from_text("0.0000152"));
  CHECK(fixture.row(collected.outcomes[0]).text("cost") == "0.0000152");
  CHECK(collected.outcomes[1].cost == collected.outcomes[0].cost);
  CHECK(collected.outcomes[2].cost == model::Money{});
  CHECK_FALSE(collected.outcomes[3].cost.has_value());  // answered, and nobody says for how many tokens
  CHECK(fixture.row(collected.outcomes[3]).text("cost") == "null");
  CHECK(fixture.row(collected.outcomes[3]).text("usage") == "null");
  CHECK_FALSE(collected.outcomes[3].usage.known);
  CHECK(collected.outcomes[2].usage.known);  // no answer, no tokens
}

}  // namespace
}  // namespace batchd::collect::test
