// A state directory that was put back, or lost, as the daemon and `run --adopt` meet it.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/served.hpp"
#include "core/store/store.hpp"

namespace batchd::cli {
namespace {

using test::Account;
using test::holds;
using test::lost_run;
using test::Served;

constexpr const char* hourly = "schedule: {cron: \"0 * * * *\", catch_up: latest}\n";

// As if a daemon had followed the schedule until two hours ago.
void watch_since_two_hours(const Account& account) {
  auto store = store::Store::open(account.folder.path() / "state/batchd.db", store::Mode::read_write);
  REQUIRE(store.ok());
  const auto now = SystemClock().now();
  const model::DueRun watched{"tickets", now - std::chrono::hours(2), model::DueFate::watched, "", now};
  REQUIRE((*store)->note_due_run(watched).ok());
}

TEST_SUITE_BEGIN("account");

TEST_CASE("a due time is not begun while the account holds answers that may be its own, and nobody is paid twice") {
  Account account;
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  account.folder.write("tickets.yaml", account.folder.read("tickets.yaml") + hourly);
  std::string why = "this state directory does not know all runs of tickets, and acme holds 1 answers of a run";
  SUBCASE("the state is as it was") {}
  SUBCASE("the state was put back from a backup") {
    CHECK(account.run({"backup", "copy.db"}).exit_code == 0);
    account.put_back("copy.db");
    CHECK(account.run({"unpause", "tickets"}).exit_code == 0);
    why = "this state directory was put back from a backup of ";
  }
  watch_since_two_hours(account);
  account.wait_until_over(account.plant_lost().id);
  const auto made = account.batches_made();

  Served daemon(account);
  REQUIRE(daemon.program().has_said("a due run cannot be begun"));
  const auto page = daemon.get("/jobs/tickets").body;
  CAPTURE(page);
  CHECK(holds(page, "refused"));
  CHECK(holds(page, why));
  CHECK(holds(page, std::string(lost_run)));
  CHECK(account.batches_made() == made);
}

TEST_CASE("a run with reuse is adopted: what it had copied is copied again, and the rest is collected for nothing") {
  const Account account;
  account.folder.write("tickets.yaml", account.folder.read("tickets.yaml") + "reuse: true\n");
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  CHECK(account.run({"backup", "copy.db"}).exit_code == 0);
  account.folder.write("tickets.jsonl", account.folder.read("tickets.jsonl") + "{\"id\":\"of the next day\"}\n");
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  REQUIRE(account.batches_made() == 4);
  const auto run = account.newest_run();
  account.put_back("copy.db");
  CHECK(account.run({"unpause", "tickets"}).exit_code == 0);

  const auto adopted = account.run({"run", "tickets.yaml", "--adopt", run});
  CAPTURE(adopted.err);
  CHECK(adopted.exit_code == 0);
  CHECK(account.batches_made() == 4);
  CHECK(account.run({"verify", run}).exit_code == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace batchd::cli
