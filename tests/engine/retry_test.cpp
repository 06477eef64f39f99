// Rounds of retries: what has failed is surveyed when all shards are collected, gathered into new ones, and asked
// again.

#include <doctest/doctest.h>

#include "core/engine/ladder.hpp"
#include "engine/facts.hpp"

using namespace batchd;
using namespace batchd::engine;
using model::Reason;
using model::ShardStage;

namespace {

// Two shards whose batches are done, the second of them about to be collected.
Desk nearly_collected(std::uint32_t attempts_max) {
  auto facts = Facts::prepared(2);
  for (std::uint32_t n : {1u, 2u}) {
    auto& shard = facts.shards.at(n);
    shard.stage = n == 1 ? ShardStage::collected : ShardStage::fetched;
    shard.end = model::EndKind::batch;
    shard.submission = 1;
    shard.lane = "batch";
    shard.model = "qwen-plus";
    model::Submission submission;
    submission.shard = n;
    submission.n = 1;
    submission.batch_id = "batch-" + std::to_string(n);
    submission.state = model::BatchState::completed;
    facts.submissions[{n, 1}] = submission;
  }
  Desk desk(facts);
  desk.policy.attempts_max = attempts_max;
  desk.tell(Resumed{});
  return desk;
}

std::vector<Action> collect(Desk& desk, std::uint32_t n) { return desk.tell(Collected{n, "outcomes", {}}); }

model::Shard gathered(const Gather& gather, std::uint64_t requests = 3) {
  auto shard = gather.becomes;
  shard.requests = requests;
  shard.requests_file = "spool/again";
  return shard;
}

// The whole way of a shard that has just been gathered.
std::vector<Action> live_through(Desk& desk, std::uint32_t n) {
  desk.tell(Uploaded{n, "file", {}});
  desk.tell(Created{n, batch("again-" + std::to_string(n))});
  desk.tell(Polled{n, batch("again-" + std::to_string(n), model::BatchState::completed)});
  desk.tell(Fetched{n, "output", ""});
  return collect(desk, n);
}

}  // namespace

TEST_CASE("with one attempt nobody looks what has failed: the run is counted") {
  auto desk = nearly_collected(1);
  const auto actions = collect(desk, 2);
  CHECK(find_action<Survey>(actions) == nullptr);
  CHECK(find_action<Count>(actions) != nullptr);
  CHECK(desk.facts.run.state == model::RunState::finalizing);
}

TEST_CASE("not before the last shard is collected is it asked what has failed") {
  auto desk = nearly_collected(3);
  desk.state.shards.at(1).stage = ShardStage::fetched;
  CHECK(find_action<Survey>(collect(desk, 2)) == nullptr);
  CHECK(find_action<Survey>(collect(desk, 1)) != nullptr);
  CHECK(desk.facts.run.state == model::RunState::running);
}

TEST_CASE("what is missing in two shards goes into one new one, as its next attempt") {
  auto desk = nearly_collected(3);
  collect(desk, 2);
  const auto actions = desk.tell(Surveyed{{{1, Reason::missing, 2}, {1, Reason::refused, 1}, {2, Reason::expired, 1}}});
  const auto* gather = find_action<Gather>(actions);
  REQUIRE(gather != nullptr);
  CHECK(gather->becomes.n == 3);
  CHECK(gather->becomes.attempt == 2);
  CHECK(gather->becomes.unspent == 0);
  CHECK(gather->becomes.model == "qwen-plus");
  REQUIRE(gather->sources.size() == 2);
  CHECK(gather->sources[0].reasons == model::ReasonSet{Reason::missing});
  CHECK(gather->sources[1].reasons == model::ReasonSet{Reason::expired});

  const auto after = desk.tell(Gathered{gathered(*gather), 20, true});
  CHECK(desk.shard(3).requests == 3);  // committed with this decision
  CHECK(find_action<Upload>(after) != nullptr);
  CHECK(desk.facts.happened("retrying"));
}

TEST_CASE("a round that is answered ends the run; one that is not is followed by another, up to the last attempt") {
  auto desk = nearly_collected(3);
  collect(desk, 2);
  for (const std::uint32_t attempt : {2u, 3u}) {
    const auto actions = desk.tell(Surveyed{{{attempt, Reason::missing, 3}}});
    const auto* gather = find_action<Gather>(actions);
    REQUIRE(gather != nullptr);
    CHECK(gather->becomes.attempt == attempt);
    desk.tell(Gathered{gathered(*gather), 20, true});
    CHECK(find_action<Survey>(live_through(desk, attempt + 1)) != nullptr);
  }
  const auto actions = desk.tell(Surveyed{{{4, Reason::missing, 3}}});
  CHECK(find_action<Gather>(actions) == nullptr);
  CHECK(find_action<Count>(actions) != nullptr);
}

TEST_CASE("more than one shard holds is gathered shard after shard, each from where the one before ended") {
  auto desk = nearly_collected(2);
  collect(desk, 2);
  auto actions = desk.tell(Surveyed{{{1, Reason::expired, 5}}});
  const auto first = *find_action<Gather>(actions);
  CHECK(first.after_sequence == 0);
  actions = desk.tell(Gathered{gathered(first), 17, false});
  const auto* second = find_action<Gather>(actions);
  REQUIRE(second != nullptr);
  CHECK(second->becomes.n == 4);
  CHECK(second->after_sequence == 17);
  actions = desk.tell(Gathered{gathered(*second, 2), 30, true});
  CHECK(find_action<Gather>(actions) == nullptr);
  CHECK(find_action<Survey>(actions) == nullptr);
  CHECK(desk.facts.shards.size() == 4);
}

TEST_CASE("models and attempts do not share a file") {
  auto desk = nearly_collected(4);
  desk.state.shards.at(2).model = "qwen-max";
  collect(desk, 2);
  auto actions = desk.tell(Surveyed{{{1, Reason::missing, 1}, {2, Reason::missing, 1}}});
  const auto first = *find_action<Gather>(actions);
  actions = desk.tell(Gathered{gathered(first, 1), 20, true});
  const auto* second = find_action<Gather>(actions);
  REQUIRE(second != nullptr);
  CHECK(first.becomes.model != second->becomes.model);
  CHECK(second->sources.size() == 1);
}

TEST_CASE("killed between gathering two shards, the first goes its way and the rest is found again") {
  auto desk = nearly_collected(2);
  collect(desk, 2);
  auto actions = desk.tell(Surveyed{{{1, Reason::expired, 5}}});
  desk.tell(Gathered{gathered(*find_action<Gather>(actions)), 17, false});
  desk.crash();
  actions = desk.tell(Resumed{});
  CHECK(find_action<Upload>(actions) != nullptr);
  CHECK(find_action<Survey>(actions) == nullptr);
  CHECK(find_action<Survey>(live_through(desk, 3)) != nullptr);
  actions = desk.tell(Surveyed{{{1, Reason::expired, 2}}});
  CHECK(find_action<Gather>(actions)->becomes.n == 4);
}

TEST_CASE("the lines beside a faulty one go again without it, though one attempt is all there is") {
  auto desk = nearly_collected(1);
  auto& refused = desk.state.submissions.at({2, 1});
  refused.state = model::BatchState::failed;
  refused.errors = {{"invalid_request", "not valid", 4}};
  CHECK(find_action<Survey>(collect(desk, 2)) != nullptr);
  const auto actions =
      desk.tell(Surveyed{{{1, Reason::missing, 1}, {2, Reason::bad_request, 1}, {2, Reason::provider_error, 9}}});
  const auto* gather = find_action<Gather>(actions);
  REQUIRE(gather != nullptr);
  CHECK(gather->becomes.attempt == 2);
  CHECK(gather->becomes.unspent == 1);
  REQUIRE(gather->sources.size() == 1);
  CHECK(gather->sources[0].shard == 2);
  CHECK(gather->sources[0].reasons == model::ReasonSet{Reason::provider_error});
}

TEST_CASE("a cancelled run asks nothing again") {
  SUBCASE("cancelled before anybody looked") {
    auto desk = nearly_collected(3);
    desk.tell(CancelRequested{});
    CHECK(find_action<Survey>(collect(desk, 2)) == nullptr);
  }
  SUBCASE("cancelled while somebody looks") {
    auto desk = nearly_collected(3);
    collect(desk, 2);
    desk.tell(CancelRequested{});
    const auto actions = desk.tell(Surveyed{{{1, Reason::missing, 2}}});
    CHECK(find_action<Gather>(actions) == nullptr);
    CHECK(find_action<Count>(actions) != nullptr);
  }
  SUBCASE("cancelled while a shard is gathered") {
    auto desk = nearly_collected(3);
    collect(desk, 2);
    const auto actions = desk.tell(Surveyed{{{1, Reason::missing, 2}}});
    const auto gather = *find_action<Gather>(actions);
    desk.tell(CancelRequested{});
    CHECK(find_action<Count>(desk.tell(Gathered{gathered(gather), 20, true})) != nullptr);
    CHECK(desk.facts.shards.size() == 2);
  }
}

TEST_CASE("a person's retry asks once more, whatever the job allows, and does not ask for what came of that") {
  auto desk = nearly_collected(1);
  desk.state.run.retry = {{Reason::schema_mismatch}, 2};
  CHECK(find_action<Survey>(collect(desk, 2)) != nullptr);
  auto actions = desk.tell(Surveyed{{{1, Reason::missing, 1}, {2, Reason::schema_mismatch, 3}}});
  const auto* gather = find_action<Gather>(actions);
  REQUIRE(gather != nullptr);
  REQUIRE(gather->sources.size() == 1);
  CHECK(gather->sources[0].shard == 2);
  desk.tell(Gathered{gathered(*gather), 20, true});
  CHECK(find_action<Survey>(live_through(desk, 3)) != nullptr);
  actions = desk.tell(Surveyed{{{3, Reason::schema_mismatch, 3}}});
  CHECK(find_action<Gather>(actions) == nullptr);
  CHECK(find_action<Count>(actions) != nullptr);
}

TEST_CASE("items that are to go again and are not to be found end the process, not in a circle") {
  auto desk = nearly_collected(3);
  collect(desk, 2);
  auto actions = desk.tell(Surveyed{{{1, Reason::missing, 2}}});
  const auto gather = *find_action<Gather>(actions);
  actions = desk.tell(Gathered{gathered(gather, 0), 20, true});
  const auto* halt = find_action<Halt>(actions);
  REQUIRE(halt != nullptr);
  CHECK(halt->exit_code == 1);
  CHECK(desk.facts.run.state == model::RunState::running);
}

TEST_CASE("a failure to look or to gather ends the process; the run goes on another time") {
  const Error full(ErrorKind::io, "no space left on device");
  auto desk = nearly_collected(3);
  collect(desk, 2);
  CHECK(find_action<Halt>(desk.tell(SurveyFailed{full})) != nullptr);
  desk.crash();
  CHECK(find_action<Survey>(desk.tell(Resumed{})) != nullptr);
  desk.tell(Surveyed{{{1, Reason::missing, 2}}});
  CHECK(find_action<Halt>(desk.tell(GatherFailed{full})) != nullptr);
  CHECK(desk.facts.run.state == model::RunState::running);
}

TEST_CASE("a batch that is refused for a line each time is not sent for ever") {
  auto desk = nearly_collected(1);
  auto refused = batch("batch-2", model::BatchState::failed);
  refused.errors = {{"invalid_request", "not valid", 4}};
  desk.state.submissions.at({2, 1}).state = refused.state;
  desk.state.submissions.at({2, 1}).errors = refused.errors;
  collect(desk, 2);
  std::uint32_t last = 2;
  std::uint32_t rounds = 0;
  for (; rounds < 100; ++rounds) {
    const auto actions = desk.tell(Surveyed{{{last, Reason::provider_error, 3}}});
    const auto* gather = find_action<Gather>(actions);
    if (!gather) break;
    desk.tell(Gathered{gathered(*gather), 20, true});
    ++last;
    refused.id = "again-" + std::to_string(last);
    desk.tell(Uploaded{last, "file", {}});
    desk.tell(Created{last, batch(refused.id)});
    desk.tell(Polled{last, refused});
    desk.tell(Fetched{last, "", ""});
    collect(desk, last);
  }
  CHECK(rounds == unspent_max);
}
