#include "doors/daemon/page_charts.hpp"

#include <doctest/doctest.h>

#include "daemon/pages_fixture.hpp"

using namespace batchd;
using namespace batchd::daemon;
using namespace batchd::daemon::test;

namespace {

std::vector<model::Run> runs_of(std::size_t count) {
  std::vector<model::Run> runs;
  for (std::size_t i = 0; i < count; ++i) {
    auto run = failed_run().run;
    run.id = "run" + std::to_string(i);
    if (i % 2 == 0) run.state = model::RunState::succeeded;
    runs.push_back(run);
  }
  return runs;
}

}  // namespace

TEST_CASE("a strip shows thirty runs at most, each with its state as colour and as a word") {
  const auto strip = run_strip(runs_of(40), now).text();
  CHECK(count_of(strip, "<rect") == strip_runs_max);
  CHECK(count_of(strip, "fill-failed") == strip_runs_max / 2);
  CHECK(count_of(strip, ": failed, took") == strip_runs_max / 2);
  CHECK(strip_words(runs_of(40)) == "15 of 30 succeeded");
  CHECK(strip_words({}) == "no runs yet");
}

TEST_CASE("the newest run is the strip's last bar") {
  const auto strip = run_strip(runs_of(3), now).text();
  CHECK(strip.find("/runs/run2") < strip.find("/runs/run0"));
}

TEST_CASE("no chart holds a style or a script: the policy refuses them") {
  auto facts = failed_run();
  facts.submissions.front().ended_at = now;
  for (const auto& chart : {run_strip(runs_of(2), now), stacked_bar(outcome_parts(facts.counts), "items"),
                            progress_chart(report::progress_of(facts, now))}) {
    CHECK_FALSE(holds(chart.text(), "style"));
    CHECK_FALSE(holds(chart.text(), "script"));
    CHECK(holds(chart.text(), "aria-label"));
  }
}

TEST_CASE("a part of one in a million is still to be seen, and a bar of nothing is no division by it") {
  CHECK(holds(stacked_bar({{"failed", 1}, {"succeeded", 999'999}}, "items").text(), "width=\"4.0\""));
  CHECK(holds(stacked_bar({{"failed", 0}}, "items").text(), "items: nothing"));
}

TEST_CASE("all but one of a million is not all") {
  CHECK(holds(legend({{"succeeded", 999'999}, {"failed", 1}}).text(), "99.9 %"));
  CHECK(holds(legend({{"succeeded", 2}, {"failed", 1}}).text(), "67 %"));
}

TEST_CASE("before anything is sent the chart says so") {
  CHECK(holds(progress_chart({}).text(), "Nothing has been sent yet"));
}
