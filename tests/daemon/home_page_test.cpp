#include "doors/daemon/home_page.hpp"

#include <doctest/doctest.h>

#include "daemon/pages_fixture.hpp"

using namespace batchd;
using namespace batchd::daemon;
using namespace batchd::daemon::test;

namespace {

JobLine nightly() {
  JobLine job;
  job.name = "nightly";
  job.file = "nightly.yaml";
  job.schedule = model::ScheduleSpec{};
  job.schedule->cron = "30 1 * * *";
  job.next_due = now + std::chrono::hours(11);
  job.runs = {failed_run().run};
  job.newest_counts = failed_run().counts;
  return job;
}

std::string text_of(const HomeFacts& facts) { return laid_out(home_page(facts), "1.0"); }

}  // namespace

TEST_CASE("a job is shown with its last result, its next run, and a form that begins one once") {
  HomeFacts facts;
  facts.now = now;
  facts.jobs = {nightly()};
  facts.begin_key = "page-1";
  const auto text = text_of(facts);
  CHECK(holds(text, "14 of 20 succeeded, 6 failed"));
  CHECK(holds(text, "in 11 h 00 min"));
  CHECK(holds(text, "action=\"/jobs/nightly/begin\""));
  CHECK(holds(text, "name=\"key\" value=\"page-1\""));
}

TEST_CASE("a file that never was good is shown with what is wrong with it, and cannot be begun") {
  HomeFacts facts;
  facts.now = now;
  JobLine broken;
  broken.file = "broken.yaml";
  broken.complaints = {"broken.yaml:1:1: the key \"input\" is missing"};
  facts.jobs = {broken};
  const auto text = text_of(facts);
  CHECK(holds(text, "the key &quot;input&quot; is missing"));
  CHECK_FALSE(holds(text, "<form method=\"post\""));
}

TEST_CASE("an empty folder says how a first job comes about") { CHECK(holds(text_of({}), "batchd init NAME")); }

TEST_CASE("a due time that was passed over says why") {
  HomeFacts facts;
  facts.now = now;
  facts.jobs = {nightly()};
  facts.jobs[0].due = model::DueRun{"nightly", now, model::DueFate::skipped, "the run before goes on", now};
  CHECK(holds(text_of(facts), "skipped: the run before goes on"));
}

TEST_CASE("messages that did not arrive are told of on the first page") {
  HomeFacts facts;
  facts.now = now;
  CHECK_FALSE(holds(text_of(facts), "id=\"untold\""));
  facts.untold = {2, 1};
  const auto text = text_of(facts);
  CHECK(holds(text, "1 message did not arrive and nobody tries any more."));
  CHECK(holds(text, "2 messages have not arrived yet and are tried again."));
}

TEST_CASE("bug: a job whose runs were all pruned was said to have none yet") {
  HomeFacts facts;
  facts.now = now;
  facts.jobs = {nightly()};
  facts.jobs[0].runs.clear();
  CHECK(holds(text_of(facts), "no run yet"));
  facts.jobs[0].has_pruned = true;
  CHECK_FALSE(holds(text_of(facts), "no run yet"));
  CHECK(holds(text_of(facts), "its runs are pruned"));
  JobFacts page;
  page.job = facts.jobs[0];
  page.now = now;
  CHECK(holds(laid_out(job_page(page), "1.0"), "Of its runs no record is kept any more."));
}

TEST_CASE("a job that is not in the folder has a page of its runs, and no button") {
  JobFacts facts;
  facts.job.name = "old";
  facts.is_in_folder = false;
  facts.runs = {{failed_run().run, failed_run().counts}};
  facts.next = "01jd";
  facts.now = now;
  const auto text = laid_out(job_page(facts), "1.0");
  CHECK(holds(text, "not in the daemon&#39;s folder"));
  CHECK_FALSE(holds(text, "/begin\""));
  CHECK(holds(text, "/jobs/old?after=01jd\">Earlier"));
}

TEST_CASE("the run of a due time can be opened") {
  JobFacts page;
  page.job = nightly();
  page.now = now;
  page.due = {{"nightly", now, model::DueFate::begun, "01jd0000000000000000000001", now}};
  CHECK(holds(laid_out(job_page(page), "1.0"),
              "<a href=\"/runs/01jd0000000000000000000001\">01jd0000000000000000000001</a>"));
}

TEST_CASE("who may not act is shown the jobs, and no form") {
  HomeFacts home;
  home.now = now;
  home.jobs = {nightly()};
  home.may_act = false;
  CHECK_FALSE(holds(text_of(home), "<form method=\"post\""));
  JobFacts page;
  page.job = nightly();
  page.may_act = false;
  page.now = now;
  CHECK_FALSE(holds(laid_out(job_page(page), "1.0"), "<form method=\"post\""));
}

TEST_CASE("every page names its style and script by their hash, and holds no other") {
  const auto text = text_of({});
  CHECK(count_of(text, "<script") == 1);
  CHECK(holds(text, "src=\"/assets/batchd.js?v="));
  CHECK(holds(text, "href=\"/assets/batchd.css?v="));
  CHECK_FALSE(holds(text, " style="));
}
