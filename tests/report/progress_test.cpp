#include "line/report/progress.hpp"

#include <doctest/doctest.h>

#include "report/standing_fixture.hpp"

using namespace batchd;
using namespace batchd::report;
using namespace batchd::report::test;

TEST_CASE("progress is the ends of batches, and what the provider says now of the others") {
  auto facts = at_work();
  facts.run.started_at = now - minutes(11);
  facts.submissions[1].ended_at = now - minutes(4);
  facts.submissions[1].counts = {500, 499, 1};
  const auto progress = progress_of(facts, now);
  CHECK(progress.requests == 1'500);
  CHECK(progress.is_moving);
  const std::vector<ProgressPoint> points{{now - minutes(11), 0}, {now - minutes(4), 500}, {now, 903}};
  CHECK(progress.points == points);
}

TEST_CASE("before anything is sent there is no progress to be shown") {
  CHECK(progress_of(two_shards(ShardStage::planned, ShardStage::uploading), now).points.empty());
}

TEST_CASE("answers of earlier runs are not asked, and are no progress") {
  auto facts = at_work();
  facts.shards[0].lane = model::lane_reused;
  CHECK(progress_of(facts, now).requests == 500);
}

TEST_CASE("a completed batch of a provider that does not count has answered all of it") {
  auto facts = at_work();
  for (auto& batch : facts.submissions) {
    batch.state = BatchState::completed;
    batch.counts = {};
    batch.ended_at = now;
  }
  CHECK(progress_of(facts, now).points.back().answered == 1'500);
}

TEST_CASE("of a thousand batches every so manieth end is shown, and the last") {
  auto facts = two_shards(ShardStage::collected, ShardStage::collected);
  facts.shards.resize(1);
  for (std::uint32_t n = 1; n <= 1'000; ++n) {
    auto shard = facts.shards.front();
    shard.n = n;
    shard.requests = 1;
    if (n > 1) facts.shards.push_back(shard);
    facts.shards[n - 1].requests = 1;
    add_batch(facts, n, {1, 1, 0});
    facts.submissions.back().ended_at = now + seconds(n);
  }
  const auto progress = progress_of(facts, now + hours(1));
  CHECK(progress.points.size() <= Progress::points_max + 1);
  CHECK(progress.points.back() == ProgressPoint{now + seconds(1'000), 1'000});
}
