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

// To copy.db, which was backed up before.
void go_back(const Account& account) {
  account.put_back("copy.db");
  CHECK(account.run({"unpause", "tickets"}).exit_code == 0);
}

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
    go_back(account);
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
  const auto status = account.run({"status"});
  CHECK(holds(status.err + status.out, "and was not begun: "));
}

TEST_CASE("bug: a night that --new was said in spite of was begun again by its own key") {
  const Account account;
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  CHECK(account.run({"backup", "copy.db"}).exit_code == 0);
  const http::Headers own_key{{"Idempotency-Key", "order-17"}};
  account.folder.write("tickets.jsonl", "{\"id\":\"of the night\"}\n");
  std::string lost;
  {
    Served daemon(account);
    lost = daemon.begin("tickets", own_key);
    CHECK(daemon.wait_for(lost) == "succeeded");
  }
  go_back(account);
  const auto of_the_night = account.folder.read("tickets.jsonl");
  account.folder.write("tickets.jsonl", "{\"id\":\"of the next day\"}\n");
  REQUIRE(account.run({"run", "tickets.yaml", "--new"}).exit_code == 0);
  const auto made = account.batches_made();

  account.folder.write("tickets.jsonl", of_the_night);
  {
    Served daemon(account);
    const auto again = daemon.begin("tickets", own_key);
    REQUIRE(daemon.program().has_said("a run cannot be begun"));
    const auto why = daemon.get("/api/v1/runs/" + again).body;
    CAPTURE(why);
    CHECK(holds(why, "this very run is at acme already, as run " + lost));
    CHECK(account.batches_made() == made);
    CHECK(holds(why, "--adopt " + lost));
    auto headers = own_key;
    headers.set("Content-Type", "application/json");
    const auto anew = daemon.send(http::Method::post, "/api/v1/jobs/tickets/runs", headers, R"({"new":true})");
    const auto id = daemon.text_at(anew, "/id");
    REQUIRE(daemon.program().has_said(id));  // it cannot be begun
    CHECK(holds(daemon.get("/api/v1/runs/" + id).body, "this very run is at acme already"));
    CHECK(account.batches_made() == made);
  }
  // With the words of the message it is there again, for nothing.
  CHECK(account.run({"run", "tickets.yaml", "--adopt", lost}).exit_code == 0);
  CHECK(account.batches_made() == made);
  Served daemon(account);
  CHECK(daemon.begin("tickets", own_key) == lost);
}

TEST_CASE("bug: rows that were answered before a state directory was lost were asked again after --new on others") {
  const Account account;
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  const auto lost = account.newest_run();
  std::filesystem::remove_all(account.folder.path() / "state");
  const auto rows = account.folder.read("tickets.jsonl");
  account.folder.write("tickets.jsonl", "{\"id\":\"of the next day\"}\n");
  REQUIRE(account.run({"run", "tickets.yaml", "--new"}).exit_code == 0);
  account.folder.write("tickets.jsonl", rows);
  const auto refused = account.run({"run", "tickets.yaml"});
  CAPTURE(refused.err);
  CHECK(refused.exit_code == 2);
  CHECK(holds(refused.err, "this very run is at acme already, as run " + lost + " of tickets (3 batches, 20 answers"));
  CHECK(holds(refused.err, "batchd run tickets.yaml --adopt " + lost));
  CHECK(account.batches_made() == 4);
  CHECK(account.run({"run", "tickets.yaml", "--adopt", lost}).exit_code == 0);
  CHECK(account.batches_made() == 4);
}

// Two nights that the copy has not seen, each with rows of its own behind those of the one before. Their runs.
std::pair<std::string, std::string> two_unseen_nights(const Account& account) {
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  CHECK(account.run({"backup", "copy.db"}).exit_code == 0);
  std::string runs[2];
  for (int night = 0; night < 2; ++night) {
    const auto rows = account.folder.read("tickets.jsonl");
    account.folder.write("tickets.jsonl", fmt::format("{}{{\"id\":\"of night {}\"}}\n", rows, night));
    account.folder.write(fmt::format("night-{}", night), account.folder.read("tickets.jsonl"));
    REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
    runs[night] = account.newest_run();
  }
  go_back(account);
  return {runs[0], runs[1]};
}

TEST_CASE(
    "bug: --adopt on rows that were not all the run's took over a part of it, and left the rest to be paid again") {
  const Account account;
  const auto [first, second] = two_unseen_nights(account);
  const auto made = account.batches_made();
  for (const auto& rows : {account.folder.read("night-0"), account.folder.read("night-0").substr(0, 200)}) {
    CAPTURE(rows);
    account.folder.write("tickets.jsonl", rows.substr(0, rows.rfind('\n') + 1));
    const auto refused = account.run({"run", "tickets.yaml", "--adopt", second});
    CAPTURE(refused.err);
    CHECK(refused.exit_code == 2);
    CHECK(holds(refused.err, "run " + second + " was asked something else"));
    CHECK_FALSE(holds(account.run({"runs"}).out, second));
  }
  account.folder.write("tickets.jsonl", account.folder.read("night-1"));
  CHECK(account.run({"run", "tickets.yaml", "--adopt", second}).exit_code == 0);
  account.folder.write("tickets.jsonl", account.folder.read("night-0"));
  CHECK(account.run({"run", "tickets.yaml", "--adopt", first}).exit_code == 0);
  CHECK(account.batches_made() == made);
}

TEST_CASE("bug: a run with a key of its own was adopted on more rows than it had, and these were paid") {
  const Account account;
  REQUIRE(account.run({"run", "tickets.yaml", "--key", "K1"}).exit_code == 0);
  const auto lost = account.newest_run();
  std::filesystem::remove_all(account.folder.path() / "state");
  const auto rows = account.folder.read("tickets.jsonl");
  account.folder.write("tickets.jsonl", rows + "{\"id\":\"one more\"}\n");
  const auto refused = account.run({"run", "tickets.yaml", "--adopt", lost});
  CAPTURE(refused.err);
  CHECK(refused.exit_code == 2);
  CHECK(holds(refused.err, "nothing was adopted, and nothing was sent"));
  account.folder.write("tickets.jsonl", rows);
  CHECK(account.run({"run", "tickets.yaml", "--adopt", lost}).exit_code == 0);
  CHECK(account.batches_made() == 3);
}

TEST_CASE("bug: a shard that had been reused whole was sent, when a run was adopted before the one it had reused") {
  const Account account;
  account.folder.write("tickets.yaml", account.folder.read("tickets.yaml") + "reuse: true\n");
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  CHECK(account.run({"backup", "copy.db"}).exit_code == 0);
  std::string rows = account.folder.read("tickets.jsonl");
  std::string runs[2];
  for (int night = 0; night < 2; ++night) {  // the eight rows of a shard are others
    for (int row = 8 * night + 1; row <= 8 * night + 8; ++row) {
      const auto old = fmt::format("\"tickets-{}\"", row);
      rows.replace(rows.find(old), old.size(), fmt::format("\"changed-{}\"", row));
    }
    account.folder.write("tickets.jsonl", rows);
    REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
    runs[night] = account.newest_run();
  }
  const auto made = account.batches_made();
  go_back(account);
  const auto refused = account.run({"run", "tickets.yaml", "--adopt", runs[1]});
  CAPTURE(refused.err);
  CHECK(refused.exit_code == 2);
  CHECK(holds(refused.err, "its run had 8 items to ask, and this one has 16"));
  CHECK(account.batches_made() == made);
}

TEST_CASE("bug: with reuse the night whose answers another had reused had to come first, and nobody said so") {
  const Account account;
  account.folder.write("tickets.yaml", account.folder.read("tickets.yaml") + "reuse: true\n");
  const auto [first, second] = two_unseen_nights(account);
  const auto made = account.batches_made();
  const auto named = account.run({"run", "tickets.yaml"});
  CAPTURE(named.err);
  CHECK(named.exit_code == 2);
  CHECK(holds(named.err, "this very run is at acme already, as run " + second));
  CHECK(holds(named.err, "(first, with their rows, those whose answers it reused: " + first + ")"));
  const auto refused = account.run({"run", "tickets.yaml", "--adopt", second});
  CAPTURE(refused.err);
  CHECK(refused.exit_code == 2);
  CHECK(holds(refused.err, "nothing was adopted, and nothing was sent"));
  CHECK_FALSE(holds(account.run({"runs"}).out, second));

  account.folder.write("tickets.jsonl", account.folder.read("night-0"));
  CHECK(account.run({"run", "tickets.yaml", "--adopt", first}).exit_code == 0);
  account.folder.write("tickets.jsonl", account.folder.read("night-1"));
  CHECK(account.run({"run", "tickets.yaml", "--adopt", second}).exit_code == 0);
  CHECK(account.batches_made() == made);
}

TEST_CASE("bug: doctor --delete deleted paid answers that nobody had collected") {
  const Account account;
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  const auto lost = account.newest_run();
  std::filesystem::remove_all(account.folder.path() / "state");
  const auto cleaned = account.run({"doctor", "--provider", "acme", "--delete", "--yes"});
  CAPTURE(cleaned.out);
  CHECK(holds(cleaned.out, "3 files with paid answers of runs that are not known here stay"));
  CHECK(account.run({"run", "tickets.yaml", "--adopt", lost}).exit_code == 0);
  CHECK(account.batches_made() == 3);
  CHECK(account.run({"doctor", "--provider", "acme"}).exit_code == 0);
}

TEST_CASE("bug: a run that was known here already was said to have been begun by another process just now") {
  const Account account;
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  const auto run = account.newest_run();
  CHECK(account.run({"run", "tickets.yaml", "--adopt", run}).exit_code == 0);  // shown again
  const auto beside = account.run({"run", "tickets.yaml", "--adopt", run, "--new"});
  CHECK(beside.exit_code == 2);
  CHECK(holds(beside.err, "run " + run + " is known here already"));
  const auto renamed = account.run({"run", "tickets.yaml", "--adopt", run, "--key", "foo"});
  CHECK(renamed.exit_code == 2);
  CHECK(holds(renamed.err, "and not foo"));
  CHECK(account.batches_made() == 3);
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
  go_back(account);

  const auto adopted = account.run({"run", "tickets.yaml", "--adopt", run});
  CAPTURE(adopted.err);
  CHECK(adopted.exit_code == 0);
  CHECK(account.batches_made() == 4);
  CHECK(account.run({"verify", run}).exit_code == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace batchd::cli
