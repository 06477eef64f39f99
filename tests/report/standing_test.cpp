// What `status` answers: is it fine, what does it wait for, since when, what happens next.

#include "line/report/standing.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "line/report/moments.hpp"
#include "line/report/run_json.hpp"
#include "report/standing_fixture.hpp"

namespace batchd::report {
namespace {

using namespace test;

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

}  // namespace
}  // namespace batchd::report
