// A full queue is waited for, and tokens in flight stay below the limit.

#include "core/engine/queue.hpp"

#include <doctest/doctest.h>

#include "engine/facts.hpp"

using namespace batchd;
using namespace batchd::engine;
using model::BatchState;
using model::ShardStage;
using model::WaitingFor;

namespace {

model::RemoteBatch refused_by_queue(std::string id) {
  auto full = batch(std::move(id), BatchState::failed);
  full.errors = {{"token_limit_exceeded", "Enqueued token limit reached for qwen-plus.", {}}};
  return full;
}

Desk in_flight() {
  Desk desk(Facts::prepared(1));
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(Created{1, batch("batch-1")});
  return desk;
}

}  // namespace

TEST_CASE("a batch that failed because the queue is full is submitted again with the same file, later") {
  auto desk = in_flight();
  Duration before{0};
  for (std::uint32_t round = 1; round <= 4; ++round) {
    const auto actions = desk.tell(Polled{1, refused_by_queue("batch-" + std::to_string(round))});
    const auto* wait = find_action<Wait>(actions);
    REQUIRE(wait);
    CHECK(wait->at - desk.now > before);
    before = wait->at - desk.now;
    CHECK(desk.shard(1).stage == ShardStage::uploaded);
    CHECK(desk.shard(1).input_file_id == "file-1");
    CHECK(desk.facts.run.waiting.what == WaitingFor::queue_capacity);
    CHECK(desk.facts.run.waiting.detail.find("Enqueued token limit") != std::string::npos);
    desk.now = wait->at;
    const auto again = desk.tell(Waited{1});
    REQUIRE(find_action<Create>(again));
    CHECK(find_action<Create>(again)->submission == round + 1);
    desk.tell(Created{1, batch("batch-" + std::to_string(round + 1), BatchState::running, round + 1)});
  }
  CHECK(desk.facts.happened("queue_full"));
}

TEST_CASE("a crash while the queue is full leaves nothing in doubt") {
  auto desk = in_flight();
  desk.tell(Polled{1, refused_by_queue("batch-1")});
  desk.crash();
  const auto actions = desk.tell(Resumed{});
  CHECK(find_action<Create>(actions));
  CHECK_FALSE(find_action<Look>(actions));
}

TEST_CASE("a submission lost after a full queue is not taken for the batch that failed") {
  auto desk = in_flight();
  desk.tell(Polled{1, refused_by_queue("batch-1")});
  desk.tell(Waited{1});
  desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "reset")});
  const auto actions = desk.tell(Looked{1, {refused_by_queue("batch-1")}});
  CHECK(find_action<Look>(actions));
  CHECK(desk.shard(1).stage == ShardStage::unknown);
}

TEST_CASE("what is wrong with the file itself is no full queue") {
  auto failed = refused_by_queue("b");
  CHECK(means_full_queue(failed));
  failed.errors.push_back({"invalid_json_line", "line is no JSON", 3});
  CHECK_FALSE(means_full_queue(failed));
  failed.errors = {{"model_not_found", "no such model", {}}};
  CHECK_FALSE(means_full_queue(failed));
  failed.errors = {};
  CHECK_FALSE(means_full_queue(failed));
  auto completed = refused_by_queue("b");
  completed.state = BatchState::completed;
  CHECK_FALSE(means_full_queue(completed));
}

TEST_CASE("tokens in flight stay below the limit, and a batch larger than it goes alone") {
  auto facts = Facts::prepared(3);
  facts.shards.at(1).bytes = 4'000;  // about 1,000 tokens
  facts.shards.at(2).bytes = 4'000;
  facts.shards.at(3).bytes = 40'000;
  Desk desk(facts);
  desk.policy.in_flight_tokens_max = 1'500;
  desk.policy.uploads_side_by_side_max = 3;
  desk.tell(Resumed{});
  CHECK(find_action<Create>(desk.tell(Uploaded{1, "file-1", {}})));
  CHECK_FALSE(find_action<Create>(desk.tell(Uploaded{2, "file-2", {}})));
  CHECK_FALSE(find_action<Create>(desk.tell(Uploaded{3, "file-3", {}})));
  desk.tell(Created{1, batch("batch-1")});
  CHECK(desk.shard(2).stage == ShardStage::uploaded);
  CHECK(desk.facts.run.waiting.what == WaitingFor::queue_capacity);
  const auto second = desk.tell(Polled{1, batch("batch-1", BatchState::completed)});
  REQUIRE(find_action<Create>(second));
  CHECK(find_action<Create>(second)->shard == 2);
  desk.tell(Created{2, batch("batch-2")});
  const auto third = desk.tell(Polled{2, batch("batch-2", BatchState::completed)});
  REQUIRE(find_action<Create>(third));
  CHECK(find_action<Create>(third)->shard == 3);
}

TEST_CASE("models have queues of their own") {
  auto facts = Facts::prepared(2);
  for (auto& [n, shard] : facts.shards) {
    shard.bytes = 4'000;
    shard.model = "model-" + std::to_string(n);
  }
  Desk desk(facts);
  desk.policy.in_flight_tokens_max = 1'500;
  desk.tell(Resumed{});
  CHECK(find_action<Create>(desk.tell(Uploaded{1, "file-1", {}})));
  CHECK(find_action<Create>(desk.tell(Uploaded{2, "file-2", {}})));
}

TEST_CASE("a refused create waits as long as the provider asks") {
  Desk desk(Facts::prepared(1));
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", {}});
  Error throttled(ErrorKind::throttled, "429");
  throttled.retry_after_ms = 90'000;
  const auto actions = desk.tell(CreateFailed{1, throttled});
  REQUIRE(find_action<Wait>(actions));
  CHECK(find_action<Wait>(actions)->at - desk.now == std::chrono::seconds(90));
}

TEST_CASE("bug: a file the provider does not know yet ended the process as if it were unreachable") {
  Desk desk(Facts::prepared(1));
  desk.tell(Resumed{});
  Error not_yet(ErrorKind::unavailable, "Cannot find file file-1");
  not_yet.http_status = 400;
  int uploads = 0;
  std::vector<Action> actions;
  for (int tries = 0; tries < 100; ++tries) {
    if (desk.shard(1).stage == ShardStage::uploading) {
      ++uploads;
      actions = desk.tell(Uploaded{1, "file-" + std::to_string(uploads), {}});
    }
    REQUIRE(find_action<Create>(actions));
    actions = desk.tell(CreateFailed{1, not_yet});
    if (find_action<Halt>(actions)) break;
    if (const auto* wait = find_action<Wait>(actions)) {
      desk.now = wait->at;
      actions = desk.tell(Waited{1});
    }
  }
  CHECK(uploads == 2);  // waited for, uploaded once more, waited for again
  REQUIRE(find_action<Halt>(actions));
  CHECK(find_action<Halt>(actions)->exit_code == 4);
  CHECK(desk.now - start_of_test > std::chrono::minutes(40));
}

TEST_CASE("a batch that alone is refused again and again by a full queue is told what may help") {
  auto desk = in_flight();
  for (int refusals = 1; refusals <= 3; ++refusals) {
    CHECK(desk.facts.run.waiting.detail.find("batch.max_bytes") == std::string::npos);
    const auto waits = desk.tell(Polled{1, refused_by_queue("batch-" + std::to_string(refusals))});
    REQUIRE(find_action<Wait>(waits));
    desk.now = find_action<Wait>(waits)->at;
    if (refusals == 3) break;
    desk.tell(Waited{1});
    desk.tell(Created{1, batch("batch-" + std::to_string(refusals + 1))});
  }
  CHECK(desk.facts.run.waiting.detail.find("batch.max_bytes") != std::string::npos);
}
