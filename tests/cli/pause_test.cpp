// pause and unpause, against `batchd simulate` as a server.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/account.hpp"

namespace batchd::cli {
namespace {

using test::Account;
using test::holds;
using test::Program;

TEST_SUITE_BEGIN("account");

TEST_CASE("a paused job submits nothing more, its process waits, and unpause lets it go on") {
  const Account account;
  CHECK(account.run({"run", "tickets.yaml", "--limit", "1"}).exit_code == 0);  // so that the job is known
  CHECK(account.batches_made() == 1);
  const auto paused = account.run({"pause", "tickets"});
  CHECK(paused.exit_code == 0);
  CHECK(holds(paused.err, "Paused the job tickets"));
  CHECK(holds(paused.err, "batchd unpause tickets"));

  Program driver(account.folder.path(), {"run", "tickets.yaml"});
  REQUIRE(driver.has_said("waiting for paused since"));
  CHECK(account.batches_made() == 1);
  const auto status = account.run({"status", "tickets"});
  CHECK(holds(status.out, "`batchd pause tickets` holds back 3 shards"));
  CHECK(holds(status.out, fmt::format("Process {} is working on it", driver.pid())));
  CHECK(holds(account.run({"status", "tickets", "--json"}).out, R"("for":"paused")"));

  const auto unpaused = account.run({"unpause", "tickets"});
  CHECK(unpaused.exit_code == 0);
  CHECK(holds(unpaused.err, fmt::format("Process {} goes on", driver.pid())));
  CHECK(driver.finish().exit_code == 0);
  CHECK(account.batches_made() == 4);
}

TEST_CASE("a pause reaches a process that works: what is in flight goes on, the rest waits, and it can be cancelled") {
  const Account account({"stuck_finalizing=1"});
  Program driver(account.folder.path(), {"run", "tickets.yaml"});
  REQUIRE(driver.has_said("Submitted"));
  CHECK(holds(account.run({"pause", "tickets"}).err, fmt::format("Process {} works on run", driver.pid())));
  REQUIRE(driver.has_said("waiting for paused since"));
  CHECK(account.batches_made() == 1);
  CHECK(account.run({"cancel", "tickets"}).exit_code == 0);  // a paused run can be given up
  CHECK(driver.finish().exit_code == 5);
  CHECK(account.batches_made() == 1);
}

TEST_CASE("run --no-wait of a paused job comes back, and says what is held back") {
  const Account account;
  CHECK(account.run({"pause", "--provider", "acme"}).exit_code == 0);  // before anything has run
  const auto begun = account.run({"run", "tickets.yaml", "--no-wait"});
  CHECK(begun.exit_code == 0);
  CHECK(holds(begun.err, "not all is submitted: `batchd pause --provider acme` holds back 3 shards"));
  CHECK(begun.out.size() > 20);  // the run's id
  CHECK(account.batches_made() == 0);
  const auto status = account.run({"status", "tickets"}).out;
  CHECK(holds(status, "It is paused since"));
  CHECK(holds(status, "`batchd unpause --provider acme`"));
  CHECK(holds(account.run({"unpause", "--provider", "acme"}).err, "`batchd resume "));
  CHECK(account.run({"resume", "tickets"}).exit_code == 0);
}

TEST_CASE("bug: a job could not be paused before its first run") {
  const Account account;
  const auto paused = account.run({"pause", "tickets"});
  CHECK(paused.exit_code == 0);
  CHECK(holds(paused.err, "No run of tickets is known here yet"));
  CHECK(account.run({"run", "tickets.yaml", "--no-wait"}).exit_code == 0);
  CHECK(account.batches_made() == 0);
  CHECK(account.run({"pause", "tickts"}).exit_code == 2);     // a slip is none
  CHECK(account.run({"pause", "01jd00000"}).exit_code == 2);  // nor a run of elsewhere
  CHECK(account.run({"pause", "a job/1"}).exit_code == 2);
  CHECK(account.run({"unpause", "tickets"}).exit_code == 0);
  CHECK(account.run({"resume", "tickets"}).exit_code == 0);
  CHECK(account.batches_made() == 3);
}

TEST_CASE("pausing twice and unpausing what is not paused change nothing and say so") {
  const Account account;
  CHECK(account.run({"run", "tickets.yaml"}).exit_code == 0);
  CHECK(holds(account.run({"unpause", "tickets"}).err, "The job tickets is not paused; nothing is changed."));
  CHECK(account.run({"pause", "tickets"}).exit_code == 0);
  const auto again = account.run({"pause", "tickets"});
  CHECK(again.exit_code == 0);
  CHECK(holds(again.err, "The job tickets is paused already, since "));
  CHECK(holds(account.run({"pause", "tickets", "--json"}).out, R"("changed":false)"));
  CHECK(account.run({"unpause", "tickets"}).exit_code == 0);
  CHECK(holds(account.run({"unpause", "tickets"}).err, "is not paused"));
  CHECK(holds(account.run({"pause", account.newest_run()}).err, "there is nothing to pause"));
}

TEST_CASE("pause alone lists what is paused") {
  const Account account;
  CHECK(holds(account.run({"pause"}).err, "Nothing is paused."));
  CHECK(account.run({"pause", "--provider", "acme"}).exit_code == 0);
  CHECK(account.run({"run", "tickets.yaml", "--no-wait"}).exit_code == 0);
  const auto run = account.newest_run();
  CHECK(account.run({"pause", run}).exit_code == 0);
  const auto listed = account.run({"pause"}).out;
  CHECK(holds(listed, "provider acme  paused since "));
  CHECK(holds(listed, "1 unfinished run  batchd unpause --provider acme"));
  CHECK(holds(listed, "run " + run + "  paused since "));
  const auto json = account.run({"pause", "--json"}).out;
  CHECK(holds(json, R"("of":"provider","name":"acme")"));
  CHECK(holds(json, R"("of":"run","name":")" + run));
  // What one pause lets go another may hold.
  CHECK(holds(account.run({"unpause", run.substr(0, 12)}).err, "stays paused by the provider acme"));
  CHECK(account.run({"unpause"}).exit_code == 2);
  CHECK(account.run({"pause", "tickets", "--provider", "acme"}).exit_code == 2);
  CHECK(account.run({"pause", "--provider", "acne"}).exit_code == 2);
  CHECK(account.run({"pause", "tickts"}).exit_code == 2);
}

TEST_SUITE_END();

}  // namespace
}  // namespace batchd::cli
