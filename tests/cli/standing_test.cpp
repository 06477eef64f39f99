// What `status` answers: is it fine, what does it wait for, since when, what happens next.

#include "doors/cli/standing.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdlib.h>
#include <time.h>

#include "doors/cli/layout.hpp"
#include "doors/cli/reading.hpp"

namespace batchd::cli {
namespace {

using model::BatchState;
using model::ShardStage;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Time now = *parse_utc("2026-11-23T14:05:00Z");

// Times are shown in the system's zone: here it is UTC.
struct Utc {
  Utc() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};
const Utc utc;

Owner living() {
  Owner owner;
  owner.process.pid = 4711;
  owner.process.host = "desk";
  owner.liveness = Liveness::alive;
  return owner;
}

RunFacts two_shards(ShardStage first, ShardStage second) {
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

void add_batch(RunFacts& facts, std::uint32_t n, model::RequestCounts counts) {
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

RunFacts at_work() {
  auto facts = two_shards(ShardStage::in_flight, ShardStage::in_flight);
  add_batch(facts, 1, {1'000, 400, 3});
  add_batch(facts, 2, {500, 0, 0});
  facts.run.waiting = {model::WaitingFor::batches, now - minutes(10), now + seconds(42),
                       "2 batches are being worked on"};
  return facts;
}

std::string said(const Standing& standing) { return fmt::format("{}", fmt::join(standing.sentences, " ")); }

TEST_CASE("a run at the provider is fine, and says when it is looked at next and until when the window is open") {
  const auto standing = standing_of(at_work(), living(), now);
  CHECK(standing.mood == Mood::fine);
  CHECK(said(standing) ==
        "Fine. 2 batches are at dashscope-intl with 403 of 1,500 requests done, 3 of them failed. Next look in 42 s, "
        "14:05; the provider has until 24 Nov 13:07 (in 23 h 02 min). Process 4711 is working on it.");
}

TEST_CASE("a run that nobody works on says so first, what it goes on costing, and how to go on") {
  const auto standing = standing_of(at_work(), std::nullopt, now);
  CHECK(standing.mood == Mood::wants_people);
  CHECK(said(standing) ==
        "Nobody has been working on it since 14:04 (20 s ago). 2 batches go on at dashscope-intl and will be paid for. "
        "The provider has until 24 Nov 13:07 (in 23 h 02 min).");
  CHECK(standing.command == "resume");
}

TEST_CASE("of a run that nobody works on it is said why the last process gave up") {
  auto facts = at_work();
  facts.halt = model::Happening{now - minutes(1), 0, "halted", "HTTP 401 invalid_api_key: Incorrect API key"};
  CHECK(said(standing_of(facts, std::nullopt, now))
            .starts_with("Nobody has been working on it since 14:04 (20 s ago). The process gave up at 14:04: HTTP 401 "
                         "invalid_api_key: Incorrect API key. 2 batches go on"));
  CHECK(said(standing_of(facts, living(), now)).find("401") == std::string::npos);
}

TEST_CASE("a pause is told where nothing is held back yet, and where nobody works on the run") {
  auto facts = at_work();
  facts.pause = model::Pause{model::PauseOf::provider, "dashscope-intl", now - minutes(5)};
  const auto told =
      "It is paused since 14:00 (5 min ago): nothing more is submitted until `batchd unpause --provider "
      "dashscope-intl`.";
  CHECK(said(standing_of(facts, living(), now)).find(told) != std::string::npos);
  CHECK(said(standing_of(facts, std::nullopt, now)).find(told) != std::string::npos);
  facts.run.waiting = {model::WaitingFor::paused, now - minutes(5), {}, "a pause holds back 1 shard"};
  CHECK(said(standing_of(facts, living(), now)).find(told) == std::string::npos);  // said once
}

TEST_CASE("a silent provider is no fine day, and the time of silence is told") {
  auto facts = at_work();
  facts.run.waiting = {model::WaitingFor::provider, now - minutes(3), now + minutes(1),
                       "dashscope-intl gives no usable answer"};
  const auto standing = standing_of(facts, living(), now);
  CHECK(standing.mood == Mood::waits);
  CHECK(said(standing).starts_with(
      "dashscope-intl gives no usable answer. It has been so since 14:02 (3 min ago). 2 batches are at"));
}

TEST_CASE("whether it is trouble is a fact, not a matter of the sentence") {
  auto facts = at_work();
  facts.run.waiting.detail = "the provider has it";
  CHECK(standing_of(facts, living(), now).mood == Mood::fine);
  facts.run.waiting.what = model::WaitingFor::provider;
  facts.run.waiting.detail = "a page about work that is being worked on";
  CHECK(standing_of(facts, living(), now).mood == Mood::waits);
  CHECK(name_of(model::WaitingFor::batches) == "provider");  // the closed list of the outside
}

TEST_CASE("what a run waits for is told once per change, and work in progress never") {
  WaitingWatch watch;
  model::Waiting waiting{model::WaitingFor::batches, now, now + seconds(5), "2 batches are being worked on"};
  CHECK_FALSE(watch.has_changed(waiting));
  waiting = {model::WaitingFor::rate_limit, now - minutes(2), now + seconds(42), "acme asks us to slow down"};
  CHECK(watch.has_changed(waiting));
  waiting.next_try_at = now + seconds(84);
  CHECK_FALSE(watch.has_changed(waiting));
  CHECK_FALSE(watch.has_changed({}));
  CHECK(watch.has_changed(waiting));
  const auto clock = [](Time time) { return clock_time(time, now); };
  CHECK(waiting_sentence(waiting, clock) ==
        "waiting for rate_limit since 14:03, next try at 14:06: acme asks us to slow down");
  waiting.next_try_at.reset();
  CHECK(waiting_sentence(waiting, clock) == "waiting for rate_limit since 14:03: acme asks us to slow down");
}

TEST_CASE("a window that is over is told as the provider's delay") {
  auto facts = at_work();
  for (auto& submission : facts.submissions)
    submission.expires_at = now - minutes(5);
  CHECK(said(standing_of(facts, living(), now)).find("the provider's time was over 5 min 00 s ago, 14:00") !=
        std::string::npos);
}

TEST_CASE("a process that is there but silent is no reason to say fine") {
  auto facts = at_work();
  facts.run.heartbeat_at = now - minutes(30);
  const auto standing = standing_of(facts, living(), now);
  CHECK(standing.mood == Mood::waits);
  CHECK(said(standing).find("Fine") == std::string::npos);
  CHECK(said(standing).ends_with("Process 4711 works on it, but was last heard of 30 min 00 s ago, 13:35."));
}

TEST_CASE("what is not sent yet is counted by what happens to it") {
  auto facts = two_shards(ShardStage::in_flight, ShardStage::planned);
  add_batch(facts, 1, {1'000, 0, 0});
  CHECK(said(standing_of(facts, living(), now)).find("Of 2 shards: 1 still to be sent, 1 at the provider.") !=
        std::string::npos);
}

TEST_CASE("a run whose rows are being read has sent nothing, with an owner or without") {
  auto facts = two_shards(ShardStage::planned, ShardStage::planned);
  facts.run.state = model::RunState::created;
  facts.shards.clear();
  CHECK(said(standing_of(facts, living(), now)) ==
        "Fine. Its rows are being read; nothing is sent yet. Process 4711 is working on it.");
  const auto abandoned = standing_of(facts, std::nullopt, now);
  CHECK(abandoned.mood == Mood::wants_people);
  CHECK(said(abandoned).ends_with("Nothing was sent; the same `batchd run` starts it again."));
}

TEST_CASE("a finished run says how and when") {
  auto facts = two_shards(ShardStage::collected, ShardStage::collected);
  facts.run.state = model::RunState::succeeded;
  facts.run.finished_at = now - minutes(2);
  facts.counts = {};
  facts.counts.succeeded = 1'500;
  CHECK(said(standing_of(facts, std::nullopt, now)) ==
        "It succeeded 2 min 00 s ago, 14:03; 1,500 of 1,500 items succeeded.");
  facts.run.state = model::RunState::cancelled;
  facts.run.stopped_by = "operator";
  CHECK(said(standing_of(facts, std::nullopt, now)).starts_with("It was cancelled by operator 2 min"));
}

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
