// resolve, against `batchd simulate` as a server that loses the answers to creates and does not list its batches.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/account.hpp"

namespace batchd::cli {
namespace {

using test::Account;
using test::holds;
using test::Program;

const std::vector<std::string> silent = {"lose_create_answer=1", "no_lists=1"};

// A run whose first shard is in doubt, and the batch that it became.
struct Doubtful : Account {
  Doubtful() : Account(silent) {
    ended = run({"run", "tickets.yaml"});
    id = newest_run();
  }
  test::Ended resolve(const std::string& shard, const std::vector<std::string>& how) {
    std::vector<std::string> words{"resolve", "tickets", shard};
    words.insert(words.end(), how.begin(), how.end());
    return run(words);
  }
  test::Ended ended;
  std::string id;
};

TEST_SUITE_BEGIN("account");

TEST_CASE("a submission that nobody can tell of ends the process, and the way on is said with its ids") {
  Doubtful world;
  CAPTURE(world.ended.err);
  CHECK(world.ended.exit_code == 1);
  CHECK(world.batches_made() == 1);
  CHECK(holds(world.ended.err, fmt::format("batchd resolve {} 1 --adopt BATCH", world.id)));
  CHECK(holds(world.run({"status", "tickets"}).out, fmt::format("batchd resolve {} 1", world.id)));
  CHECK(world.run({"resume", "tickets"}).exit_code == 1);  // asked again, told nothing, nothing sent
  CHECK(world.batches_made() == 1);
}

TEST_CASE("--adopt: the batch is waited for and collected, nothing is sent twice; said again it changes nothing") {
  Doubtful world;
  const auto batch = world.made_batches().front();
  world.restart({});  // from here on creates are answered, and lists shown
  const auto adopted = world.resolve("1", {"--adopt", batch});
  CAPTURE(adopted.err);
  CHECK(adopted.exit_code == 0);
  CHECK(holds(adopted.err, "Adopted " + batch + " by hand"));
  CHECK(world.batches_made() == 3);
  CHECK(world.run({"verify", "tickets"}).exit_code == 0);
  const auto again = world.resolve("1", {"--adopt", batch});
  CHECK(again.exit_code == 0);
  CHECK(holds(again.err, "Shard 1 was settled so"));
  CHECK(holds(again.err, "nothing is changed"));
  CHECK(world.batches_made() == 3);
  const auto otherwise = world.resolve("1", {"--fail"});
  CHECK(otherwise.exit_code == 2);
  CHECK(holds(otherwise.err, "there is nothing to resolve of shard 1: it has come to its end"));
}

TEST_CASE("--adopt refuses what is not there and what is clearly something else, and changes nothing") {
  Doubtful world;
  world.restart({"no_lists=1", "stuck_validating=1"});
  const auto missing = world.resolve("1", {"--adopt", "batch_nobodys"});
  CHECK(missing.exit_code == 2);
  CHECK(holds(missing.err, "acme has no batch batch_nobodys"));
  const auto theirs = world.plant({{"batchd_run", "01jd0000000000000000000001"}, {"batchd_shard", "1"}}, "x.jsonl");
  const auto other_run = world.resolve("1", {"--adopt", theirs.id});
  CHECK(other_run.exit_code == 2);
  CHECK(holds(other_run.err, "it says that it is of run 01jd0000000000000000000001"));
  const auto foreign = world.plant({{"team", "search"}}, "x.jsonl");
  CHECK(holds(world.resolve("1", {"--adopt", foreign.id}).err, "it was made of the file " + foreign.input_file_id));
  CHECK(world.run({"resume", "tickets"}).exit_code == 1);  // still in doubt
}

TEST_CASE("--resubmit wants a yes, and sends once more however often it is said") {
  Doubtful world;
  world.restart({"no_lists=1"});
  const auto unasked = world.resolve("1", {"--resubmit"});
  CHECK(unasked.exit_code == 2);
  CHECK(holds(unasked.err, "add --yes"));
  CHECK(world.batches_made() == 1);
  const auto sent = world.resolve("1", {"--resubmit", "--yes"});
  CAPTURE(sent.err);
  CHECK(sent.exit_code == 0);
  CHECK(holds(sent.err, "submission 1 is taken for never arrived"));
  CHECK(world.batches_made() == 4);
  const auto again = world.resolve("1", {"--resubmit", "--yes"});
  CHECK(again.exit_code == 0);
  CHECK(holds(again.err, "nothing is changed"));
  CHECK(world.batches_made() == 4);
}

TEST_CASE("--fail: the shard's items fail with what the provider said, the others go on") {
  Doubtful world;
  world.restart({"no_lists=1"});
  const auto failed = world.resolve("1", {"--fail"});
  CAPTURE(failed.err);
  CHECK(failed.exit_code == 3);
  CHECK(world.batches_made() == 3);
  const auto items = world.run({"items", "tickets", "--status", "failed"});
  CHECK(holds(items.out, "tickets-1"));
  CHECK(holds(world.run({"results", "tickets"}).out, "cannot say what became of submission 1"));
  CHECK(world.run({"verify", "tickets"}).exit_code == 0);
  const auto again = world.resolve("1", {"--fail"});
  CHECK(again.exit_code == 3);
  CHECK(holds(again.err, "nothing is changed"));
}

TEST_CASE("bug: what a person gave up by --fail was a bad_request, which not even a person could ask again") {
  Doubtful world;
  world.restart({"no_lists=1"});
  REQUIRE(world.resolve("1", {"--fail"}).exit_code == 3);
  CHECK(holds(world.run({"items", "tickets", "--reason", "cancelled"}).out, "tickets-1"));
  CHECK(world.batches_made() == 3);
  CHECK(world.run({"retry", "tickets"}).exit_code == 0);
  CHECK(world.batches_made() == 4);
  CHECK(world.run({"verify", "tickets"}).exit_code == 0);
}

TEST_CASE("resolve says what it wants to know, and refuses where there is nothing to settle") {
  Doubtful world;
  CHECK(world.resolve("1", {}).exit_code == 2);
  CHECK(holds(world.resolve("1", {"--fail", "--resubmit"}).err, "exclude each other"));
  const auto planned = world.resolve("2", {"--fail"});
  CHECK(planned.exit_code == 2);
  CHECK(holds(planned.err, "there is nothing to resolve of shard 2: no submission of it is in doubt"));
  CHECK(holds(planned.err, "batchd resume " + world.id));
  CHECK(holds(world.resolve("9", {"--fail"}).err, "has no shard 9"));
  CHECK(world.resolve("0", {"--fail"}).exit_code == 2);
}

TEST_CASE("a process that works on the run takes up what a person says") {
  Account world(silent);
  world.write_job("tickets", 8);
  Program driver(world.folder.path(), {"run", "tickets.yaml"});
  REQUIRE(driver.has_said("cannot say what became of submission"));
  CHECK(driver.finish().exit_code == 1);
  const auto id = world.newest_run();
  world.restart({"no_lists=1", "stuck_finalizing=1"});
  Program living(world.folder.path(), {"resolve", id, "1", "--resubmit", "--yes"});
  REQUIRE(living.has_said("shard 1: Submitted"));
  const auto handed = world.run({"resolve", id, "2", "--resubmit", "--yes"});
  CHECK(handed.exit_code == 0);
  CHECK(holds(handed.err, fmt::format("Process {} works on run {} and takes it up", living.pid(), id)));
  CHECK(living.has_said("shard 2: Submitted"));
  const auto adopted = world.run({"resolve", id, "3", "--adopt", world.made_batches("3").front()});
  CHECK(adopted.exit_code == 0);
  CHECK(living.has_said("shard 3: Adopted"));
  CHECK(world.batches_made() == 5);
}

TEST_SUITE_END();

}  // namespace
}  // namespace batchd::cli
