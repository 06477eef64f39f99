#include "doors/daemon/discretion.hpp"

#include <doctest/doctest.h>

#include "daemon/pages_fixture.hpp"

using namespace batchd;
using namespace batchd::daemon;
using namespace batchd::daemon::test;

namespace {

constexpr const char* quoted = "messages[0] of Anna Schmidt is too long";

std::string told(const char* kind, const std::string& text) { return discreet_text({now, 1, kind, text}); }

}  // namespace

TEST_CASE("what is ours alone is told, what a provider said is not, and a kind nobody knows is told by its name") {
  CHECK(told("submitted", "Submitted as batch_1.") == "Submitted as batch_1.");
  CHECK(told("refused", "The provider refused the upload: " + std::string(quoted)) ==
        "The provider refused the upload.");
  CHECK(told("completed", "batch_1 is completed: 5 completed, 1 failed of 6. " + std::string(quoted)) ==
        "batch_1 is completed.");
  CHECK(told("halted", quoted) == "halted; why is told to who may see content");
  CHECK(told("some_news", quoted) == "some news; why is told to who may see content");
  CHECK_FALSE(holds(told("failed", quoted), "Anna"));
}

TEST_CASE("nothing of a run that is told discreetly quotes a row") {
  auto facts = report::test::at_work();
  facts.shards.front().error = quoted;
  facts.submissions.front().errors.push_back({"invalid", quoted, {}, {}});
  facts.halt = model::Happening{now, 0, "halted", quoted};
  facts.run.waiting = {model::WaitingFor::unknown_submission, now, {}, quoted};
  make_discreet(facts);
  CHECK(facts.shards.front().error == withheld);
  CHECK(facts.submissions.front().errors.empty());
  CHECK(facts.halt->text == withheld);
  CHECK_FALSE(holds(facts.run.waiting.detail, "Anna"));
  facts.run.waiting = {model::WaitingFor::queue_capacity, now, {}, std::string("2 batches wait for room: ") + quoted};
  make_discreet(facts);
  CHECK(facts.run.waiting.detail == "2 batches wait for room");
  facts.run.waiting = {model::WaitingFor::paused, now, {}, "paused by `batchd pause tickets`"};
  make_discreet(facts);
  CHECK(facts.run.waiting.detail == "paused by `batchd pause tickets`");
}

TEST_CASE("a due time that was refused keeps its fate, not its words") {
  model::DueRun due{"tickets", now, model::DueFate::refused, quoted, now};
  make_discreet(due);
  CHECK(due.detail == withheld);
  due = {"tickets", now, model::DueFate::skipped, "the run before goes on", now};
  make_discreet(due);
  CHECK(due.detail == "the run before goes on");
}
