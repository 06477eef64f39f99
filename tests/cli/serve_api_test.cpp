// What the daemon's API and page say in the less usual cases.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/served.hpp"

namespace batchd::cli {
namespace {

using test::Account;
using test::holds;
using test::open_to_others;
using test::Served;
using test::token_of;

TEST_SUITE_BEGIN("account");

TEST_CASE("bug: of a pruned run an item's page and results.csv told which file cannot be opened") {
  const Account account;
  account.folder.write("batchd.yaml",
                       account.folder.read("batchd.yaml") + "retention: {requests: 1ms, answers: 1ms}\n");
  CHECK(account.run({"run", "tickets.yaml"}).exit_code == 0);
  CHECK(account.run({"prune"}).exit_code == 0);
  const auto run = account.newest_run();
  Served daemon(account);
  const auto item = daemon.get("/runs/" + run + "/items/7").body;
  CHECK(holds(item, "<code>batchd prune</code> deleted its row and its request and its answers at <time"));
  CHECK_FALSE(holds(item, "cannot open"));
  const auto page = daemon.get("/runs/" + run).body;
  CHECK_FALSE(holds(page, "/results.csv\""));
  CHECK(holds(page, "What was published remains"));
  const auto csv = daemon.get("/runs/" + run + "/results.csv");
  CHECK(csv.status == 404);
  CHECK(holds(csv.body, "deleted what run"));
  CHECK(daemon.get("/api/v1/runs/" + run + "/results").status == 200);
  std::filesystem::remove_all(account.folder / "out");
  const auto lost = daemon.get("/api/v1/runs/" + run + "/results");
  CHECK(lost.status == 404);
  CHECK(holds(lost.body, "`batchd prune` deleted what run"));
  CHECK(holds(lost.body, "`batchd status "));
}

TEST_CASE("bug: a run that had failed was said to wait, and a retry of nothing said nothing") {
  const Account account({"refused=1"});
  Served daemon(account);
  const auto run = daemon.begin("tickets");
  CHECK(daemon.wait_for(run) == "failed");
  CHECK(daemon.text_at(daemon.get("/api/v1/runs/" + run), "/standing/mood") == "failed");
  const auto retried = daemon.post("/api/v1/runs/" + run + "/retry");
  CHECK(retried.status == 200);
  CHECK(holds(daemon.text_at(retried, "/note"), "nothing of run " + run + " is to be asked again"));
  const auto cancelled = daemon.post("/api/v1/runs/" + run + "/cancel");
  CHECK(holds(daemon.text_at(cancelled, "/note"), "is over (failed): there is nothing to cancel"));
}

TEST_CASE("a run tells its shards by stage and its batches by state, and each shard on pages of its own") {
  const Account account;
  Served daemon(account);
  const auto run = daemon.begin("tickets");
  CHECK(daemon.wait_for(run) == "succeeded");
  const auto told = daemon.get("/api/v1/runs/" + run).body;
  CHECK(holds(told, R"("stages":{"collected":3},"batches":{"completed":3})"));
  CHECK_FALSE(holds(told, R"("shards":)"));
  const auto first = daemon.get("/api/v1/runs/" + run + "/shards?limit=2");
  CHECK(holds(first.body, R"("shards":[{"shard":1,"stage":"collected","lane":"batch","requests":8,"batch":"batch_)"));
  CHECK(daemon.text_at(first, "/next") == "2");
  const auto last = daemon.get("/api/v1/runs/" + run + "/shards?limit=2&after=2").body;
  CHECK(holds(last, R"("shards":[{"shard":3,)"));
  CHECK(holds(last, R"("next":null)"));
  CHECK(holds(daemon.get("/api/v1/runs/" + run + "/shards?limit=3").body, R"("next":null)"));  // they end there
  CHECK(daemon.get("/api/v1/runs/" + run + "/shards?after=x").status == 400);
  CHECK(holds(account.run({"status", run, "--json"}).out, R"("shards":[{"shard":1,)"));
}

TEST_CASE("bug: what a token had cancelled was cancelled by the operator") {
  const Account account({"stuck_finalizing=1"});
  open_to_others(account);
  const auto token = token_of(account, {"read", "run"});
  Served daemon(account);
  const auto run = daemon.begin("tickets", token);
  REQUIRE(daemon.program().has_said("Submitted"));
  CHECK(daemon.send(http::Method::post, "/api/v1/runs/" + run + "/cancel", token).status == 202);
  CHECK(daemon.wait_for(run, token) == "cancelled");
  const auto told = daemon.send(http::Method::get, "/api/v1/runs/" + run, token);
  CHECK(holds(daemon.text_at(told, "/standing/text"), "It was cancelled by token t-read-run "));
  CHECK(daemon.text_at(told, "/standing/mood") == "ended");
  CHECK(holds(account.run({"log", run}).out, "token t-read-run asked to cancel the run."));
  CHECK(holds(account.run({"status", run}).out, "cancelled by token t-read-run"));
}

TEST_CASE("a job and a provider are paused through the API, also before anything has run, and on the job's page") {
  const Account account;
  Served daemon(account);
  CHECK(daemon.get("/api/v1/pauses").body == R"({"pauses":[]})");
  CHECK(daemon.post("/api/v1/jobs/nobody/pause").status == 404);
  CHECK(daemon.post("/api/v1/providers/nobody/pause").status == 404);
  const auto paused = daemon.post("/api/v1/jobs/tickets/pause");
  CHECK(paused.status == 200);
  CHECK(holds(paused.body, R"("paused":true)"));
  CHECK(holds(paused.body, R"("changed":true)"));
  CHECK(holds(daemon.post("/api/v1/jobs/tickets/pause").body, R"("changed":false)"));
  CHECK(holds(daemon.post("/api/v1/providers/acme/pause").body, R"("of":"provider","name":"acme","paused":true)"));
  CHECK(holds(daemon.get("/api/v1/pauses").body, R"({"of":"job","name":"tickets","since":)"));
  const auto run = daemon.begin("tickets");
  REQUIRE(daemon.program().has_said("a run has begun"));
  const auto page = daemon.get("/jobs/tickets").body;
  CHECK(holds(page, "state-paused"));
  CHECK(holds(page, "/jobs/tickets/unpause\""));
  CHECK_FALSE(holds(page, "/jobs/tickets/pause\""));
  CHECK(holds(daemon.get("/").body, "state-paused"));
  CHECK(daemon.post("/jobs/tickets/unpause").status == 403);  // from where?
  CHECK(daemon.post("/jobs/tickets/unpause", {{"Origin", daemon.base()}}).status == 303);
  CHECK(holds(daemon.get("/jobs/tickets").body, "Its provider acme is paused"));
  CHECK(account.batches_made() == 0);
  CHECK(holds(daemon.post("/api/v1/providers/acme/unpause").body, R"("paused":false,"since":null,"changed":true)"));
  CHECK(daemon.wait_for(run) == "succeeded");
  CHECK(account.batches_made() == 3);
}

TEST_CASE("a run is begun with a key, a limit or a sample, as batchd run would; what is not known is refused") {
  const Account account;
  Served daemon(account);
  const auto begin = [&](const std::string& body, const http::Headers& headers = {}) {
    return daemon.send(http::Method::post, "/api/v1/jobs/tickets/runs", headers, body);
  };
  const auto wrong = begin(R"({"limt": 3})");
  CHECK(wrong.status == 400);
  CHECK(holds(wrong.body, R"(\"limt\" is not known here)"));
  CHECK(begin("no json").status == 400);
  CHECK(begin(R"({"key": "monday"})", {{"Idempotency-Key", "other"}}).status == 400);
  const auto limited = daemon.text_at(begin(R"({"key": "monday", "limit": 3})"), "/id");
  CHECK(daemon.wait_for(limited) == "succeeded");
  CHECK(holds(daemon.get("/api/v1/runs/" + limited).body, R"("items":3)"));
  CHECK(daemon.text_at(begin(R"({"key": "monday", "limit": 3})"), "/id") == limited);  // begun once
  CHECK(account.batches_made() == 1);
  CHECK(holds(account.run({"status", "tickets@monday"}).out, limited));
  const auto sample = daemon.text_at(begin(R"({"sample": "4:9"})"), "/id");
  CHECK(daemon.wait_for(sample) == "succeeded");
  CHECK(holds(daemon.get("/api/v1/runs/" + sample).body, R"("items":4)"));
}

TEST_CASE("a new run takes the place of the one that goes on") {
  const Account account({"stuck_finalizing=1"});
  Served daemon(account);
  const auto before = daemon.begin("tickets");
  REQUIRE(daemon.program().has_said("Submitted"));
  const auto begun = daemon.send(http::Method::post, "/api/v1/jobs/tickets/runs", {}, R"({"new": true})");
  CHECK(begun.status == 202);
  REQUIRE(daemon.program().has_said("another run takes its place"));
  CHECK(holds(daemon.get("/api/v1/runs/" + before).body, "another run has taken its place"));
}

TEST_CASE("bug: an item had no text in the API; with content it has its row, and what was accepted and rejected") {
  const Account account({"schema_mismatch=1"});
  open_to_others(account);
  account.folder.write("answer.json",
                       R"({"type": "object", "required": ["summary"], "properties": {"summary": {"type": "string"}}})");
  auto job = account.folder.read("tickets.yaml");
  account.folder.write(
      "tickets.yaml", job.replace(job.find("output: {"), 9, "output: {schema: answer.json, structured: json_schema, "));
  const auto reader = token_of(account, {"read", "run"});
  const auto all = token_of(account, {"read", "content"});
  Served daemon(account);
  const auto run = daemon.begin("tickets", reader);
  CHECK(daemon.wait_for(run, reader) == "failed");
  const auto item = daemon.send(http::Method::get, "/api/v1/runs/" + run + "/items/tickets-7", all);
  CHECK(item.status == 200);
  CHECK(daemon.text_at(item, "/input/id") == "tickets-7");
  CHECK(daemon.text_at(item, "/request/body/model") == "gpt-4o-mini");
  CHECK(daemon.text_at(item, "/rejected/reason") == "schema_mismatch");
  CHECK_FALSE(daemon.text_at(item, "/rejected/error").empty());
  CHECK(daemon.text_at(item, "/history/0/status") == "failed");
  CHECK(holds(item.body, R"("accepted":null)"));
  CHECK(holds(item.body, R"("incomplete":[])"));
  CHECK(daemon.send(http::Method::get, "/api/v1/runs/" + run + "/items/%237", all).body == item.body);
  const auto shy = daemon.send(http::Method::get, "/api/v1/runs/" + run + "/items/tickets-7", reader);
  CHECK(daemon.text_at(shy, "/reason") == "schema_mismatch");
  CHECK_FALSE(holds(shy.body, "gpt-4o-mini"));
  CHECK_FALSE(holds(shy.body, "\"input\""));
  CHECK(daemon.send(http::Method::get, "/api/v1/runs/" + run + "/items/nobody", all).status == 404);
}

TEST_CASE("bug: what the server itself refuses was no problem: a body that is too long") {
  const Account account;
  Served daemon(account);
  const auto refused = daemon.send(http::Method::post, "/api/v1/jobs/tickets/runs", {}, std::string(100'000, ' '));
  CHECK(refused.status == 413);
  CHECK(refused.headers.find("Content-Type") == "application/problem+json");
  CHECK(daemon.text_at(refused, "/detail") == "The body is too long");
}

TEST_SUITE_END();

}  // namespace
}  // namespace batchd::cli
