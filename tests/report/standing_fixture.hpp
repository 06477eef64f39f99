#pragma once
// Runs as the store holds them while they go on.

#include <fmt/format.h>
#include <stdlib.h>
#include <time.h>

#include "line/report/standing.hpp"

namespace batchd::report::test {

using model::BatchState;
using model::ShardStage;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

inline const Time now = *parse_utc("2026-11-23T14:05:00Z");

// Times are shown in the system's zone: here it is UTC.
struct Utc {
  Utc() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};
inline const Utc utc;

inline Owner living() {
  Owner owner;
  owner.process.pid = 4711;
  owner.process.host = "desk";
  owner.liveness = Liveness::alive;
  return owner;
}

inline RunFacts two_shards(ShardStage first, ShardStage second) {
  RunFacts facts;
  auto& run = facts.run;
  run.id = "01jd0000000000000000000001";
  run.job = "tickets";
  run.key = "3f2a";
  run.state = model::RunState::running;
  run.provider = "dashscope-intl";
  run.rows = run.items = 1'500;
  run.created_at = now - minutes(12);
  run.heartbeat_at = now - seconds(20);
  run.output_folder = "/data/out";
  facts.counts.pending = 1'500;
  for (const auto& [n, stage] : {std::pair{1U, first}, std::pair{2U, second}}) {
    model::Shard shard;
    shard.n = n;
    shard.requests = n == 1 ? 1'000 : 500;
    shard.stage = stage;
    facts.shards.push_back(shard);
  }
  return facts;
}

inline void add_batch(RunFacts& facts, std::uint32_t n, model::RequestCounts counts) {
  model::Submission submission;
  submission.shard = n;
  submission.n = 1;
  submission.batch_id = fmt::format("batch_{}", n);
  submission.state = BatchState::running;
  submission.counts = counts;
  submission.expires_at = now + hours(23) + minutes(n);
  facts.shards.at(n - 1).submission = 1;
  facts.submissions.push_back(submission);
}

inline RunFacts at_work() {
  auto facts = two_shards(ShardStage::in_flight, ShardStage::in_flight);
  add_batch(facts, 1, {1'000, 400, 3});
  add_batch(facts, 2, {500, 0, 0});
  facts.run.waiting = {model::WaitingFor::batches, now - minutes(10), now + seconds(42),
                       "2 batches are being worked on"};
  return facts;
}

}  // namespace batchd::report::test
