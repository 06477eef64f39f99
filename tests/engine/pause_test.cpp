// A pause: nothing new is begun, what has begun goes on.

#include <doctest/doctest.h>

#include "engine/facts.hpp"

using namespace batchd;
using namespace batchd::engine;
using model::BatchState;
using model::ShardStage;
using model::WaitingFor;

namespace {

const model::Pause of_job{model::PauseOf::job, "tickets", start_of_test - std::chrono::minutes(3)};

// The next process finds the pause that holds.
Desk paused(std::uint32_t shards) {
  Desk desk(Facts::prepared(shards));
  desk.state.paused = of_job;
  return desk;
}

}  // namespace

TEST_CASE("a paused run begins no upload, waits, and says since when, by which pause and how to go on") {
  auto desk = paused(2);
  const auto actions = desk.tell(Resumed{});
  CHECK(actions.empty());
  CHECK(desk.shard(1).stage == ShardStage::planned);
  const auto& waiting = desk.facts.run.waiting;
  CHECK(waiting.what == WaitingFor::paused);
  CHECK(waiting.since == of_job.since);
  CHECK(waiting.detail ==
        "`batchd pause tickets` holds back 2 shards; what is at the provider is collected, and "
        "`batchd unpause tickets` goes on");
  CHECK(find_action<Upload>(desk.tell(Unpaused{})));
  CHECK(desk.shard(2).stage == ShardStage::uploading);
  CHECK(desk.facts.run.waiting.what != WaitingFor::paused);
}

TEST_CASE("an upload under way is ended, and no create follows until the pause is over") {
  Desk desk(Facts::prepared(1));
  desk.tell(Resumed{});
  desk.tell(Paused{of_job});
  CHECK(desk.facts.happened("paused"));
  CHECK(desk.tell(Uploaded{1, "file-1", start_of_test}).empty());
  CHECK(desk.shard(1).stage == ShardStage::uploaded);
  CHECK(desk.facts.run.waiting.what == WaitingFor::paused);
  CHECK(desk.facts.submissions.empty());
  CHECK(find_action<Create>(desk.tell(Unpaused{})));
}

TEST_CASE("an upload that fails while a pause holds is not begun again before it is over") {
  Desk desk(Facts::prepared(1));
  desk.tell(Resumed{});
  desk.tell(Paused{of_job});
  CHECK(desk.tell(UploadFailed{1, Error(ErrorKind::network, "reset")}).empty());
  CHECK(desk.shard(1).stage == ShardStage::planned);
  CHECK(desk.facts.run.waiting.what == WaitingFor::paused);
  CHECK(find_action<Upload>(desk.tell(Unpaused{})));
}

TEST_CASE("a pause that a process finds when it begins keeps uploads and creates from going on") {
  for (const auto stage : {ShardStage::uploading, ShardStage::uploaded}) {
    auto facts = Facts::prepared(1);
    facts.shards.at(1).stage = stage;
    facts.shards.at(1).input_file_id = "file-1";
    Desk desk(std::move(facts));
    desk.state.paused = of_job;
    CHECK(desk.tell(Resumed{}).empty());
    CHECK(desk.facts.run.waiting.what == WaitingFor::paused);
    CHECK_FALSE(desk.tell(Unpaused{}).empty());
  }
}

TEST_CASE("batches in flight are polled and collected while a pause holds, and a run of nothing else ends") {
  Desk desk(Facts::prepared(1));
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(Created{1, batch("batch-1")});
  desk.tell(Paused{of_job});
  CHECK(desk.facts.run.waiting.what == WaitingFor::batches);  // nothing is held back
  CHECK(find_action<Poll>(desk.tell(Polled{1, batch("batch-1")})));
  CHECK(find_action<Fetch>(desk.tell(Polled{1, batch("batch-1", BatchState::completed)})));
  CHECK(find_action<Collect>(desk.tell(Fetched{1, "", ""})));
  CHECK(find_action<Count>(desk.tell(Collected{1, "outcomes", {}})));
}

TEST_CASE("a paused run whose batches are all collected waits for what is held back") {
  Desk desk(Facts::prepared(2));
  desk.policy.batches_in_flight_max = 1;
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(Created{1, batch("batch-1")});
  desk.tell(Paused{of_job});
  desk.tell(Polled{1, batch("batch-1", BatchState::completed)});
  desk.tell(Fetched{1, "", ""});
  CHECK(desk.tell(Collected{1, "outcomes", {}}).empty());
  CHECK(desk.facts.run.waiting.what == WaitingFor::paused);
  CHECK(desk.facts.run.state == model::RunState::running);
  CHECK(find_action<Upload>(desk.tell(Unpaused{})));
}

TEST_CASE("a lost submission is asked about while a pause holds, but not made again") {
  Desk desk(Facts::prepared(1));
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(Paused{of_job});
  REQUIRE(find_action<Look>(desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "reset")})));
  for (int look = 0; look < 10 && desk.shard(1).stage == ShardStage::unknown; ++look) {
    const auto actions = desk.tell(Looked{1, {}});
    CHECK_FALSE(find_action<Create>(actions));
    if (const auto* next = find_action<Look>(actions)) desk.now = next->at;
  }
  CHECK(desk.shard(1).stage == ShardStage::uploaded);
  CHECK(desk.facts.run.waiting.what == WaitingFor::paused);
  CHECK(find_action<Create>(desk.tell(Unpaused{}))->submission == 2);
}

TEST_CASE("a full queue's turn that comes while a pause holds waits for its end") {
  Desk desk(Facts::prepared(1));
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(CreateFailed{1, Error(ErrorKind::throttled, "429")});
  desk.tell(Paused{of_job});
  CHECK(desk.tell(Waited{1}).empty());
  CHECK(find_action<Create>(desk.tell(Unpaused{})));
}

TEST_CASE("a cancelled run comes to its end, paused or not") {
  auto desk = paused(2);
  desk.tell(Resumed{});
  desk.tell(CancelRequested{});
  CHECK(desk.shard(1).end == model::EndKind::not_sent);
  CHECK(desk.shard(2).end == model::EndKind::not_sent);
}

TEST_CASE("what a person settles by --resubmit waits for the end of the pause") {
  Desk desk(Facts::prepared(1));
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "reset")});
  desk.tell(Paused{of_job});
  CHECK_FALSE(find_action<Create>(desk.tell(Resolved{1, 1, model::Settlement::resubmit, {}})));
  CHECK(find_action<Create>(desk.tell(Unpaused{}))->submission == 2);
}

TEST_CASE("what waits for a pause is not written down again with every event") {
  auto desk = paused(2);
  desk.facts.shards.at(1).stage = ShardStage::uploaded;
  desk.facts.shards.at(2).stage = ShardStage::in_flight;
  desk.facts.shards.at(2).submission = 1;
  desk.facts.submissions[{2, 1}].shard = 2;
  desk.facts.submissions[{2, 1}].n = 1;
  desk.facts.submissions[{2, 1}].batch_id = "batch-2";
  desk.facts.submissions[{2, 1}].state = BatchState::running;
  desk.crash();
  desk.state.paused = of_job;
  desk.tell(Resumed{});
  const auto decision = decide(desk.state, Polled{2, batch("batch-2")}, desk.policy, desk.now);
  CHECK(decision.changes.shards.empty());
}
