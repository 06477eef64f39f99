// The submission protocol, told event by event: no socket, no clock.

#include <doctest/doctest.h>

#include "engine/facts.hpp"

using namespace batchd;
using namespace batchd::engine;
using model::BatchState;
using model::EndKind;
using model::RunState;
using model::ShardStage;

namespace {

Desk one_shard() { return Desk(Facts::prepared(1)); }

// Uploaded and about to be created.
Desk creating() {
  auto desk = one_shard();
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  return desk;
}

Desk in_flight() {
  auto desk = creating();
  desk.tell(Created{1, batch("batch-1")});
  return desk;
}

Desk unknown() {
  auto desk = creating();
  desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "connection reset")});
  return desk;
}

Counted counted(std::uint64_t succeeded, std::uint64_t failed, model::Reason reason = model::Reason::not_json) {
  Counted event;
  event.counts.succeeded = succeeded;
  event.counts.failed = failed;
  event.counts.reasons[static_cast<std::size_t>(reason)] = failed;
  return event;
}

}  // namespace

TEST_CASE("the intent to upload is committed with the decision that hands out the upload") {
  auto desk = one_shard();
  const auto actions = desk.tell(Resumed{});
  REQUIRE(find_action<Upload>(actions));
  CHECK(desk.shard(1).stage == ShardStage::uploading);
}

TEST_CASE("the file id and the intent to create are committed before the POST") {
  auto desk = one_shard();
  desk.tell(Resumed{});
  const auto actions = desk.tell(Uploaded{1, "file-1", start_of_test});
  const auto* create = find_action<Create>(actions);
  REQUIRE(create);
  CHECK(create->submission == 1);
  CHECK(desk.shard(1).stage == ShardStage::creating);
  CHECK(desk.shard(1).input_file_id == "file-1");
  CHECK(desk.facts.submissions.at({1, 1}).server_time == start_of_test);
}

TEST_CASE("bug: an upload that ended while the process was stopping left an intent that was never sent") {
  auto desk = one_shard();
  desk.tell(Resumed{});
  desk.state.stopping = true;
  CHECK_FALSE(find_action<Create>(desk.tell(Uploaded{1, "file-1", start_of_test})));
  CHECK(desk.shard(1).stage == ShardStage::uploaded);
  CHECK(desk.shard(1).input_file_id == "file-1");
  CHECK(desk.facts.submissions.empty());
  desk.crash();
  CHECK(find_action<Create>(desk.tell(Resumed{}))->submission == 1);
}

TEST_CASE("a run walks from upload to report and ends with exit code 0") {
  auto desk = in_flight();
  CHECK(desk.facts.submissions.at({1, 1}).batch_id == "batch-1");
  auto done = batch("batch-1", BatchState::completed);
  done.output_file_id = "file-out";
  const auto fetching = desk.tell(Polled{1, done});
  REQUIRE(find_action<Fetch>(fetching));
  CHECK(find_action<Fetch>(fetching)->output_file_id == "file-out");
  CHECK(find_action<Collect>(desk.tell(Fetched{1, "answers/1.jsonl", ""})));
  CHECK(find_action<Count>(desk.tell(Collected{1, "answers/1.outcomes.jsonl", {}})));
  CHECK(desk.facts.run.state == RunState::finalizing);
  const auto reporting = desk.tell(counted(10, 0));
  REQUIRE(find_action<Report>(reporting));
  CHECK(find_action<Report>(reporting)->state == RunState::succeeded);
  const auto finished = desk.tell(Reported{RunState::succeeded});
  REQUIRE(find_action<Finish>(finished));
  CHECK(find_action<Finish>(finished)->exit_code == 0);
  CHECK(desk.facts.run.state == RunState::succeeded);
  CHECK(desk.facts.run.exit_code == 0);
}

TEST_CASE("a run below min_success is failed with exit code 3") {
  auto desk = in_flight();
  desk.tell(Polled{1, batch("batch-1", BatchState::completed)});
  desk.tell(Fetched{1, "", "answers/1.errors.jsonl"});
  desk.tell(Collected{1, "outcomes", {}});
  const auto reporting = desk.tell(counted(9, 1));
  CHECK(find_action<Report>(reporting)->state == RunState::failed);
  CHECK(find_action<Finish>(desk.tell(Reported{RunState::failed}))->exit_code == 3);
}

TEST_CASE("0.999 of a thousand items is 999 of them") {
  auto desk = in_flight();
  desk.policy.min_success = 0.999;
  desk.tell(Polled{1, batch("batch-1", BatchState::completed)});
  desk.tell(Fetched{1, "", ""});
  desk.tell(Collected{1, "outcomes", {}});
  CHECK(find_action<Report>(desk.tell(counted(999, 1)))->state == RunState::succeeded);
}

TEST_CASE("items without an outcome are never reported as a finished run") {
  auto desk = in_flight();
  desk.tell(Polled{1, batch("batch-1", BatchState::completed)});
  desk.tell(Fetched{1, "", ""});
  desk.tell(Collected{1, "outcomes", {}});
  auto event = counted(9, 0);
  event.counts.pending = 1;
  const auto actions = desk.tell(event);
  REQUIRE(find_action<Halt>(actions));
  CHECK(find_action<Halt>(actions)->exit_code == 1);
  CHECK(desk.facts.run.state == RunState::finalizing);
}

TEST_CASE("a lost create answer is asked about, not resubmitted") {
  auto desk = unknown();
  CHECK(desk.shard(1).stage == ShardStage::unknown);
  CHECK(desk.facts.submissions.size() == 1);
}

TEST_CASE("a lost create answer is adopted, not resubmitted") {
  auto desk = unknown();
  const auto actions = desk.tell(Looked{1, {batch("batch-7")}});
  CHECK(find_action<Poll>(actions));
  CHECK_FALSE(find_action<Create>(actions));
  CHECK(desk.shard(1).stage == ShardStage::in_flight);
  CHECK(desk.facts.submissions.at({1, 1}).batch_id == "batch-7");
  CHECK(desk.facts.happened("adopted"));
}

TEST_CASE("a process that died between intent and answer asks before it spends again") {
  auto desk = creating();
  desk.crash();
  const auto actions = desk.tell(Resumed{});
  CHECK(find_action<Look>(actions));
  CHECK_FALSE(find_action<Create>(actions));
  CHECK(desk.shard(1).stage == ShardStage::unknown);
}

TEST_CASE("one look that finds nothing is not believed") {
  auto desk = unknown();
  for (const auto seconds : {0, 10}) {
    desk.now = start_of_test + std::chrono::seconds(seconds);
    const auto actions = desk.tell(Looked{1, {}});
    CHECK(find_action<Look>(actions));
    CHECK_FALSE(find_action<Create>(actions));
  }
  // Nothing vouches for the list: a little longer than the settle time.
  desk.now = start_of_test + std::chrono::seconds(20);
  CHECK_FALSE(find_action<Create>(desk.tell(Looked{1, {}})));
  desk.now = start_of_test + std::chrono::seconds(30);
  const auto actions = desk.tell(Looked{1, {}});
  const auto* create = find_action<Create>(actions);
  REQUIRE(create);
  CHECK(create->submission == 2);
  CHECK(desk.facts.submissions.at({1, 1}).given_up);
  CHECK(desk.facts.submissions.at({1, 1}).state_text == model::submission_absent);
}

TEST_CASE("many looks within the settle time are not believed either") {
  auto desk = unknown();
  for (int i = 0; i < 10; ++i)
    CHECK_FALSE(find_action<Create>(desk.tell(Looked{1, {}})));
}

TEST_CASE("a look that failed is not a look that found nothing") {
  auto desk = unknown();
  desk.tell(Looked{1, {}});
  desk.tell(Looked{1, {}});
  desk.now += std::chrono::seconds(30);
  desk.tell(LookFailed{1, Error(ErrorKind::unavailable, "503")});
  CHECK_FALSE(find_action<Create>(desk.tell(Looked{1, {}})));
}

TEST_CASE("of several batches the oldest is adopted and the others are cancelled, crash or not") {
  auto desk = unknown();
  const auto actions =
      desk.tell(Looked{1, {batch("batch-old", BatchState::running, 1), batch("batch-new", BatchState::running, 2)}});
  const auto* cancel = find_action<CancelBatch>(actions);
  REQUIRE(cancel);
  CHECK(cancel->batch_id == "batch-new");
  CHECK(desk.facts.submissions.at({1, 1}).batch_id == "batch-old");
  desk.crash();
  const auto again = desk.tell(Resumed{});
  REQUIRE(find_action<CancelBatch>(again));
  CHECK(find_action<CancelBatch>(again)->batch_id == "batch-new");
  CHECK(find_action<Poll>(again)->batch_id == "batch-old");
  desk.tell(BatchCancelled{1, "batch-new"});
  desk.crash();
  const auto later = desk.tell(Resumed{});
  CHECK_FALSE(find_action<CancelBatch>(later));
  CHECK(find_action<Search>(later));  // what it had answered by then is not known yet
}

TEST_CASE("an earlier submission that turns up late is adopted as what it is") {
  auto desk = unknown();
  for (const auto seconds : {0, 10, 20, 30}) {
    desk.now = start_of_test + std::chrono::seconds(seconds);
    desk.tell(Looked{1, {}});
  }
  desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "time-out")});
  desk.tell(Looked{1, {batch("batch-late", BatchState::running, 1)}});
  CHECK(desk.shard(1).submission == 1);
  CHECK_FALSE(desk.facts.submissions.at({1, 1}).given_up);
  CHECK(desk.facts.submissions.at({1, 1}).batch_id == "batch-late");
}

TEST_CASE("a provider that cannot be asked leaves the shard to a person, and no money moves") {
  auto desk = unknown();
  const auto actions = desk.tell(LookFailed{1, Error(ErrorKind::rejected, "404 on GET /batches")});
  CHECK_FALSE(find_action<Create>(actions));
  REQUIRE(find_action<Halt>(actions));
  CHECK(find_action<Halt>(actions)->exit_code == 1);
  CHECK(desk.facts.run.waiting.what == model::WaitingFor::unknown_submission);
  CHECK(desk.facts.run.state == RunState::running);
}

TEST_CASE("on_ambiguous: resubmit and fail do what they say") {
  auto resubmitting = unknown();
  resubmitting.policy.reconcile.on_ambiguous = model::OnAmbiguous::resubmit;
  CHECK(find_action<Create>(resubmitting.tell(LookFailed{1, Error(ErrorKind::rejected, "404")}))->submission == 2);
  auto failing = unknown();
  failing.policy.reconcile.on_ambiguous = model::OnAmbiguous::fail;
  CHECK(find_action<Collect>(failing.tell(LookFailed{1, Error(ErrorKind::rejected, "404")})));
  CHECK(failing.shard(1).end == EndKind::given_up);
  for (const auto* desk : {&resubmitting, &failing}) {
    CHECK(desk->facts.submissions.at({1, 1}).state_text == model::submission_unknown);
    CHECK(desk->facts.submissions.at({1, 1}).errors.at(0).message == "404");
  }
}

TEST_CASE("a create that certainly did not happen is tried again under the next number, later") {
  for (const auto kind : {ErrorKind::network, ErrorKind::throttled}) {
    auto desk = creating();
    const auto actions = desk.tell(CreateFailed{1, Error(kind, "refused")});
    const auto* wait = find_action<Wait>(actions);
    REQUIRE(wait);
    CHECK(wait->at > desk.now);
    // Until then nothing is intended, so a crash leaves no question.
    CHECK(desk.shard(1).stage == ShardStage::uploaded);
    CHECK(find_action<Create>(desk.tell(Waited{1}))->submission == 2);
    CHECK(desk.facts.submissions.at({1, 1}).given_up);
    CHECK(desk.facts.submissions.at({1, 1}).state_text.empty());
  }
}

TEST_CASE("a refused create ends the process with 4 and keeps every item for when the cause is mended") {
  auto desk = creating();
  const auto actions = desk.tell(CreateFailed{1, Error(ErrorKind::rejected, "completion_window must be 24h")});
  REQUIRE(find_action<Halt>(actions));
  CHECK(find_action<Halt>(actions)->exit_code == 4);
  CHECK(desk.shard(1).stage == ShardStage::uploaded);
  const auto& refused = desk.facts.submissions.at({1, 1});
  CHECK(refused.state_text == model::submission_refused);
  REQUIRE(refused.errors.size() == 1);
  CHECK(refused.errors[0].message == "completion_window must be 24h");
  desk.crash();
  CHECK(find_action<Create>(desk.tell(Resumed{}))->submission == 2);
}

TEST_CASE("a connection that swallows every submission is given more and more time") {
  auto desk = unknown();
  Duration before{0};
  for (int round = 0; round < 4; ++round) {
    const auto begun = desk.now;
    constexpr int looks_max = 100;
    for (int look = 0; look < looks_max; ++look) {
      const auto actions = desk.tell(Looked{1, {}});
      if (find_action<Create>(actions)) break;
      REQUIRE(find_action<Look>(actions));
      desk.now = find_action<Look>(actions)->at;
    }
    REQUIRE(desk.shard(1).stage == ShardStage::creating);
    CHECK(desk.now - begun >= before);
    before = desk.now - begun;
    desk.tell(CreateFailed{1, Error(ErrorKind::unknown, "reset")});
  }
  CHECK(before >= std::chrono::seconds(60));
}

TEST_CASE("a refused key ends the process with 4 and loses nothing") {
  auto desk = one_shard();
  desk.tell(Resumed{});
  const auto actions = desk.tell(UploadFailed{1, Error(ErrorKind::denied, "401")});
  REQUIRE(find_action<Halt>(actions));
  CHECK(find_action<Halt>(actions)->exit_code == 4);
  CHECK(desk.facts.run.state == RunState::running);
  desk.crash();
  CHECK(find_action<Upload>(desk.tell(Resumed{})));
}

TEST_CASE("a failed poll is never a failed batch") {
  auto desk = in_flight();
  for (const auto kind : {ErrorKind::network, ErrorKind::unavailable, ErrorKind::not_found, ErrorKind::protocol,
                          ErrorKind::throttled, ErrorKind::rejected}) {
    const auto actions = desk.tell(PollFailed{1, Error(kind, "no")});
    const auto* poll = find_action<Poll>(actions);
    REQUIRE(poll);
    CHECK(poll->at > desk.now);
    CHECK(desk.shard(1).stage == ShardStage::in_flight);
  }
}

TEST_CASE("an unreachable provider ends the process with 7 after a minute, or a day when batches are in flight") {
  auto early = one_shard();
  early.tell(Resumed{});
  CHECK_FALSE(find_action<Halt>(early.tell(UploadFailed{1, Error(ErrorKind::network, "refused")})));
  early.now += std::chrono::minutes(1);
  CHECK(find_action<Halt>(early.tell(UploadFailed{1, Error(ErrorKind::network, "refused")}))->exit_code == 7);

  auto late = in_flight();
  late.tell(PollFailed{1, Error(ErrorKind::network, "refused")});
  late.now += std::chrono::hours(23);
  CHECK_FALSE(find_action<Halt>(late.tell(PollFailed{1, Error(ErrorKind::network, "refused")})));
  late.now += std::chrono::hours(1);
  CHECK(find_action<Halt>(late.tell(PollFailed{1, Error(ErrorKind::network, "refused")}))->exit_code == 7);
}

TEST_CASE("one answer forgives an hour of silence") {
  auto desk = in_flight();
  desk.tell(PollFailed{1, Error(ErrorKind::network, "refused")});
  desk.now += std::chrono::hours(23);
  desk.tell(Polled{1, batch("batch-1")});
  desk.tell(PollFailed{1, Error(ErrorKind::network, "refused")});
  desk.now += std::chrono::hours(23);
  CHECK_FALSE(find_action<Halt>(desk.tell(PollFailed{1, Error(ErrorKind::network, "refused")})));
}

TEST_CASE("an unknown state of the provider's is polled on") {
  auto desk = in_flight();
  auto strange = batch("batch-1", BatchState::unrecognised);
  strange.state_text = "on_the_moon";
  CHECK(find_action<Poll>(desk.tell(Polled{1, strange})));
  CHECK(desk.facts.happened("unrecognised"));
}

TEST_CASE("polls that say the same are not worth a transaction") {
  auto desk = in_flight();
  desk.tell(Polled{1, batch("batch-1")});
  auto decision = decide(desk.state, Polled{1, batch("batch-1")}, desk.policy, desk.now);
  CHECK(decision.changes.empty());
}

TEST_CASE("a batch that failed validation is collected: its items get the provider's reason") {
  auto desk = in_flight();
  auto refused = batch("batch-1", BatchState::failed);
  refused.errors.push_back({"invalid_json_line", "line 3 is not JSON", 3});
  desk.tell(Polled{1, refused});
  CHECK(desk.shard(1).stage == ShardStage::ended);
  CHECK(desk.shard(1).error == "invalid_json_line: line 3 is not JSON (line 3)");
  CHECK(find_action<Collect>(desk.tell(Fetched{1, "", ""})));
}

TEST_CASE("no more batches side by side than the job allows") {
  Desk desk(Facts::prepared(5));
  desk.policy.batches_in_flight_max = 2;
  desk.policy.uploads_side_by_side_max = 5;
  desk.tell(Resumed{});
  CHECK(desk.shard(2).stage == ShardStage::uploading);
  CHECK(desk.shard(3).stage == ShardStage::planned);
  desk.tell(Uploaded{1, "f", {}});
  desk.tell(Created{1, batch("b1")});
  CHECK(desk.shard(3).stage == ShardStage::planned);
  const auto actions = desk.tell(Polled{1, batch("b1", BatchState::completed)});
  CHECK(find_action<Upload>(actions)->shard == 3);
}

TEST_CASE("cancel keeps what finished and sends nothing more") {
  Desk desk(Facts::prepared(2));
  desk.policy.batches_in_flight_max = 1;
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "f", {}});
  desk.tell(Created{1, batch("b1")});
  const auto actions = desk.tell(CancelRequested{});
  CHECK(find_action<CancelBatch>(actions)->batch_id == "b1");
  CHECK(find_action<Collect>(actions)->shard == 2);
  CHECK(desk.shard(2).end == EndKind::not_sent);
  desk.tell(BatchCancelled{1, "b1"});
  CHECK(find_action<Fetch>(desk.tell(Polled{1, batch("b1", BatchState::cancelled)})));
  desk.tell(Collected{2, "o2", {}});
  desk.tell(Fetched{1, "out", ""});
  desk.tell(Collected{1, "o1", {}});
  const auto reporting = desk.tell(counted(5, 15, model::Reason::cancelled));
  CHECK(find_action<Report>(reporting)->state == RunState::cancelled);
  CHECK(find_action<Finish>(desk.tell(Reported{RunState::cancelled}))->exit_code == 5);
  CHECK(desk.facts.run.stopped_by == "operator");
}

TEST_CASE("a run whose place is taken submits nothing more and collects what is in flight") {
  using model::CancelScope;
  Desk desk(Facts::prepared(3));
  desk.policy.batches_in_flight_max = 1;
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "f", {}});
  SUBCASE("told while it works") {
    desk.tell(Created{1, batch("b1")});
    CHECK_FALSE(find_action<CancelBatch>(desk.tell(CancelRequested{CancelScope::unsent})));
  }
  SUBCASE("told while its submission is under way") {
    desk.tell(CancelRequested{CancelScope::unsent});
    CHECK_FALSE(find_action<CancelBatch>(desk.tell(Created{1, batch("b1")})));
  }
  SUBCASE("told before this process") {
    desk.tell(Created{1, batch("b1")});
    desk.facts.run.cancel_requested_at = desk.now;
    desk.facts.run.cancel_scope = CancelScope::unsent;
    desk.crash();
    CHECK_FALSE(find_action<CancelBatch>(desk.tell(Resumed{})));
  }
  CHECK(desk.shard(2).end == EndKind::not_sent);
  CHECK(desk.shard(3).end == EndKind::not_sent);
  CHECK(find_action<Fetch>(desk.tell(Polled{1, batch("b1", BatchState::completed)})));
}

TEST_CASE("a person's cancel goes further than that of a run that takes the place") {
  auto desk = in_flight();
  CHECK_FALSE(find_action<CancelBatch>(desk.tell(CancelRequested{model::CancelScope::unsent})));
  CHECK(find_action<CancelBatch>(desk.tell(CancelRequested{})));
  CHECK_FALSE(find_action<CancelBatch>(desk.tell(CancelRequested{model::CancelScope::unsent})));
}

TEST_CASE("a cancel that comes while a submission is under way cancels the batch when its id is known") {
  auto desk = creating();
  CHECK_FALSE(find_action<CancelBatch>(desk.tell(CancelRequested{})));
  CHECK(find_action<CancelBatch>(desk.tell(Created{1, batch("b1")}))->batch_id == "b1");
}

TEST_CASE("a cancel of the last process is still known to the next") {
  auto desk = in_flight();
  desk.facts.run.cancel_requested_at = desk.now;
  desk.crash();
  CHECK(find_action<CancelBatch>(desk.tell(Resumed{})));
}

TEST_CASE("a late answer for a stage the shard has left changes nothing") {
  auto desk = in_flight();
  for (const Event& late : {Event(Uploaded{1, "file-2", {}}), Event(Created{1, batch("batch-2")}),
                            Event(Looked{1, {batch("batch-3")}}), Event(Fetched{1, "x", "y"})}) {
    const auto before = desk.shard(1).stage;
    auto decision = decide(desk.state, late, desk.policy, desk.now);
    CHECK(decision.changes.shards.empty());
    CHECK(decision.changes.submissions.empty());
    CHECK(decision.actions.empty());
    CHECK(desk.state.shards.at(1).stage == before);
  }
}

TEST_CASE("an empty run is reported at once") {
  Desk desk(Facts::prepared(0));
  CHECK(find_action<Count>(desk.tell(Resumed{})));
  CHECK(find_action<Report>(desk.tell(counted(0, 0)))->state == RunState::succeeded);
}

TEST_CASE("a finished run is shown again and nothing is done") {
  auto facts = Facts::prepared(1);
  facts.run.state = RunState::failed;
  facts.run.exit_code = 3;
  Desk desk(facts);
  const auto actions = desk.tell(Resumed{});
  REQUIRE(actions.size() == 1);
  CHECK(find_action<Finish>(actions)->exit_code == 3);
}
