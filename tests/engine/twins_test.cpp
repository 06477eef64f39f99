// A batch that was believed absent and exists: looked for until the results are taken, never ignored.

#include <doctest/doctest.h>

#include "engine/facts.hpp"

using namespace batchd;
using namespace batchd::engine;
using model::BatchState;
using model::ShardStage;
using std::chrono::seconds;

namespace {

model::RemoteBatch made(std::string id, Time at, BatchState state, std::uint32_t submission) {
  auto remote = batch(std::move(id), state, submission);
  remote.created_at = at;
  return remote;
}

// Goes on telling that nothing is listed until it is created again; returns when that was.
void look_in_vain(Desk& desk, std::uint32_t shard) {
  constexpr int looks_max = 100;
  for (int look = 0; look < looks_max; ++look) {
    const auto actions = desk.tell(Looked{shard, {}});
    if (find_action<Create>(actions)) return;
    REQUIRE(find_action<Look>(actions));
    desk.now = find_action<Look>(actions)->at;
  }
  FAIL("it was never created again");
}

// Submission 1 was lost and believed absent, submission 2 is in flight.
Desk created_again() {
  Desk desk(Facts::prepared(1));
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "connection reset")});
  look_in_vain(desk, 1);
  return desk;
}

}  // namespace

TEST_CASE("after a further create the lost one is looked for at once, and after a crash again") {
  auto desk = created_again();
  const auto actions = desk.tell(Created{1, made("batch-2", desk.now, BatchState::running, 2)});
  REQUIRE(find_action<Search>(actions));
  CHECK(find_action<Search>(actions)->at == desk.now);
  CHECK(find_action<Poll>(actions));
  desk.crash();
  CHECK(find_action<Search>(desk.tell(Resumed{})));
}

TEST_CASE("a shard whose create was never in doubt is not searched for") {
  Desk desk(Facts::prepared(1));
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  CHECK_FALSE(find_action<Search>(desk.tell(Created{1, batch("batch-1")})));
  CHECK(find_action<Fetch>(desk.tell(Polled{1, batch("batch-1", BatchState::completed)})));
}

TEST_CASE("bug: a list that lags longer than the settle time made two batches, and nobody noticed") {
  auto desk = created_again();
  desk.tell(Created{1, made("batch-2", desk.now, BatchState::running, 2)});
  const auto serial = desk.state.sessions.at(1).search_serial;
  const auto actions = desk.tell(Searched{
      1,
      serial,
      {made("batch-1", start_of_test, BatchState::running, 1), made("batch-2", desk.now, BatchState::running, 2)}});
  REQUIRE(find_action<CancelBatch>(actions));
  CHECK(find_action<CancelBatch>(actions)->batch_id == "batch-2");
  CHECK(find_action<Poll>(actions)->batch_id == "batch-1");
  CHECK(desk.shard(1).submission == 1);
  CHECK(desk.facts.submissions.at({1, 2}).given_up);
  CHECK(desk.facts.run.list_lag > seconds(10));
}

TEST_CASE("results are not taken before the list has been searched once more") {
  auto desk = created_again();
  const auto created_at = desk.now;
  desk.tell(Created{1, made("batch-2", created_at, BatchState::running, 2)});
  desk.now += seconds(100);
  const auto ended = desk.tell(Polled{1, made("batch-2", created_at, BatchState::completed, 2)});
  CHECK_FALSE(find_action<Fetch>(ended));
  const auto* search = find_action<Search>(ended);
  REQUIRE(search);
  REQUIRE(search->witnesses.size() == 1);
  CHECK(search->witnesses[0].batch_id == "batch-2");
  CHECK(search->witnesses[0].newer);

  // Our own batch, newer than the lost one, is not listed either: nothing is proven.
  auto again = desk.tell(Searched{1, search->serial, {}, search->witnesses, {}});
  CHECK_FALSE(find_action<Fetch>(again));
  const auto* next = find_action<Search>(again);
  REQUIRE(next);
  const auto own = made("batch-2", created_at, BatchState::completed, 2);
  CHECK(find_action<Fetch>(desk.tell(Searched{1, next->serial, {own}, next->witnesses, {"batch-2"}})));
}

TEST_CASE("a twin that has answered is told as paid twice, and the oldest is kept") {
  auto desk = created_again();
  const auto created_at = desk.now;
  desk.tell(Created{1, made("batch-2", created_at, BatchState::running, 2)});
  auto done = made("batch-2", created_at, BatchState::completed, 2);
  done.counts = {10, 10, 0};
  const auto ended = desk.tell(Polled{1, done});
  auto late = made("batch-1", start_of_test, BatchState::completed, 1);
  auto own = made("batch-2", created_at, BatchState::completed, 2);
  late.counts = own.counts = {10, 10, 0};
  const auto actions = desk.tell(Searched{1, find_action<Search>(ended)->serial, {late, own}, {}, {}});
  CHECK(desk.facts.happened("paid_twice"));
  CHECK(desk.shard(1).submission == 1);
  CHECK_FALSE(find_action<CancelBatch>(actions));
  CHECK(model::paid_in_vain(desk.facts.submissions.at({1, 2})) == 10);
  desk.tell(Polled{1, late});
  CHECK(desk.shard(1).stage == ShardStage::ended);
}

TEST_CASE("a batch that is done is kept, an older one that is still running is cancelled") {
  auto desk = created_again();
  const auto created_at = desk.now;
  desk.tell(Created{1, made("batch-2", created_at, BatchState::running, 2)});
  const auto ended = desk.tell(Polled{1, made("batch-2", created_at, BatchState::completed, 2)});
  auto late = made("batch-1", start_of_test, BatchState::running, 1);
  const auto actions = desk.tell(Searched{1, find_action<Search>(ended)->serial, {late}, {}, {}});
  CHECK(find_action<CancelBatch>(actions)->batch_id == "batch-1");
  CHECK(desk.shard(1).submission == 2);
  // Its end is waited for: what it has answered until then was paid.
  CHECK_FALSE(find_action<Fetch>(actions));
  late.state = BatchState::cancelled;
  late.counts.completed = 4;
  const auto over = desk.tell(Searched{1, find_action<Search>(actions)->serial, {late}, {}, {}});
  CHECK(desk.facts.happened("paid_twice"));
  CHECK(find_action<Fetch>(over));
}

TEST_CASE("as long as a batch that is known is not listed, absence proves nothing") {
  Desk desk(Facts::prepared(2));
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(Uploaded{2, "file-2", std::nullopt});
  desk.tell(Created{1, made("known", desk.now, BatchState::running, 1)});
  auto actions = desk.tell(CreateFailed{2, Error(ErrorKind::unknown, "reset")});
  const auto witnesses = find_action<Look>(actions)->witnesses;
  REQUIRE(witnesses.size() == 1);
  CHECK(witnesses[0].input_file_id == "file-1");
  for (int look = 0; look < 20; ++look) {
    actions = desk.tell(Looked{2, {}, witnesses, {}});
    REQUIRE(find_action<Look>(actions));
    desk.now = find_action<Look>(actions)->at;
  }
  CHECK(desk.facts.happened("list_behind"));
  CHECK(desk.facts.run.list_lag > seconds(60));
  // Now it is listed. What is looked for may be as late as that one was.
  const auto seen = desk.now;
  for (int look = 0; look < 100 && desk.shard(2).stage == ShardStage::unknown; ++look) {
    actions = desk.tell(Looked{2, {}, witnesses, {"known"}});
    if (find_action<Look>(actions)) desk.now = find_action<Look>(actions)->at;
  }
  CHECK(desk.shard(2).stage == ShardStage::creating);
  CHECK(desk.now - seen >= seconds(20));
  CHECK(desk.now - start_of_test >= 2 * desk.facts.run.list_lag);
}

TEST_CASE("a list that shows a newer batch is believed after the settle time") {
  Desk desk(Facts::prepared(2));
  desk.tell(Resumed{});
  desk.tell(Uploaded{2, "file-2", std::nullopt});
  desk.tell(CreateFailed{2, Error(ErrorKind::unknown, "reset")});
  desk.now += seconds(1);
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(Created{1, made("known", desk.now, BatchState::running, 1)});
  auto actions = desk.tell(Looked{2, {}});
  const auto witnesses = find_action<Look>(actions)->witnesses;
  REQUIRE(witnesses.size() == 1);
  CHECK(witnesses[0].newer);
  const auto begun = desk.now;
  while (!find_action<Create>(actions)) {
    REQUIRE(find_action<Look>(actions));
    desk.now = find_action<Look>(actions)->at;
    actions = desk.tell(Looked{2, {}, witnesses, {"known"}});
  }
  CHECK(desk.now - begun == seconds(20));
}

TEST_CASE("a list that for an hour does not show what exists leaves the shard to a person") {
  Desk desk(Facts::prepared(1));
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "reset")});
  const std::vector<Witness> witnesses{{"known", "file-9", desk.now, true}};
  std::vector<Action> actions;
  for (int look = 0; look < 1000; ++look) {
    actions = desk.tell(Looked{1, {}, witnesses, {}});
    if (!find_action<Look>(actions)) break;
    desk.now = find_action<Look>(actions)->at;
  }
  REQUIRE(find_action<Halt>(actions));
  CHECK(desk.now - start_of_test >= std::chrono::hours(1));
  CHECK(desk.facts.submissions.at({1, 1}).state_text == model::submission_unknown);
}

TEST_CASE("a provider that cannot be searched does not keep the results for ever") {
  auto desk = created_again();
  const auto searching = desk.tell(Created{1, made("batch-2", desk.now, BatchState::running, 2)});
  desk.tell(SearchFailed{1, find_action<Search>(searching)->serial, Error(ErrorKind::rejected, "404")});
  CHECK(desk.facts.happened("undecided"));
  CHECK(find_action<Fetch>(desk.tell(Polled{1, made("batch-2", desk.now, BatchState::completed, 2)})));
}

TEST_CASE("a batch that turns up after its shard was given up by a cancel is adopted and cancelled") {
  Desk desk(Facts::prepared(1));
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "reset")});
  desk.tell(CancelRequested{});
  std::vector<Action> actions;
  for (int look = 0; look < 100; ++look) {
    actions = desk.tell(Looked{1, {}});
    if (!find_action<Look>(actions)) break;
    desk.now = find_action<Look>(actions)->at;
  }
  CHECK(desk.shard(1).end == model::EndKind::not_sent);
  const auto* search = find_action<Search>(actions);
  REQUIRE(search);
  const auto found =
      desk.tell(Searched{1, search->serial, {made("batch-1", start_of_test, BatchState::running, 1)}, {}, {}});
  CHECK(find_action<CancelBatch>(found)->batch_id == "batch-1");
  CHECK(desk.shard(1).stage == ShardStage::in_flight);
}
