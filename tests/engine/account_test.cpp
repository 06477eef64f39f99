// A run whose record may lack some of what was submitted: the account is asked before anything new is begun.

#include <doctest/doctest.h>

#include "engine/facts.hpp"
#include "rules/model/exit_code.hpp"

using namespace batchd;
using namespace batchd::engine;
using model::BatchState;
using model::ShardStage;
using model::WaitingFor;

namespace {

// Put back from a backup, of before anything was sent.
Desk put_back(std::uint32_t shards) {
  auto facts = Facts::prepared(shards);
  facts.run.asks_account = true;
  for (auto& [n, shard] : facts.shards)
    shard.requests_hash = "aabb";
  return Desk(facts);
}

MarkedBatch theirs(std::uint32_t shard, std::string id, BatchState state = BatchState::running,
                   const std::string& requests = "aabb") {
  auto remote = batch(std::move(id), state);
  remote.input_file_id = "file-of-" + remote.id;
  remote.metadata[std::string(model::metadata_requests)] = requests;
  if (state == BatchState::completed) remote.counts = {10, 10, 0};
  return {shard, remote};
}

// The account is looked at until its list is believed.
std::vector<Action> hear(Desk& desk, const Audited& told) {
  auto actions = desk.tell(told);
  desk.now += desk.policy.reconcile.settle;
  for (auto& action : desk.tell(told))
    actions.push_back(std::move(action));
  return actions;
}

}  // namespace

TEST_CASE("nothing is begun before the account has told what it holds") {
  auto desk = put_back(2);
  const auto actions = desk.tell(Resumed{});
  CHECK(find_action<Audit>(actions) != nullptr);
  CHECK(actions.size() == 1);
  CHECK(desk.shard(1).stage == ShardStage::planned);
  CHECK(desk.facts.run.waiting.what == WaitingFor::unknown_submission);
  CHECK(desk.facts.run.waiting.detail.find("before anything more is sent") != std::string::npos);
  CHECK(find_action<Upload>(hear(desk, Audited{})) != nullptr);
}

TEST_CASE("bug: a batch that the list showed late was submitted once more, right after a backup was put back") {
  auto desk = put_back(1);
  desk.tell(Resumed{});
  const auto actions = desk.tell(Audited{});
  REQUIRE(find_action<Audit>(actions) != nullptr);
  CHECK(find_action<Audit>(actions)->at > desk.now);
  CHECK(find_action<Upload>(actions) == nullptr);
  desk.now = find_action<Audit>(actions)->at;
  const auto later = desk.tell(Audited{{theirs(1, "late")}});
  CHECK(find_action<Upload>(later) == nullptr);
  CHECK(desk.shard(1).stage == ShardStage::in_flight);
}

TEST_CASE("a list that does not show a batch which is known proves nothing of the others") {
  auto facts = Facts::prepared(2);
  facts.run.asks_account = true;
  facts.shards[1].stage = ShardStage::in_flight;
  facts.shards[1].submission = 1;
  model::Submission known;
  known.shard = known.n = 1;
  known.batch_id = "known";
  known.state = BatchState::running;
  known.intended_at = start_of_test - std::chrono::seconds(1);
  known.created_at = known.intended_at;
  facts.submissions[{1, 1}] = known;
  Desk desk(facts);
  const auto first = desk.tell(Resumed{});
  const auto* asked = find_action<Audit>(first);
  REQUIRE(asked != nullptr);
  REQUIRE(asked->witnesses.size() == 1);
  Audited without;
  without.asked = asked->witnesses;

  for (int look = 0; look < 3; ++look) {
    desk.now += desk.policy.reconcile.settle;
    const auto actions = desk.tell(without);
    CHECK(find_action<Upload>(actions) == nullptr);
    REQUIRE(find_action<Audit>(actions) != nullptr);
  }
  SUBCASE("when it has caught up the settle time begins") {
    auto with = without;
    with.batches = {{1, batch("known")}};
    with.listed = {"known"};
    CHECK(find_action<Upload>(desk.tell(with)) == nullptr);
    desk.now += 2 * desk.facts.run.list_lag;
    CHECK(find_action<Upload>(desk.tell(with)) != nullptr);
  }
  SUBCASE("it is waited for an hour, then a person is needed for the rest") {
    desk.now += std::chrono::hours(1);
    CHECK(find_action<Upload>(desk.tell(without)) == nullptr);
    CHECK(desk.facts.happened("undecided"));
    CHECK(desk.state.account.why.find("has not shown for an hour") != std::string::npos);
  }
}

TEST_CASE("bug: a list that turned out to be later than the settle time was believed in what it had told before") {
  auto desk = put_back(2);
  desk.policy.batches_in_flight_max = 1;
  desk.tell(Resumed{});
  REQUIRE(find_action<Upload>(hear(desk, Audited{})) != nullptr);
  desk.tell(Uploaded{1, "file-1", desk.now});
  const auto lost = desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "reset")});
  REQUIRE(find_action<Look>(lost) != nullptr);
  desk.now += std::chrono::minutes(1);
  desk.tell(Looked{1, {}});
  desk.now += std::chrono::seconds(10);
  CHECK(find_action<Audit>(desk.tell(Looked{1, {batch("late")}})) != nullptr);
  REQUIRE(desk.facts.run.list_lag == std::chrono::minutes(1));
  auto done = batch("late", BatchState::completed);
  done.counts = {10, 10, 0};
  desk.tell(Polled{1, done});
  CHECK(desk.shard(2).stage == ShardStage::planned);
  SUBCASE("what shows by now is adopted") {
    desk.now += std::chrono::minutes(2);
    desk.tell(Audited{{theirs(2, "of-the-lost-life")}});
    CHECK(desk.shard(2).stage == ShardStage::in_flight);
  }
  SUBCASE("when it has been looked at for long enough the rest is sent") {
    desk.now += std::chrono::minutes(2);
    desk.tell(Audited{});
    CHECK(desk.state.account.stage == Account::Stage::known);
  }
}

TEST_CASE("of a shard that was sent all the same one batch is kept, and what was paid twice is told") {
  auto desk = put_back(2);
  desk.tell(Resumed{});
  hear(desk, Audited{});
  desk.tell(Uploaded{1, "file-1", desk.now});
  desk.tell(Created{1, batch("ours")});
  desk.state.run.list_lag = std::chrono::hours(1);
  const auto again = desk.tell(Polled{1, batch("ours")});
  REQUIRE(find_action<Audit>(again) != nullptr);
  const auto actions = desk.tell(Audited{{theirs(1, "theirs", BatchState::completed)}});
  const auto* cancelled = find_action<CancelBatch>(actions);
  REQUIRE(cancelled != nullptr);
  CHECK(cancelled->batch_id == "ours");
  CHECK(desk.facts.happened("twin"));
}

TEST_CASE("a run whose record is whole asks nobody") {
  Desk desk(Facts::prepared(1));
  CHECK(find_action<Audit>(desk.tell(Resumed{})) == nullptr);
}

TEST_CASE("what the account holds is adopted, and only the rest is sent") {
  auto desk = put_back(3);
  desk.tell(Resumed{});
  const auto actions = hear(desk, Audited{{theirs(1, "live"), theirs(2, "done", BatchState::completed)}});
  CHECK(desk.shard(1).stage == ShardStage::in_flight);
  CHECK(desk.shard(1).input_file_id == "file-of-live");
  CHECK(desk.shard(2).stage == ShardStage::in_flight);
  CHECK(desk.shard(3).stage == ShardStage::uploading);
  REQUIRE(find_action<Upload>(actions) != nullptr);
  CHECK(find_action<Upload>(actions)->shard == 3);
  CHECK(desk.facts.submissions.at({1, 1}).batch_id == "live");
  // On the disk with the same decision: the next process asks again, and knows them.
  desk.crash();
  desk.tell(Resumed{});
  hear(desk, Audited{{theirs(1, "live"), theirs(2, "done", BatchState::completed)}});
  CHECK(desk.facts.submissions.size() == 2);
}

TEST_CASE("bug: a cancel ended what was paid already unseen, and a retry of the run paid it again") {
  auto desk = put_back(2);
  desk.facts.run.cancel_requested_at = desk.now;
  desk.crash();
  const auto actions = desk.tell(Resumed{});
  REQUIRE(find_action<Audit>(actions) != nullptr);
  CHECK(desk.shard(1).stage == ShardStage::planned);
  SUBCASE("what the account holds is collected, the rest is not sent") {
    const auto told = desk.tell(Audited{{theirs(1, "done", BatchState::completed)}});
    CHECK(find_action<Poll>(told) != nullptr);
    CHECK(desk.shard(1).stage == ShardStage::in_flight);
    CHECK(desk.shard(2).stage == ShardStage::planned);
    desk.now += desk.policy.reconcile.settle;
    CHECK(find_action<Upload>(desk.tell(Audited{{theirs(1, "done", BatchState::completed)}})) == nullptr);
    CHECK(desk.shard(2).stage == ShardStage::ended);
    CHECK(desk.shard(2).end == model::EndKind::not_sent);
  }
  SUBCASE("what is at work there is cancelled") {
    const auto told = desk.tell(Audited{{theirs(1, "running")}});
    REQUIRE(find_action<CancelBatch>(told) != nullptr);
    CHECK(find_action<CancelBatch>(told)->batch_id == "running");
  }
  SUBCASE("a batch of other requests is nothing to wait for") {
    desk.tell(Audited{{theirs(1, "strange", BatchState::completed, "ccdd")}});
    CHECK_FALSE(desk.state.halted);
  }
  SUBCASE("where it cannot be told the run ends with what it has") {
    desk.tell(AuditFailed{Error(ErrorKind::rejected, "404")});
    CHECK(desk.shard(1).stage == ShardStage::ended);
    CHECK(desk.shard(2).stage == ShardStage::ended);
  }
}

TEST_CASE("a cancel that comes while the account is asked waits for its answer") {
  auto desk = put_back(1);
  desk.tell(Resumed{});
  desk.tell(CancelRequested{});
  CHECK(desk.shard(1).stage == ShardStage::planned);
  desk.tell(Audited{{theirs(1, "done", BatchState::completed)}});
  CHECK(desk.shard(1).stage == ShardStage::in_flight);
}

TEST_CASE("a pause holds back what is new, not what the account holds") {
  auto desk = put_back(2);
  desk.state.paused = model::Pause{model::PauseOf::job, "tickets", start_of_test};
  CHECK(find_action<Audit>(desk.tell(Resumed{})) != nullptr);
  const auto actions = hear(desk, Audited{{theirs(1, "live")}});
  CHECK(find_action<Poll>(actions) != nullptr);
  CHECK(find_action<Upload>(actions) == nullptr);
  CHECK(desk.shard(2).stage == ShardStage::planned);
}

TEST_CASE("a batch that came to nothing is no reason not to send") {
  auto desk = put_back(1);
  desk.tell(Resumed{});
  CHECK(find_action<Upload>(hear(desk, Audited{{theirs(1, "failed", BatchState::failed)}})) != nullptr);
}

TEST_CASE("of two batches of one shard the one that is done is kept, and the other is cancelled") {
  auto desk = put_back(1);
  desk.tell(Resumed{});
  const auto actions = hear(desk, Audited{{theirs(1, "live"), theirs(1, "done", BatchState::completed)}});
  REQUIRE(find_action<CancelBatch>(actions) != nullptr);
  CHECK(find_action<CancelBatch>(actions)->batch_id == "live");
  REQUIRE(find_action<Poll>(actions) != nullptr);
  CHECK(find_action<Poll>(actions)->batch_id == "done");
}

TEST_CASE("what was submitted again since, after a full queue, is found before it is submitted a third time") {
  auto facts = Facts::prepared(1);
  facts.run.asks_account = true;
  auto& shard = facts.shards.at(1);
  shard.requests_hash = "aabb";
  shard.stage = ShardStage::in_flight;
  shard.submission = 1;
  model::Submission first;
  first.shard = first.n = 1;
  first.batch_id = "refused";
  facts.submissions[{1, 1}] = first;
  Desk desk(facts);
  CHECK(find_action<Poll>(desk.tell(Resumed{})) != nullptr);  // what is known goes on meanwhile
  auto second = theirs(1, "accepted");
  second.batch.metadata[std::string(model::metadata_submission)] = "2";
  hear(desk, Audited{{second}});
  CHECK(desk.shard(1).stage == ShardStage::in_flight);
  auto refused = batch("refused", BatchState::failed);
  refused.errors = {{"token_limit_exceeded", "Enqueued token limit reached", {}}};
  desk.tell(Polled{1, refused});
  CHECK(desk.shard(1).stage == ShardStage::uploaded);
  const auto actions = desk.tell(Waited{1});
  CHECK(find_action<Create>(actions) == nullptr);
  REQUIRE(find_action<Poll>(actions) != nullptr);
  CHECK(find_action<Poll>(actions)->batch_id == "accepted");
}

TEST_CASE("a batch that a look has adopted meanwhile is not taken over once more") {
  auto desk = put_back(1);
  auto& shard = desk.facts.shards.at(1);
  shard.stage = ShardStage::creating;
  shard.submission = 1;
  desk.facts.submissions[{1, 1}].shard = 1;
  desk.facts.submissions[{1, 1}].n = 1;
  desk.crash();
  desk.tell(Resumed{});
  hear(desk, Audited{{theirs(1, "lost")}});
  desk.tell(Looked{1, {theirs(1, "lost").batch}});
  auto refused = batch("lost", BatchState::failed);
  refused.errors = {{"token_limit_exceeded", "Enqueued token limit reached", {}}};
  desk.tell(Polled{1, refused});
  CHECK(find_action<Create>(desk.tell(Waited{1})) != nullptr);
}

TEST_CASE("a batch of other requests that says it is this shard's stops everything, and says what can be done") {
  auto desk = put_back(2);
  desk.tell(Resumed{});
  const auto actions = hear(desk, Audited{{theirs(1, "strange", BatchState::running, "ccdd")}});
  CHECK(find_action<Upload>(actions) == nullptr);
  const auto* halt = find_action<Halt>(actions);
  REQUIRE(halt != nullptr);
  CHECK(halt->error.message.find("strange") != std::string::npos);
  CHECK(halt->error.hint.find("batchd doctor --cancel strange") != std::string::npos);
}

TEST_CASE("a batch that says nothing of its requests is known by the length of its file") {
  auto desk = put_back(1);
  desk.state.shards.at(1).bytes = 700;
  desk.tell(Resumed{});
  auto silent = theirs(1, "silent");
  silent.batch.metadata.clear();
  SUBCASE("it is of this length") {
    silent.input_bytes = 700;
    CHECK(find_action<Poll>(hear(desk, Audited{{silent}})) != nullptr);
  }
  SUBCASE("it is of another") {
    silent.input_bytes = 701;
    CHECK(find_action<Halt>(hear(desk, Audited{{silent}})) != nullptr);
  }
}

TEST_CASE("an account that cannot be reached is asked again later, and nothing is sent meanwhile") {
  auto desk = put_back(1);
  desk.tell(Resumed{});
  const auto actions = desk.tell(AuditFailed{Error(ErrorKind::unavailable, "503")});
  REQUIRE(find_action<Audit>(actions) != nullptr);
  CHECK(find_action<Audit>(actions)->at > desk.now);
  CHECK(actions.size() == 1);
  CHECK(find_action<Halt>(desk.tell(AuditFailed{Error(ErrorKind::denied, "401")})) != nullptr);
}

TEST_CASE("an account that cannot be asked at all: what is at work is collected, then a person is needed") {
  auto desk = put_back(2);
  auto& shard = desk.facts.shards.at(1);
  shard.stage = ShardStage::in_flight;
  shard.submission = 1;
  model::Submission known;
  known.shard = known.n = 1;
  known.batch_id = "known";
  desk.facts.submissions[{1, 1}] = known;
  desk.crash();
  CHECK(find_action<Poll>(desk.tell(Resumed{})) != nullptr);
  CHECK(find_action<Halt>(desk.tell(AuditFailed{Error(ErrorKind::rejected, "no lists here")})) == nullptr);
  desk.tell(Polled{1, batch("known", BatchState::completed)});
  desk.tell(Fetched{1, "output", ""});
  const auto actions = desk.tell(Collected{1, "outcomes", {}});
  const auto* halt = find_action<Halt>(actions);
  REQUIRE(halt != nullptr);
  CHECK(halt->exit_code == model::exit_internal);
  CHECK(halt->error.hint.find("batchd cancel") != std::string::npos);
  CHECK(desk.shard(2).stage == ShardStage::planned);
}

TEST_CASE("a round of retries takes over the batches that were made of it, and pays for none twice") {
  auto facts = Facts::prepared(1);
  facts.run.asks_account = true;
  auto& first = facts.shards.at(1);
  first.stage = ShardStage::fetched;
  first.end = model::EndKind::batch;
  first.submission = 1;
  model::Submission submission;
  submission.shard = submission.n = 1;
  submission.batch_id = "batch-1";
  submission.state = BatchState::completed;
  facts.submissions[{1, 1}] = submission;
  Desk desk(facts);
  desk.policy.attempts_max = 2;
  desk.tell(Resumed{});

  SUBCASE("made of the same requests: it is this shard's") {
    hear(desk, Audited{{theirs(2, "batch-of-theirs")}});
    desk.tell(Collected{1, "outcomes", {}});
    auto shard = find_action<Gather>(desk.tell(Surveyed{{{1, model::Reason::missing, 3}}}))->becomes;
    shard.requests = 3;
    shard.requests_hash = "aabb";
    const auto after = desk.tell(Gathered{shard, 20, true});
    CHECK(find_action<Upload>(after) == nullptr);
    REQUIRE(find_action<Poll>(after) != nullptr);
    CHECK(find_action<Poll>(after)->batch_id == "batch-of-theirs");
    CHECK(desk.shard(2).stage == ShardStage::in_flight);
  }
  SUBCASE("made of others: nothing is sent, and a person is asked") {
    hear(desk, Audited{{theirs(2, "batch-of-theirs")}});
    desk.tell(Collected{1, "outcomes", {}});
    auto shard = find_action<Gather>(desk.tell(Surveyed{{{1, model::Reason::missing, 3}}}))->becomes;
    shard.requests = 3;
    shard.requests_hash = "ccdd";
    const auto after = desk.tell(Gathered{shard, 20, true});
    CHECK(find_action<Upload>(after) == nullptr);
    REQUIRE(find_action<Halt>(after) != nullptr);
    CHECK(find_action<Halt>(after)->error.message.find("batch-of-theirs") != std::string::npos);
    CHECK_FALSE(desk.facts.shards.contains(2));
  }
  SUBCASE("it cannot be told: nothing is gathered, and a person is asked") {
    desk.tell(AuditFailed{Error(ErrorKind::not_found, "there is no such path")});
    desk.tell(Collected{1, "outcomes", {}});
    const auto after = desk.tell(Surveyed{{{1, model::Reason::missing, 3}}});
    CHECK(find_action<Gather>(after) == nullptr);
    CHECK(find_action<Halt>(after) != nullptr);
  }
}
