#include "line/report/queue_times.hpp"

#include <doctest/doctest.h>

#include "report/standing_fixture.hpp"

using namespace batchd;
using namespace batchd::report;
using namespace batchd::report::test;

namespace {

// So many batches of "m", done after these times.
QueueHistory history_of(const std::vector<minutes>& lengths) {
  std::vector<model::Shard> shards;
  std::vector<model::Submission> batches;
  for (const auto length : lengths) {
    model::Shard shard;
    shard.n = static_cast<std::uint32_t>(shards.size() + 1);
    shard.model = "m";
    model::Submission batch;
    batch.shard = shard.n;
    batch.n = 1;
    batch.batch_id = "b";
    batch.state = BatchState::completed;
    batch.intended_at = now - hours(48);
    batch.ended_at = batch.intended_at + length;
    shards.push_back(shard);
    batches.push_back(batch);
  }
  QueueHistory history;
  history.add(shards, batches);
  return history;
}

// Two shards of "m" whose batches were begun so long ago.
RunFacts asked(minutes ago) {
  auto facts = at_work();
  for (auto& shard : facts.shards)
    shard.model = "m";
  for (auto& batch : facts.submissions)
    batch.intended_at = now - ago;
  return facts;
}

const std::vector<minutes> ten_batches{minutes(10), minutes(20), minutes(30), minutes(40), minutes(50),
                                       minutes(60), minutes(70), minutes(80), minutes(90), minutes(100)};

}  // namespace

TEST_CASE("a batch that was just sent is likely to be done after the middle of what batches took") {
  const auto forecast = forecast_of(asked(minutes(0)), history_of(ten_batches), now);
  REQUIRE(forecast);
  CHECK(forecast->done_at == now + minutes(60));
  CHECK(forecast->batches == 10);
  CHECK(forecast->median == minutes(60));
  CHECK(forecast->nine_of_ten == minutes(100));
  CHECK_FALSE(forecast->is_overdue);
}

TEST_CASE("one that takes longer already is held against those that took longer, too") {
  const auto forecast = forecast_of(asked(minutes(75)), history_of(ten_batches), now);
  REQUIRE(forecast);
  CHECK(forecast->done_at == now + minutes(90 - 75));  // of 80, 90 and 100
}

TEST_CASE("one that takes longer than all before it is overdue, and no time is told") {
  const auto forecast = forecast_of(asked(minutes(101)), history_of(ten_batches), now);
  REQUIRE(forecast);
  CHECK(forecast->is_overdue);
}

TEST_CASE("shards that wait to be sent go as many at a time as are at the provider") {
  auto facts = asked(minutes(0));
  for (std::uint32_t n = 3; n <= 5; ++n) {
    auto shard = facts.shards.front();
    shard.n = n;
    shard.stage = ShardStage::planned;
    shard.submission = 0;
    facts.shards.push_back(shard);
  }
  const auto forecast = forecast_of(facts, history_of(ten_batches), now);
  REQUIRE(forecast);
  CHECK(forecast->done_at == now + minutes(60) + 2 * minutes(60));  // three more, two at a time
}

TEST_CASE("nothing is said where too little is known, or nothing is left to be asked") {
  CHECK_FALSE(forecast_of(asked(minutes(0)), QueueHistory(), now));
  CHECK_FALSE(forecast_of(asked(minutes(0)), history_of({minutes(1), minutes(2)}), now));
  auto other = asked(minutes(0));
  other.shards.back().model = "another";
  CHECK_FALSE(forecast_of(other, history_of(ten_batches), now));
  auto over = asked(minutes(0));
  over.run.state = model::RunState::succeeded;
  CHECK_FALSE(forecast_of(over, history_of(ten_batches), now));
  CHECK_FALSE(forecast_of(two_shards(ShardStage::collected, ShardStage::collected), history_of(ten_batches), now));
}

TEST_CASE("a batch that expired, was given up or has not ended is no history") {
  std::vector<model::Shard> shards(1);
  shards[0].n = 1;
  shards[0].model = "m";
  model::Submission batch;
  batch.shard = 1;
  batch.batch_id = "b";
  batch.state = BatchState::completed;
  batch.intended_at = now - hours(2);
  batch.ended_at = now - hours(1);
  auto expired = batch;
  expired.state = BatchState::expired;
  auto given_up = batch;
  given_up.given_up = true;
  auto going_on = batch;
  going_on.ended_at.reset();
  QueueHistory history;
  history.add(shards, {batch, batch, expired, given_up, going_on});
  CHECK(history.of("m") == nullptr);
  history.add(shards, {batch});
  REQUIRE(history.of("m") != nullptr);
  CHECK(history.of("m")->size() == 3);
}

TEST_CASE("an estimate is told as one") {
  CHECK(roughly(std::chrono::milliseconds(200)) == "1 s");
  CHECK(roughly(seconds(3)) == "3 s");
  CHECK(roughly(seconds(43)) == "45 s");
  CHECK(roughly(minutes(40) + seconds(29)) == "40 min");
  CHECK(roughly(minutes(127)) == "2 h 05 min");
}
