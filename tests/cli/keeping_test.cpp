// backup, the way back from it, and prune: on the real program, beside a provider's account.

#include <csignal>

#include <doctest/doctest.h>

#include "cli/account.hpp"

namespace batchd::cli {
namespace {

using test::Account;
using test::holds;
using test::Program;

// As the help of `backup` has it.
void put_back(const Account& account, const std::string& copy) {
  for (const char* name : {"batchd.db", "batchd.db-wal", "batchd.db-shm"})
    std::filesystem::remove(account.folder / "state" / name);
  std::filesystem::rename(account.folder / copy, account.folder / "state/batchd.db");
}

void keep_for(const Account& account, const std::string& retention) {
  account.folder.write("batchd.yaml", account.folder.read("batchd.yaml") + "\nretention: " + retention + "\n");
}

}  // namespace

TEST_SUITE_BEGIN("account");

TEST_CASE("a state put back from a backup submits nothing until a person has looked, and nothing is paid twice") {
  const Account account({"slow_ms=50"});
  {
    Program running(account.folder.path(), {"run", "tickets.yaml"});
    REQUIRE(running.has_said("Submitted"));
    const auto backup = account.run({"backup", "copy.db"});
    CHECK_MESSAGE(backup.exit_code == 0, backup.err);
    CHECK(holds(backup.err, "not the files in spool/ and answers/"));
    CHECK(running.finish().exit_code == 0);
  }
  REQUIRE(account.batches_made() == 3);
  const auto run = account.newest_run();

  put_back(account, "copy.db");
  CHECK(holds(account.run({"pause"}).out, "job tickets"));
  {
    Program resumed(account.folder.path(), {"resume", run});
    REQUIRE(resumed.has_said("paused"));
    resumed.send(SIGTERM);
    (void)resumed.finish();
  }
  CHECK(account.batches_made() == 3);

  const auto adopted = account.run({"doctor", "--adopt", "--yes"});
  CHECK_MESSAGE(holds(adopted.out + adopted.err, "dopted"), (adopted.out + adopted.err));
  CHECK(account.run({"unpause", "tickets"}).exit_code == 0);
  const auto ended = account.run({"resume", run});
  CHECK_MESSAGE(ended.exit_code == 0, ended.err);
  CHECK(account.batches_made() == 3);
  const auto verified = account.run({"verify", run});
  CHECK_MESSAGE(verified.exit_code == 0, (verified.out + verified.err));
}

TEST_CASE("a backup overwrites nothing") {
  const Account account;
  CHECK(account.run({"run", "tickets.yaml"}).exit_code == 0);
  account.folder.write("copy.db", "mine");
  CHECK(account.run({"backup", "copy.db"}).exit_code == 2);
  CHECK(account.folder.read("copy.db") == "mine");
}

TEST_CASE("prune -n says what would go and deletes nothing; prune deletes it; without a retention everything stays") {
  const Account account;
  CHECK(account.run({"run", "tickets.yaml"}).exit_code == 0);
  const auto run = account.newest_run();
  const auto spool = account.folder / ("state/spool/" + run);
  const auto answers = account.folder / ("state/answers/" + run);
  CHECK(account.run({"prune"}).exit_code == 0);
  CHECK(path_exists(spool));

  keep_for(account, "{requests: 1ms, answers: 14d}");
  const auto looked = account.run({"prune", "-n"});
  CHECK(looked.exit_code == 0);
  CHECK(holds(looked.out, run));
  CHECK(holds(looked.err, "Would free"));
  CHECK(path_exists(spool));
  CHECK(account.run({"verify", run}).exit_code == 0);

  const auto pruned = account.run({"prune"});
  CHECK_MESSAGE(pruned.exit_code == 0, pruned.err);
  CHECK_FALSE(path_exists(spool));
  CHECK(path_exists(answers));
  CHECK(path_exists(account.folder / "out/tickets/latest/results.jsonl"));
  CHECK(holds(account.run({"log", run}).out, "deleted"));
  const auto verified = account.run({"verify", run});
  CHECK(verified.exit_code == 2);
  CHECK(holds(verified.err, "can no longer be verified"));
  CHECK(account.run({"results", run}).exit_code == 0);
  CHECK(account.run({"prune"}).out.empty());
}

TEST_CASE("a run whose requests were pruned is not opened again by retry, and stays over") {
  const Account account({"missing_lines=0.5"});
  CHECK(account.run({"run", "tickets.yaml"}).exit_code == 3);
  const auto run = account.newest_run();
  keep_for(account, "{requests: 1ms}");
  CHECK(account.run({"prune"}).exit_code == 0);
  const auto made = account.batches_made();
  const auto retried = account.run({"retry", run});
  CHECK(retried.exit_code == 2);
  CHECK(holds(retried.err, "cannot be asked again"));
  CHECK(account.batches_made() == made);
  CHECK(holds(account.run({"runs", "--json"}).out, "\"failed\""));
}

TEST_CASE("bug: results of a run without answers glued two sentences, and the second was about a file") {
  const Account account;
  CHECK(account.run({"run", "tickets.yaml"}).exit_code == 0);
  const auto run = account.newest_run();
  keep_for(account, "{requests: 1ms, answers: 1ms}");
  CHECK(account.run({"prune"}).exit_code == 0);
  const auto results = account.run({"results", run});
  CHECK(results.exit_code == 2);
  CHECK(holds(results.err, "`batchd prune` deleted what run " + run + " was made of at 20"));
  CHECK(holds(results.err, "its results remain as they were published: "));
  CHECK_FALSE(holds(results.err, "cannot open"));
}

TEST_CASE("what prune keeps for reuse is not paid again, and what it is told to delete is") {
  const Account account;
  account.folder.write("tickets.yaml", account.folder.read("tickets.yaml") + "reuse: true\n");
  CHECK(account.run({"run", "tickets.yaml"}).exit_code == 0);
  const auto run = account.newest_run();
  keep_for(account, "{requests: 1ms, answers: 1ms}");
  const auto kept = account.run({"prune"});
  CHECK(holds(kept.err, "--reusable"));
  CHECK(path_exists(account.folder / ("state/answers/" + run)));
  CHECK(account.run({"run", "tickets.yaml", "--new"}).exit_code == 0);
  CHECK(account.batches_made() == 3);
  CHECK(account.run({"prune", "--reusable"}).exit_code == 0);
  CHECK_FALSE(path_exists(account.folder / ("state/answers/" + run)));
}

TEST_CASE(
    "a run whose record was pruned is still known: the same command says so, with its exit code, and asks nobody") {
  const Account account({"missing_lines=0.5"});
  CHECK(account.run({"run", "tickets.yaml"}).exit_code == 3);
  const auto run = account.newest_run();
  const auto made = account.batches_made();
  keep_for(account, "{ledger: 1ms}");
  const auto looked = account.run({"prune", "-n"});
  CHECK_MESSAGE(holds(looked.out, "its record"), looked.out);
  CHECK(account.run({"status", run}).exit_code == 0);
  const auto pruned = account.run({"prune"});
  CHECK_MESSAGE(pruned.exit_code == 0, pruned.err);
  CHECK_FALSE(path_exists(account.folder / ("state/spool/" + run)));
  CHECK_FALSE(path_exists(account.folder / ("state/answers/" + run)));
  CHECK(path_exists(account.folder / "out/tickets/latest/results.jsonl"));

  const auto again = account.run({"run", "tickets.yaml"});
  CHECK_MESSAGE(again.exit_code == 3, again.err);
  CHECK(holds(again.err, "record was pruned"));
  CHECK(holds(again.err, "out/tickets/" + run));
  CHECK(holds(again.err, "--new asks again"));
  CHECK(account.batches_made() == made);
  for (const char* command : {"status", "log", "verify", "results", "items", "retry", "resume"}) {
    CAPTURE(command);
    const auto told = account.run({command, run});
    CHECK(told.exit_code != 0);
    CHECK_MESSAGE(holds(told.err, "its record was pruned"), told.err);
    CHECK(holds(account.run({command, "tickets"}).err, "its record was pruned"));
  }
  CHECK(account.run({"runs"}).out.empty());
  CHECK(account.run({"prune"}).out.empty());

  CHECK(account.run({"run", "tickets.yaml", "--new"}).exit_code == 3);
  CHECK(account.batches_made() == 2 * made);
  const auto second = account.newest_run();
  CHECK(account.run({"prune"}).exit_code == 0);
  CHECK(holds(account.run({"run", "tickets.yaml"}).err, second));  // what --new made is this command's run, too
  CHECK(account.batches_made() == 2 * made);
}

TEST_CASE("a key of one's own whose record was pruned is not asked again either") {
  const Account account;
  CHECK(account.run({"run", "tickets.yaml", "--key", "monday"}).exit_code == 0);
  const auto made = account.batches_made();
  keep_for(account, "{ledger: 1ms}");
  CHECK(account.run({"prune"}).exit_code == 0);
  const auto again = account.run({"run", "tickets.yaml", "--key", "monday"});
  CHECK(again.exit_code == 0);
  CHECK(holds(again.err, "another --key asks again"));
  CHECK(holds(account.run({"status", "tickets@monday"}).err, "its record was pruned"));
  CHECK(account.batches_made() == made);
  CHECK(account.run({"run", "tickets.yaml", "--key", "tuesday"}).exit_code == 0);
  CHECK(account.batches_made() == 2 * made);
}

TEST_SUITE_END();

}  // namespace batchd::cli
