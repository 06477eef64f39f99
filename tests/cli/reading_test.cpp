// What `status RUN` prints.

#include "doors/cli/reading.hpp"

#include <doctest/doctest.h>

#include "report/standing_fixture.hpp"

namespace batchd::cli {
namespace {

using namespace report::test;

TEST_CASE("the page of a run, in a terminal of eighty columns") {
  Canvas canvas;
  canvas.person = true;
  const std::vector<model::Happening> lately = {{now - minutes(11), 1, "submitted", "Submitted as batch_1."}};
  CHECK(status_page(canvas, at_work(), lately, now) == R"(tickets  running
  run      01jd0000000000000000000001
  key      3f2a
  at       dashscope-intl, created 12 min 00 s ago, 13:53
  items    1,500 of 1,500 rows: 0 succeeded, 0 failed, 1,500 pending
  now      )" + standing_paragraph(canvas, standing_of(at_work(), owner_of(at_work().run), now), 11) +
                                                           R"(
  shards   1  at the provider   running     403 of 1,000 done, 3 failed  batch_1
           2  at the provider   running     0 of 500 done  batch_2
  lately   13:54 shard 1: Submitted as batch_1.
  go on    batchd resume 01jd0000000000000000000001
  cancel   batchd cancel 01jd0000000000000000000001
)");
}

TEST_CASE("of two hundred shards those under way are shown, and how many more there are") {
  auto facts = two_shards(ShardStage::collected, ShardStage::collected);
  for (std::uint32_t n = 3; n <= 200; ++n) {
    auto shard = facts.shards.back();
    shard.n = n;
    shard.stage = n == 200 ? ShardStage::planned : ShardStage::collected;
    facts.shards.push_back(shard);
  }
  Canvas canvas;
  canvas.person = true;
  const auto page = status_page(canvas, facts, {}, now);
  CHECK(page.find("shards   200  still to be sent  500 requests\n") != std::string::npos);
  CHECK(page.find("… and 188 more") != std::string::npos);
}

}  // namespace
}  // namespace batchd::cli
