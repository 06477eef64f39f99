// What a person settles where the provider cannot tell.

#include <doctest/doctest.h>

#include "engine/facts.hpp"

using namespace batchd;
using namespace batchd::engine;
using model::BatchState;
using model::EndKind;
using model::Settlement;
using model::ShardStage;

namespace {

const Error no_list(ErrorKind::rejected, "404 on GET /batches");

// The create's answer was lost, and the provider cannot be asked.
Desk undecided(std::uint32_t shards = 1) {
  Desk desk(Facts::prepared(shards));
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "connection reset")});
  desk.tell(LookFailed{1, no_list});
  return desk;
}

// As the next process finds it: the word is kept, nothing is done about it yet.
void say_and_resume(Desk& desk, Settlement by, std::string batch_id = {}) {
  desk.facts.resolutions.push_back({1, desk.shard(1).submission, by, std::move(batch_id), "", desk.now});
  desk.crash();
}

}  // namespace

TEST_CASE("a shard in doubt tells the command that settles it, with its ids") {
  auto desk = undecided(2);
  CHECK(desk.facts.run.waiting.what == model::WaitingFor::unknown_submission);
  CHECK(desk.facts.run.waiting.detail.find("`batchd resolve " + desk.facts.run.id + " 1 --adopt BATCH`") !=
        std::string::npos);
  auto alone = undecided();
  alone.crash();
  alone.tell(Resumed{});
  const auto actions = alone.tell(LookFailed{1, no_list});
  REQUIRE(find_action<Halt>(actions));
  CHECK(find_action<Halt>(actions)->error.hint.find("batchd resolve " + alone.facts.run.id + " 1 ") !=
        std::string::npos);
}

TEST_CASE("bug: of several shards in doubt only the last was named") {
  Desk desk(Facts::prepared(3));
  desk.tell(Resumed{});
  for (std::uint32_t shard = 1; shard <= 3; ++shard) {
    desk.tell(Uploaded{shard, "file-" + std::to_string(shard), std::nullopt});
    desk.tell(CreateFailed{shard, Error(ErrorKind::unknown, "connection reset")});
  }
  for (std::uint32_t shard = 1; shard <= 2; ++shard)
    desk.tell(LookFailed{shard, no_list});
  const auto actions = desk.tell(LookFailed{3, no_list});
  REQUIRE(find_action<Halt>(actions));
  const auto& error = find_action<Halt>(actions)->error;
  CHECK(error.message.starts_with("shard 1: "));
  CHECK(error.message.ends_with(" (shards 2, 3: the same)"));
  CHECK(error.hint.find("batchd resolve " + desk.facts.run.id + " 1 ") != std::string::npos);
  CHECK(desk.facts.run.waiting.detail.find("(shards 2, 3: the same)") != std::string::npos);
}

TEST_CASE("bug: a shard in doubt that had the last slot kept its process waiting for ever") {
  Desk desk(Facts::prepared(2));
  desk.policy.batches_in_flight_max = 1;
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "connection reset")});
  REQUIRE(find_action<Halt>(desk.tell(LookFailed{1, no_list})));
  CHECK(desk.shard(2).stage == ShardStage::planned);
}

TEST_CASE("bug: so did one that had the last room in the provider's queue") {
  auto facts = Facts::prepared(2);
  for (auto& [n, shard] : facts.shards)
    shard.bytes = 4'000;
  Desk desk(std::move(facts));
  desk.policy.in_flight_tokens_max = 1'500;
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(Uploaded{2, "file-2", std::nullopt});
  desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "connection reset")});
  REQUIRE(find_action<Halt>(desk.tell(LookFailed{1, no_list})));
  CHECK(desk.shard(2).stage == ShardStage::uploaded);
}

TEST_CASE("adopted by a person: the batch is the lost submission's, and is polled; nothing is sent") {
  auto desk = undecided();
  say_and_resume(desk, Settlement::adopt, "batch-9");
  const auto actions = desk.tell(Resumed{});
  CHECK_FALSE(find_action<Look>(actions));
  CHECK_FALSE(find_action<Create>(actions));
  REQUIRE(find_action<Poll>(actions));
  CHECK(find_action<Poll>(actions)->batch_id == "batch-9");
  CHECK(desk.shard(1).stage == ShardStage::in_flight);
  CHECK(desk.shard(1).error.empty());
  const auto& adopted = desk.facts.submissions.at({1, 1});
  CHECK(adopted.batch_id == "batch-9");
  CHECK_FALSE(adopted.given_up);
  CHECK(desk.facts.happened("adopted"));
  // What its id alone did not say, its first poll does.
  auto shown = batch("batch-9", BatchState::validating);
  shown.created_at = desk.now;
  desk.tell(Polled{1, shown});
  CHECK(desk.facts.submissions.at({1, 1}).created_at == desk.now);
}

TEST_CASE("taken for never arrived by a person: submitted again, and the doubt is kept") {
  auto desk = undecided();
  say_and_resume(desk, Settlement::resubmit);
  const auto actions = desk.tell(Resumed{});
  REQUIRE(find_action<Create>(actions));
  CHECK(find_action<Create>(actions)->submission == 2);
  CHECK(desk.facts.submissions.at({1, 1}).given_up);
  CHECK(model::is_in_doubt(desk.facts.submissions.at({1, 1})));
  // Should the provider be able to tell by then, the first one does not go on unseen.
  CHECK(find_action<Search>(desk.tell(Created{1, batch("batch-2", BatchState::running, 2)})));
}

TEST_CASE("given up by a person: the items end with the provider's words, and nobody looks for it any more") {
  auto desk = undecided();
  say_and_resume(desk, Settlement::fail);
  const auto actions = desk.tell(Resumed{});
  CHECK(find_action<Collect>(actions));
  CHECK_FALSE(find_action<Search>(actions));
  CHECK(desk.shard(1).end == EndKind::given_up);
  CHECK(desk.shard(1).error.find("404 on GET /batches") != std::string::npos);
  CHECK(desk.facts.submissions.at({1, 1}).state_text == model::submission_given_up);
  desk.crash();
  const auto again = desk.tell(Resumed{});
  CHECK(find_action<Collect>(again));
  CHECK_FALSE(find_action<Search>(again));
}

TEST_CASE("what a person says reaches a living process, too, while other shards go on") {
  auto desk = undecided(2);
  CHECK(find_action<Create>(desk.tell(Resolved{1, 1, Settlement::resubmit, {}}))->submission == 2);
  CHECK(desk.facts.run.waiting.detail.find("resolve") == std::string::npos);
}

TEST_CASE("a word of one submission is none of the next that is lost") {
  auto desk = undecided();
  say_and_resume(desk, Settlement::resubmit);
  desk.tell(Resumed{});
  desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "connection reset")});
  desk.crash();
  const auto actions = desk.tell(Resumed{});
  CHECK_FALSE(find_action<Create>(actions));
  CHECK(find_action<Look>(actions));
  desk.tell(LookFailed{1, no_list});
  CHECK(desk.shard(1).submission == 2);
  CHECK(desk.shard(1).stage == ShardStage::unknown);
}

TEST_CASE("a word that comes too late changes nothing, and that is told") {
  auto desk = undecided(2);
  desk.tell(Resolved{1, 1, Settlement::adopt, batch("batch-9")});
  const auto before = desk.shard(1);
  CHECK(desk.tell(Resolved{1, 1, Settlement::fail, {}}).empty());
  CHECK(desk.shard(1).stage == before.stage);
  CHECK(desk.facts.happened("resolved_late"));
}

TEST_CASE("a cancelled run takes a person's word as an end: what is adopted is cancelled, nothing is sent again") {
  auto adopting = undecided();
  adopting.facts.run.cancel_requested_at = adopting.now;
  say_and_resume(adopting, Settlement::adopt, "batch-9");
  CHECK(find_action<CancelBatch>(adopting.tell(Resumed{})));
  auto resubmitting = undecided();
  resubmitting.facts.run.cancel_requested_at = resubmitting.now;
  say_and_resume(resubmitting, Settlement::resubmit);
  const auto actions = resubmitting.tell(Resumed{});
  CHECK_FALSE(find_action<Create>(actions));
  CHECK(resubmitting.shard(1).end == EndKind::not_sent);
}

TEST_CASE("a batch that a lost state had made is adopted by a shard that has none, under the number it says") {
  for (const auto stage : {ShardStage::planned, ShardStage::uploading, ShardStage::uploaded}) {
    Desk desk(Facts::prepared(1));
    desk.facts.shards.at(1).stage = stage;
    desk.crash();
    desk.tell(Resolved{1, 0, Settlement::adopt, batch("batch-9", BatchState::running, 3)});
    CHECK(desk.shard(1).stage == ShardStage::in_flight);
    CHECK(desk.facts.submissions.at({1, 3}).batch_id == "batch-9");
  }
}

TEST_CASE("bug: a create after one that was adopted under a later number than 1 could not be looked for") {
  Desk desk(Facts::prepared(1));
  desk.tell(Resolved{1, 0, Settlement::adopt, batch("batch-9", BatchState::running, 3)});
  auto full = batch("batch-9", BatchState::failed, 3);
  full.errors = {{"token_limit_exceeded", "Enqueued token limit reached", {}}};
  desk.tell(Polled{1, full});
  CHECK(find_action<Create>(desk.tell(Waited{1}))->submission == 4);
  CHECK(find_action<Look>(desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "reset")})));
}

TEST_CASE("a process that is ending begins no upload") {
  Desk desk(Facts::prepared(2));
  desk.state.stopping = true;
  desk.tell(Resolved{1, 0, Settlement::adopt, batch("batch-9")});
  CHECK(desk.shard(2).stage == ShardStage::planned);
}
