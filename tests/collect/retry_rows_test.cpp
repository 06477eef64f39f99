// Rows of items that were asked before: what they used is the sum, their attempts are counted.

#include "collect/shard_fixture.hpp"

namespace batchd::collect::test {
namespace {

model::EarlierUse earlier(std::uint64_t input, bool known = true) {
  model::EarlierUse use;
  use.usage = {input, 5, 0, 0, known};
  use.cost = model::Money{1'000};
  return use;
}

// A shard of second attempts: its lines carry the custom_ids of these.
struct SecondAttempt : ShardFixture {
  SecondAttempt() : ShardFixture(2) {
    shard.attempt = 2;
    price = model::Price{};
    price->input = price->output = model::Money{1'000'000};
    price->per_tokens = 1'000'000;
    auto line = choice_line(
        custom_id(1, 2),
        fmt::format(R"({{"index":0,"finish_reason":"stop","message":{{"content":{}}}}})", json::quoted(good_content)));
    output({line});
  }
  Collected collected() {
    auto judge = Judge::compile(job.output, job.endpoint);
    REQUIRE(judge.ok());
    Request request{*judge, job, run, shard, submission, items, price, folder.path(), line_bytes_max};
    request.earlier = {earlier(100), earlier(7)};
    auto done = batchd::collect::collect(request);
    REQUIRE(done.ok());
    return std::move(*done);
  }
};

}  // namespace

TEST_CASE("a row tells of all attempts of its item, an outcome of its own alone") {
  SecondAttempt fixture;
  const auto collected = fixture.collected();
  CHECK(collected.outcomes[0].attempt == 2);
  CHECK(collected.outcomes[0].usage.input_tokens == 40);
  const auto row = fixture.row(collected.outcomes[0]);
  CHECK(row.text("attempts") == "2");
  CHECK(row.root().find("usage").find("input_tokens").as_int64() == 140);
  CHECK(row.root().find("usage").find("output_tokens").as_int64() == 17);
  CHECK(row.string("custom_id") == custom_id(1, 2));
  // What was not answered this time has used what it used before.
  const auto unanswered = fixture.row(collected.outcomes[1]);
  CHECK(unanswered.string("reason") == "missing");
  CHECK(unanswered.root().find("usage").find("input_tokens").as_int64() == 7);
}

TEST_CASE("where an earlier attempt does not say what it used, the row does not pretend to know") {
  SecondAttempt fixture;
  auto judge = Judge::compile(fixture.job.output, fixture.job.endpoint);
  Request request{*judge,        fixture.job,   fixture.run,           fixture.shard,         fixture.submission,
                  fixture.items, fixture.price, fixture.folder.path(), fixture.line_bytes_max};
  request.earlier = {earlier(100, false), earlier(7)};
  request.earlier[0].cost.reset();
  const auto collected = batchd::collect::collect(request);
  REQUIRE(collected.ok());
  const auto row = fixture.row(collected->outcomes[0]);
  CHECK(row.text("usage") == "null");
  CHECK(row.text("cost") == "null");
}

TEST_CASE("an answer to the first attempt is none to the second") {
  SecondAttempt fixture;
  fixture.output({answer_line(1, good_content)});
  const auto collected = fixture.collected();
  CHECK(collected.outcomes[0].reason == model::Reason::missing);
  CHECK(collected.anomalies.unknown_results == 1);
}

}  // namespace batchd::collect::test
