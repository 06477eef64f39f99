#include "doors/daemon/run_page.hpp"

#include <doctest/doctest.h>

#include "daemon/pages_fixture.hpp"

using namespace batchd;
using namespace batchd::daemon;
using namespace batchd::daemon::test;

namespace {

RunPageFacts about(report::RunFacts facts) {
  RunPageFacts page;
  page.standing = report::standing_of(facts, report::test::living(), now);
  page.facts = std::move(facts);
  page.now = now;
  return page;
}

std::string text_of(const RunPageFacts& facts) { return laid_out(run_page(facts), "1.0"); }

}  // namespace

TEST_CASE("a run that goes on can be paused and cancelled, one that is over can be retried") {
  const auto at_work = text_of(about(report::test::at_work()));
  CHECK(holds(at_work, "/pause\""));
  CHECK(holds(at_work, "/cancel\""));
  CHECK_FALSE(holds(at_work, "/retry\""));
  const auto over = text_of(about(failed_run()));
  CHECK_FALSE(holds(over, "/pause\""));
  CHECK_FALSE(holds(over, "/cancel\""));
  CHECK(holds(over, "/retry\""));
}

TEST_CASE("a paused run is let go on, and is not paused twice") {
  auto facts = report::test::at_work();
  facts.pause = model::Pause{model::PauseOf::run, facts.run.id, now};
  const auto text = text_of(about(facts));
  CHECK(holds(text, "/unpause\""));
  CHECK_FALSE(holds(text, "/pause\""));
}

TEST_CASE("what a run waits for stands beside its state") {
  auto facts = report::test::at_work();
  CHECK_FALSE(holds(text_of(about(facts)), "waits for"));  // the provider works on it: no trouble
  facts.run.waiting = {model::WaitingFor::rate_limit, now, {}, "acme asks us to slow down"};
  CHECK(holds(text_of(about(facts)), "waits for rate limit"));
}

TEST_CASE("a retry offers what may pass, ticks what is meant without a word, and keeps back what would fail again") {
  const auto text = text_of(about(failed_run()));
  CHECK(holds(text, R"(value="missing" checked="")"));
  CHECK(holds(text, R"(value="schema_mismatch">)"));
  CHECK_FALSE(holds(text, R"(value="refused")"));
  CHECK(holds(text, "it would fail again for certain: refused."));
}

TEST_CASE("how long it will take is told only where earlier batches tell it") {
  auto facts = about(report::test::at_work());
  CHECK_FALSE(holds(text_of(facts), "to go, by"));
  report::Forecast forecast;
  forecast.done_at = now + std::chrono::minutes(40);
  forecast.batches = 36;
  forecast.median = std::chrono::minutes(41);
  forecast.nine_of_ten = std::chrono::hours(2);
  facts.forecast = forecast;
  CHECK(holds(text_of(facts), "<strong>40 min</strong> to go, by <time datetime=\"2026-11-23T14:45:00Z\""));
  CHECK(holds(text_of(facts), "Of 36 earlier batches of its model half were done after 41 min, nine of ten after 2 h"));
  facts.forecast->is_overdue = true;
  CHECK(holds(text_of(facts), "It takes longer than any before it."));
}

TEST_CASE("files that hold texts are offered to those only who may see them") {
  auto facts = about(failed_run());
  facts.has_results = true;
  CHECK(holds(text_of(facts), "/results.csv\""));
  facts.shows_content = false;
  CHECK_FALSE(holds(text_of(facts), "/results.csv\""));
}

TEST_CASE("why a run has failed is said with the share it reached and the one asked for, and its key stands there") {
  auto facts = failed_run();
  facts.run.key = "monday";
  auto page = about(facts);
  page.min_success = 0.999;
  CHECK(
      holds(text_of(page), "70 % of its items were accepted, and the job asks for 99.9 % (<code>min_success</code>)"));
  CHECK(holds(text_of(page), "key <code>monday</code>"));
  page.min_success = 0.5;  // as it was frozen; an edit has raised it
  CHECK_FALSE(holds(text_of(page), "the job asks for"));
}

TEST_CASE("who may not act is offered nothing that acts") {
  auto going_on = about(report::test::at_work());
  auto over = about(failed_run());
  going_on.may_act = over.may_act = false;
  CHECK_FALSE(holds(text_of(going_on), "<form method=\"post\""));
  CHECK_FALSE(holds(text_of(over), "<form method=\"post\""));
}

TEST_CASE("of a thousand shards those under way are shown first, and how many more there are") {
  auto facts = failed_run();
  facts.shards.clear();
  for (std::uint32_t n = 1; n <= 1'000; ++n) {
    model::Shard shard;
    shard.n = n;
    shard.stage = n == 777 ? model::ShardStage::in_flight : model::ShardStage::collected;
    facts.shards.push_back(shard);
  }
  const auto text = text_of(about(facts));
  CHECK(holds(text, "<tr data-key=\"777\">"));
  CHECK(holds(text, "940 more are collected."));
}

TEST_CASE("words of strangers stay words: a key, an error, what happened") {
  auto facts = failed_run();
  facts.run.key = evil;
  facts.shards.front().error = evil;
  auto page = about(facts);
  page.lately.push_back({now, 1, "halted", evil});
  const auto text = text_of(page);
  CHECK_FALSE(holds(text, "<img"));
  CHECK(holds(text, "&lt;img"));
}

TEST_CASE("who could not be told of a run stands on its page, with what is known of why") {
  auto facts = failed_run();
  facts.untold.push_back({"run.failed", "webhook at hooks.example", evil, now, 3, std::nullopt});
  const auto text = text_of(about(facts));
  CHECK(holds(text, "webhook at hooks.example"));
  CHECK(holds(text, "It was given up."));
  CHECK_FALSE(holds(text, "<img"));
  CHECK_FALSE(holds(text_of(about(failed_run())), "id=\"untold\""));
}
