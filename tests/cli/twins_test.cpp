// A run beside an unfinished one of its job: `--new` takes its place, and what it is being asked is waited for.
// Against `batchd simulate` as a server.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/account.hpp"

namespace batchd::cli {
namespace {

using test::Account;
using test::holds;
using test::Program;

const test::Words reusing{"--set", "reuse=true"};

test::Words with(test::Words words, const test::Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST_SUITE_BEGIN("account");

TEST_CASE("--new waits for what the unfinished run has in flight, reuses it, and asks only the rest") {
  const Account account;
  const auto begun = account.run(with({"run", "tickets.yaml", "--no-wait"}, reusing));  // one batch of three
  REQUIRE(begun.exit_code == 0);
  REQUIRE(account.batches_made() == 1);
  const auto old_run = account.newest_run();

  const auto anew = account.run(with({"run", "tickets.yaml", "--new"}, reusing));
  CHECK(anew.exit_code == 0);
  CHECK(holds(anew.err, fmt::format("20 of these requests are being asked by run {}", old_run)));
  CHECK(holds(anew.err, "(8 reused)"));
  CHECK(account.batches_made() == 3);  // nobody was asked twice
  const auto ended = account.run({"status", old_run});
  CHECK(holds(ended.out, "It was cancelled by operator"));
  CHECK(holds(ended.out, "8 of 20 items succeeded"));
  CHECK(account.run({"verify", old_run}).exit_code == 0);
  CHECK(account.run({"verify", account.newest_run()}).exit_code == 0);
}

TEST_CASE("under another key the unfinished run is brought to its end first, and then everything is reused") {
  const Account account;
  REQUIRE(account.run(with({"run", "tickets.yaml", "--key", "monday", "--no-wait"}, reusing)).exit_code == 0);
  const auto monday = account.newest_run();
  const auto tuesday = account.run(with({"run", "tickets.yaml", "--key", "tuesday"}, reusing));
  CHECK(tuesday.exit_code == 0);
  CHECK(holds(tuesday.err, "it is brought to its end first"));
  CHECK(holds(tuesday.err, "(20 reused)"));
  CHECK(account.batches_made() == 3);
  CHECK(holds(account.run({"status", monday}).out, "It succeeded"));
}

TEST_CASE("a run that a living process has is waited for, and that sees that its place is taken") {
  const Account account({"slow_ms=300"});
  Program first(account.folder.path(), with({"run", "tickets.yaml"}, reusing));
  REQUIRE(first.has_said("Submitted"));
  Program second(account.folder.path(), with({"run", "tickets.yaml", "--new"}, reusing));
  REQUIRE(second.has_said(fmt::format("Waiting: process {} on ", first.pid())));
  const auto ended = first.finish();
  CHECK(holds(ended.err, "Another run takes its place"));
  CHECK(ended.exit_code == 5);
  CHECK(second.finish().exit_code == 0);
  CHECK(account.batches_made() == 3);
}

TEST_CASE("who does not wait is told what is being asked, and nothing is sent") {
  const Account account;
  REQUIRE(account.run(with({"run", "tickets.yaml", "--no-wait"}, reusing)).exit_code == 0);
  const auto refused = account.run(with({"run", "tickets.yaml", "--new", "--no-wait"}, reusing));
  CHECK(refused.exit_code == 2);
  CHECK(holds(refused.err, "would be paid twice; nothing was sent"));
  CHECK(holds(refused.err, "`batchd cancel " + account.newest_run() + "`"));
  CHECK(account.batches_made() == 1);
  CHECK(account.run({"resume", "tickets"}).exit_code == 0);  // it keeps its place
  CHECK(account.batches_made() == 3);
}

TEST_CASE(
    "--new with other questions begins at once; of the old run nothing more is submitted, and resume collects it") {
  const Account account({"stuck_finalizing=1"});
  REQUIRE(account.run({"run", "tickets.yaml", "--no-wait"}).exit_code == 0);
  const auto old_run = account.newest_run();
  const auto beside = account.run({"run", "tickets.yaml", "--new", "--no-wait", "--set", "request.temperature=1"});
  CHECK(beside.exit_code == 0);
  CHECK(holds(beside.err, fmt::format("takes the place of {}: nothing more of that is submitted", old_run)));
  CHECK(holds(account.run({"status", old_run}).out, "another run has taken its place"));
  REQUIRE(account.batches_made() == 2);
  Program resumed(account.folder.path(), {"resume", old_run});
  REQUIRE(resumed.has_said("accounted for"));              // what was never sent
  CHECK(account.run({"cancel", old_run}).exit_code == 0);  // wider: its batch, too
  CHECK(resumed.finish().exit_code == 5);
  CHECK(account.batches_made() == 2);
}

TEST_CASE("a run whose place was taken is in no later question's way") {
  const Account account({"stuck_finalizing=1"});
  REQUIRE(account.run({"run", "tickets.yaml", "--no-wait"}).exit_code == 0);
  REQUIRE(account.run({"run", "tickets.yaml", "--new", "--no-wait", "--set", "request.temperature=1"}).exit_code == 0);
  REQUIRE(account.run({"cancel", account.newest_run()}).exit_code == 0);
  CHECK(account.run({"run", "tickets.yaml", "--no-wait", "--set", "request.temperature=0.5"}).exit_code == 0);
}

TEST_CASE("of two runs begun at once under keys of their own the one waits for the other's answers") {
  const Account account;
  Program first(account.folder.path(), with({"run", "tickets.yaml", "--key", "a"}, reusing));
  Program second(account.folder.path(), with({"run", "tickets.yaml", "--key", "b"}, reusing));
  CHECK(first.finish().exit_code == 0);
  CHECK(second.finish().exit_code == 0);
  CHECK(account.batches_made() == 3);
}

TEST_CASE("after --new the plain command means the run that it has begun, unfinished and finished") {
  const Account account({"stuck_finalizing=1"});
  REQUIRE(account.run({"run", "tickets.yaml", "--no-wait"}).exit_code == 0);
  const auto old_run = account.newest_run();
  REQUIRE(account.run({"run", "tickets.yaml", "--new", "--no-wait"}).exit_code == 0);
  const auto new_run = account.newest_run();
  REQUIRE(new_run != old_run);
  const auto resumed = account.run({"run", "tickets.yaml", "--no-wait"});
  CHECK(resumed.exit_code == 0);
  CHECK(holds(resumed.out, new_run));
  CHECK_FALSE(holds(resumed.err, "the job has changed since"));
  CHECK(account.run({"cancel", new_run}).exit_code == 0);
  const auto shown = account.run({"run", "tickets.yaml"});
  CHECK(shown.exit_code == 5);
  CHECK(holds(shown.err, new_run));
}

TEST_SUITE_END();

}  // namespace
}  // namespace batchd::cli
