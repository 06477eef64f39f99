// `batchd serve` as people and programs meet it, against `batchd simulate` as its provider.

#include <csignal>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/served.hpp"
#include "ground/base/program.hpp"

namespace batchd::cli {
namespace {

using test::Account;
using test::holds;
using test::Program;
using test::Served;
using test::Words;

TEST_SUITE_BEGIN("account");

TEST_CASE("a run that is begun through the API goes to its end, and its results can be had") {
  const Account account;
  Served daemon(account);
  CHECK(daemon.get("/healthz").status == 200);
  CHECK(daemon.get("/readyz").status == 200);
  const auto run = daemon.begin("tickets");
  CHECK(daemon.wait_for(run) == "succeeded");
  const auto results = daemon.get("/api/v1/runs/" + run + "/results");
  CHECK(results.status == 200);
  CHECK(std::count(results.body.begin(), results.body.end(), '\n') == 20);
  CHECK(account.batches_made() == 3);
  const auto items = daemon.get("/api/v1/runs/" + run + "/items?limit=7&after=7");
  CHECK(holds(items.body, R"("sequence":8)"));
  CHECK(holds(items.body, R"("next":"14")"));
  CHECK(daemon.get("/api/v1/runs/" + run + "/items?status=failed").body ==
        fmt::format(R"({{"run":"{}","items":[],"next":null}})", run));
  CHECK(holds(daemon.get("/api/v1/runs?job=tickets").body, run));
  CHECK(holds(daemon.get("/api/v1/jobs").body, R"("last_run":{"id":")" + run));
}

TEST_CASE("an Idempotency-Key begins a run once, however often it is sent") {
  const Account account;
  Served daemon(account);
  const http::Headers once{{"Idempotency-Key", "monday"}};
  const auto run = daemon.begin("tickets", once);
  CHECK(daemon.wait_for(run) == "succeeded");
  CHECK(daemon.begin("tickets", once) == run);
  CHECK(account.batches_made() == 3);
}

TEST_CASE("one Idempotency-Key sent twice at the same time begins one run, and both are told which") {
  const Account account;
  Served daemon(account);
  const auto [first, second] = daemon.post_twice("/api/v1/jobs/tickets/runs", {{"Idempotency-Key", "twice"}});
  CHECK(daemon.text_at(first, "/id") == daemon.text_at(second, "/id"));
  CHECK(daemon.wait_for(daemon.text_at(first, "/id")) == "succeeded");
  CHECK(account.batches_made() == 3);
}

TEST_CASE("stopped in the middle, the daemon leaves batches at the provider and goes on with them at its next start") {
  const Account account({"slow_ms=100"});
  std::string run;
  {
    Served daemon(account);
    run = daemon.begin("tickets");
    REQUIRE(daemon.program().has_said("Submitted"));
    daemon.program().send(SIGTERM);
    CHECK(daemon.program().finish().exit_code == 0);
  }
  Served daemon(account);
  CHECK(daemon.wait_for(run) == "succeeded");
  CHECK(account.batches_made() == 3);
  CHECK(account.run({"verify", run}).exit_code == 0);
}

TEST_CASE("killed in the middle, it pays nothing twice") {
  const Account account({"slow_ms=100"});
  std::string run;
  {
    Served daemon(account);
    run = daemon.begin("tickets");
    REQUIRE(daemon.program().has_said("Submitted"));
    daemon.program().send(SIGKILL);
    (void)daemon.program().finish();
  }
  Served daemon(account);
  CHECK(daemon.wait_for(run) == "succeeded");
  CHECK(account.batches_made() == 3);
}

TEST_CASE("a second daemon on the same state directory ends with 6 and says who has it") {
  const Account account;
  Served daemon(account);
  const auto second = account.run({"serve", "--jobs", ".", "--listen", "127.0.0.1:0"});
  CHECK(second.exit_code == 6);
  CHECK(holds(second.err, "another daemon has this state"));
}

TEST_CASE("an address that others can reach is refused without TLS, and without a token") {
  const Account account;
  const auto open = account.run({"serve", "--jobs", ".", "--listen", "0.0.0.0:0"});
  CHECK(open.exit_code == 2);
  CHECK(holds(open.err, "serve.tls"));
  account.folder.write("batchd.yaml", account.folder.read("batchd.yaml") + "serve: {behind_proxy: true}\n");
  const auto unlocked = account.run({"serve", "--jobs", ".", "--listen", "0.0.0.0:0"});
  CHECK(unlocked.exit_code == 2);
  CHECK(holds(unlocked.err, "batchd token create"));
}

TEST_CASE("who comes from elsewhere shows a token, does what it allows, and that is written down") {
  const Account account;
  account.folder.write("batchd.yaml", account.folder.read("batchd.yaml") + "serve: {behind_proxy: true}\n");
  const auto made = account.run({"token", "create", "ci", "--scope", "read", "--scope", "run"});
  CHECK(made.exit_code == 0);
  const auto secret = made.out.substr(0, made.out.find('\n'));
  CHECK(secret.starts_with("batchd_"));
  CHECK(account.run({"token", "create", "ci", "--scope", "read"}).exit_code == 6);
  CHECK(holds(account.run({"token", "list"}).out, "read,run"));
  CHECK_FALSE(holds(account.run({"token", "list"}).out, secret));

  Served daemon(account);
  const http::Headers token{{"Authorization", "Bearer " + secret}};
  CHECK(daemon.get("/healthz").status == 200);
  const auto refused = daemon.get("/api/v1/runs");
  CHECK(refused.status == 401);
  CHECK(refused.headers.find("WWW-Authenticate") == "Bearer");
  CHECK(daemon.post("/api/v1/jobs/tickets/runs").status == 401);
  CHECK(account.batches_made() == 0);
  CHECK(daemon.send(http::Method::get, "/api/v1/runs", token).status == 200);
  CHECK(daemon.send(http::Method::get, "/api/v1/audit", token).status == 403);
  const auto begun = daemon.post("/api/v1/jobs/tickets/runs", token);
  CHECK(begun.status == 202);
  const auto run = daemon.text_at(begun, "/id");
  REQUIRE(daemon.program().has_said("a run has begun"));
  CHECK(daemon.send(http::Method::get, "/api/v1/runs/" + run + "/results", token).status == 403);  // no `content`

  const auto admin = account.run({"token", "create", "root", "--scope", "admin"}).out;
  const http::Headers all{{"Authorization", "Bearer " + admin.substr(0, admin.find('\n'))}};
  http::Response audit;
  while ((audit = daemon.send(http::Method::get, "/api/v1/audit", all)).status == 401) {
  }  // it looks every two seconds
  CHECK(daemon.text_at(audit, "/entries/0/who") == "token ci");
  CHECK(daemon.text_at(audit, "/entries/0/object") == "tickets");
  CHECK(account.run({"token", "revoke", "ci"}).exit_code == 0);
  while (daemon.send(http::Method::get, "/api/v1/runs", token).status == 200) {
  }
  CHECK_FALSE(holds(daemon.program().finish_after(SIGTERM).err, secret));
}

TEST_CASE("on the page a token is shown once, kept in a cookie that no script reads, and allows what it allows") {
  const Account account;
  account.folder.write(
      "batchd.yaml", account.folder.read("batchd.yaml") + "serve: {behind_proxy: true, hosts: [batchd.example.com]}\n");
  const auto made = account.run({"token", "create", "anna", "--scope", "read"}).out;
  const auto secret = made.substr(0, made.find('\n'));
  Served daemon(account);
  const http::Headers::Field person{"Accept", "text/html"};
  const auto asked = daemon.send(http::Method::get, "/", {person});
  CHECK(asked.status == 401);
  CHECK(holds(asked.body, R"(action="/sign-in")"));
  const http::Headers::Field ours{"Sec-Fetch-Site", "same-origin"};
  CHECK(daemon.send(http::Method::post, "/sign-in", {ours}, "token=batchd_wrong").status == 401);
  const auto let_in = daemon.send(http::Method::post, "/sign-in", {ours}, "token=" + secret);
  CHECK(let_in.status == 303);
  const std::string cookie(let_in.headers.find("Set-Cookie").value_or(""));
  CHECK(holds(cookie, "; HttpOnly; SameSite=Strict"));
  CHECK(holds(cookie, "; Secure"));
  const http::Headers::Field named{"Host", "batchd.example.com"};
  CHECK(daemon.send(http::Method::post, "/sign-in", {ours, named}, "token=" + secret).status == 303);
  const http::Headers::Field kept{"Cookie", cookie.substr(0, cookie.find(';'))};
  CHECK(daemon.send(http::Method::get, "/", {person, kept}).status == 200);
  CHECK(daemon.send(http::Method::get, "/jobs/tickets", {person, kept}).status == 200);
  CHECK(daemon.send(http::Method::post, "/jobs/tickets/begin", {ours, kept}, "key=page-1").status == 403);
  CHECK(account.batches_made() == 0);
  CHECK(daemon.send(http::Method::post, "/jobs/tickets/begin", {kept}, "key=page-1").status == 403);  // from where?
  CHECK(holds(
      std::string(daemon.send(http::Method::post, "/sign-out", {ours, kept}).headers.find("Set-Cookie").value_or("")),
      "Max-Age=0"));
}

TEST_CASE("with a certificate it speaks TLS") {
  const Account account;
  const auto made = run_program(
      {{"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
        "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=batchd", "-addext", "subjectAltName=IP:127.0.0.1"},
       {},
       "",
       account.folder.path(),
       std::chrono::minutes(1)});
  REQUIRE(made.ok());
  REQUIRE_MESSAGE(made->exit_code == 0, made->output);
  account.folder.write(
      "batchd.yaml", account.folder.read("batchd.yaml") +
                         "serve: {listen: [\"127.0.0.1:0\"], tls: {certificate_file: cert.pem, key_file: key.pem}}\n");
  Program daemon(account.folder.path(), {"serve", "--jobs", ".", "--json"});
  const auto said = daemon.first_line();
  json::Document document;
  const auto parsed = document.parse(said);
  REQUIRE_MESSAGE(parsed.ok(), said);
  const std::string address(parsed->at_pointer("/addresses/1").as_string().value_or(""));
  CHECK(address.starts_with("https://127.0.0.1:"));
  async::Loop loop;
  http::SocketTransportOptions options;
  options.ca_file = account.folder / "cert.pem";
  http::SocketTransport transport(loop, options);
  http::Request request;
  request.url = address + "/healthz";
  const http::SendOptions sending;
  const auto answer = loop.run(transport.send(request, sending));
  REQUIRE_MESSAGE(answer.ok(), (answer.ok() ? "" : answer.error().text()));
  CHECK(answer->body == "ok\n");
}

TEST_CASE("at / is a page under a policy that lets in nothing else, and its style is kept under its hash") {
  const Account account;
  Served daemon(account);
  const auto page = daemon.get("/");
  CHECK(page.status == 200);
  CHECK(page.headers.find("Content-Type") == "text/html; charset=utf-8");
  CHECK(holds(std::string(page.headers.find("Content-Security-Policy").value_or("")), "default-src 'none'"));
  const auto at = page.body.find("/assets/batchd.css?v=");
  REQUIRE(at != std::string::npos);
  const auto address = page.body.substr(at, page.body.find('"', at) - at);
  const auto style = daemon.get(address);
  CHECK(style.status == 200);
  CHECK(holds(std::string(style.headers.find("Cache-Control").value_or("")), "immutable"));
  const std::string tag(style.headers.find("ETag").value_or(""));
  CHECK(daemon.send(http::Method::get, address, {{"If-None-Match", tag}}).status == 304);
  CHECK(daemon.send(http::Method::get, "/nothing", {{"Accept", "text/html"}}).headers.find("Content-Type") ==
        "text/html; charset=utf-8");
}

TEST_CASE("a form of the page is taken from a browser that says it comes from there, and from nobody else") {
  const Account account;
  Served daemon(account);
  const auto run = daemon.begin("tickets");
  CHECK(daemon.wait_for(run) == "succeeded");
  const auto target = "/runs/" + run + "/cancel";  // of a run that is over: what was wanted
  CHECK(daemon.post(target).status == 403);
  CHECK(daemon.post(target, {{"Origin", "http://evil.example"}}).status == 403);
  const auto taken = daemon.post(target, {{"Origin", daemon.base()}});
  CHECK(taken.status == 303);
  CHECK(taken.headers.find("Location") == "/runs/" + run);
  CHECK(daemon.post("/jobs/tickets/begin", {{"Origin", daemon.base()}}).status == 422);  // a form without its key
  CHECK(account.batches_made() == 3);
}

TEST_CASE("the page hands out results as JSONL and as CSV, and an item's texts") {
  const Account account;
  Served daemon(account);
  const auto run = daemon.begin("tickets");
  CHECK(daemon.wait_for(run) == "succeeded");
  const auto lines = daemon.get("/runs/" + run + "/results.jsonl").body;
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 20);
  const auto table = daemon.get("/runs/" + run + "/results.csv");
  CHECK(table.headers.find("Content-Type") == "text/csv; charset=utf-8");
  CHECK(std::count(table.body.begin(), table.body.end(), '\n') == 21);
  CHECK(table.body == account.run({"results", run, "--format", "csv"}).out);
  CHECK(std::filesystem::is_empty(account.folder / "state/incoming"));
  CHECK(holds(daemon.get("/runs/" + run + "/items/7").body, "tickets-7"));
  CHECK(daemon.get("/runs/" + run + "/items/99").status == 404);
  const auto by_id = daemon.get("/runs/" + run + "/items/tickets-7");
  CHECK(by_id.status == 303);
  CHECK(by_id.headers.find("Location") == "/runs/" + run + "/items/7");
  CHECK(daemon.get("/runs/" + run + "/items/nobody").status == 404);
}

TEST_CASE("what is asked wrongly is answered with a problem") {
  const Account account;
  Served daemon(account);
  CHECK(daemon.get("/api/v1/nothing").status == 404);
  CHECK(daemon.get("/api/v1/runs/nobody").status == 404);
  CHECK(daemon.post("/api/v1/jobs/nobody/runs").status == 404);
  CHECK(daemon.get("/api/v1/runs?limit=0").status == 400);
  CHECK(daemon.get("/api/v1/runs?limit=100000").status == 400);
  const auto wrong = daemon.post("/api/v1/jobs");
  CHECK(wrong.status == 405);
  CHECK(wrong.headers.find("Allow") == "GET");
  const auto problem = daemon.get("/api/v1/runs/nobody");
  CHECK(problem.headers.find("Content-Type") == "application/problem+json");
  CHECK(holds(problem.body, R"("detail":"there is no run nobody")"));
}

TEST_CASE("a run whose rows are refused is answered for by its id") {
  const Account account;
  account.folder.write("tickets.jsonl", "no row\n");
  Served daemon(account);
  const auto run = daemon.begin("tickets");
  REQUIRE(daemon.program().has_said("a run cannot be begun"));
  const auto answer = daemon.get("/api/v1/runs/" + run);
  CHECK(answer.status == 404);
  CHECK(holds(answer.body, "was not begun"));
  CHECK(account.batches_made() == 0);
}

TEST_CASE("live batches of the job that this state does not know are not paid again: the run is not begun") {
  Account account({"stuck_finalizing=1"});
  account.plant_lost();
  Served daemon(account);
  const auto run = daemon.begin("tickets");
  REQUIRE(daemon.program().has_said("a run cannot be begun"));
  CHECK(holds(daemon.get("/api/v1/runs/" + run).body, "live batch of tickets that this state directory does not know"));
  CHECK(account.batches_made() == 1);
}

TEST_CASE("cancel ends a run with what it has, and retry asks for what was cancelled") {
  const Account account({"stuck_finalizing=1"});
  Served daemon(account);
  const auto run = daemon.begin("tickets");
  REQUIRE(daemon.program().has_said("Submitted"));
  CHECK(daemon.post("/api/v1/runs/" + run + "/retry").status == 409);  // it goes on
  CHECK(daemon.post("/api/v1/runs/" + run + "/cancel").status == 202);
  CHECK(daemon.wait_for(run) == "cancelled");
  CHECK(daemon.post("/api/v1/runs/" + run + "/retry?reason=refused").status == 422);
}

TEST_CASE("beside a daemon resume shows the daemon's work, and cancel leaves it to the daemon") {
  const Account account({"stuck_finalizing=1"});
  Served daemon(account);
  const auto run = daemon.begin("tickets");
  REQUIRE(daemon.program().has_said("Submitted"));
  Program resumed(account.folder.path(), {"resume", run});
  REQUIRE(resumed.has_said("The daemon works on run " + run));
  const auto cancelled = account.run({"cancel", run});
  CHECK(cancelled.exit_code == 0);
  CHECK(holds(cancelled.err, "The daemon cancels run " + run));
  CHECK(resumed.finish().exit_code == 5);  // the run's own
  CHECK(daemon.wait_for(run) == "cancelled");
}

TEST_CASE("beside a daemon retry is its work, and so is a run that it has begun") {
  const Account account({"missing_lines=0.4"});
  Served daemon(account);
  const auto run = daemon.begin("tickets");
  CHECK(daemon.wait_for(run) == "failed");
  const auto made = account.batches_made();
  const auto retried = account.run({"retry", run});
  CHECK(holds(retried.err, "The daemon works on run " + run));
  CHECK((retried.exit_code == 0 || retried.exit_code == 3));
  CHECK(account.batches_made() > made);
  CHECK(account.run({"verify", run}).exit_code == 0);
  // Without the daemon it is this process's.
  daemon.program().send(SIGKILL);
  (void)daemon.program().finish();
  CHECK_FALSE(holds(account.run({"retry", run}).err, "The daemon"));
}

TEST_CASE(
    "bug: run beside the daemon's own run of the same rows spoke of a change, and paid again once that was over") {
  const Account account({"slow_ms=100"});
  Served daemon(account);
  const auto run = daemon.begin("tickets");
  REQUIRE(daemon.program().has_said("Submitted"));
  const auto beside = account.run({"run", "tickets.yaml"});
  CAPTURE(beside.err);
  CHECK(beside.exit_code == 0);
  CHECK(holds(beside.err, "The daemon works on run " + run));
  const auto after = account.run({"run", "tickets.yaml"});
  CHECK(after.exit_code == 0);
  CHECK(account.batches_made() == 3);
  CHECK(account.newest_run() == run);
}

TEST_CASE("bug: a run that was over kept its owner as long as the daemon lived, and prune left it alone") {
  const Account account;
  account.folder.write("batchd.yaml",
                       account.folder.read("batchd.yaml") + "retention: {requests: 1ms, answers: 1ms}\n");
  Served daemon(account);
  const auto run = daemon.begin("tickets");
  CHECK(daemon.wait_for(run) == "succeeded");
  auto pruned = account.run({"prune"});
  for (int looks = 0; looks < 100 && holds(pruned.err, "is working on run"); ++looks)
    pruned = account.run({"prune"});  // it is given back right after the end
  CHECK_FALSE(holds(pruned.err, "is working on run"));
  CHECK(pruned.exit_code == 0);
  CHECK_FALSE(std::filesystem::exists(account.folder / "state/spool" / run));
  CHECK(daemon.post("/api/v1/runs/" + run + "/pause").status == 409);
}

TEST_CASE("a run of the daemon whose record was pruned is paid for by nobody again") {
  const Account account;
  account.folder.write("batchd.yaml", account.folder.read("batchd.yaml") + "retention: {ledger: 1ms}\n");
  Served daemon(account);
  const auto run = daemon.begin("tickets", {{"Idempotency-Key", "once"}});
  CHECK(daemon.wait_for(run) == "succeeded");
  for (int looks = 0; looks < 100 && daemon.get("/api/v1/runs/" + run).status == 200; ++looks)
    (void)account.run({"prune"});  // it is given back right after the end
  const auto gone = daemon.get("/api/v1/runs/" + run);
  CHECK(gone.status == 404);
  CHECK(holds(gone.body, "its record was pruned"));
  CHECK(daemon.begin("tickets", {{"Idempotency-Key", "once"}}) == run);
  const auto beside = account.run({"run", "tickets.yaml"});
  CHECK(beside.exit_code == 0);
  CHECK_MESSAGE(holds(beside.err, run + " of tickets succeeded on"), beside.err);
  CHECK(account.batches_made() == 3);
}

TEST_CASE("bug: a job file that was broken when the daemon began was known to nobody; it is told, and heals") {
  const Account account;
  auto job = account.folder.read("tickets.yaml");
  job.replace(job.find("tickets"), 7, "nightly");
  account.folder.write("nightly.yaml", job + "promt_version: 1\n");
  Served daemon(account);
  const auto status = account.run({"status"});
  CHECK_MESSAGE(holds(status.out, "nightly  broken"), status.out);
  CHECK(holds(status.out, "nightly.yaml:"));
  CHECK(holds(status.out, "did you mean \"prompt_version\""));
  CHECK(holds(account.run({"status", "--json"}).out, R"("name":"nightly","broken":true)"));
  const auto jobs = daemon.get("/api/v1/jobs");
  CHECK(holds(jobs.body, R"("broken":true,"usable":false)"));
  CHECK(holds(jobs.body, R"("broken":false,"usable":true)"));
  const auto refused = daemon.post("/api/v1/jobs/nightly/runs");
  CHECK(refused.status >= 400);
  CHECK(holds(refused.body, "promt_version"));
  account.folder.write("nightly.yaml", job + "prompt_version: 1\n");
  daemon.program().send(SIGHUP);
  auto begun = daemon.post("/api/v1/jobs/nightly/runs");
  for (int looks = 0; looks < 10'000 && begun.status >= 400; ++looks)
    begun = daemon.post("/api/v1/jobs/nightly/runs");
  CHECK(begun.status < 300);
  CHECK_FALSE(holds(account.run({"status"}).out, "nightly  broken"));
}

TEST_CASE("cancel reaches a run that the daemon is still preparing") {
  const Account account;
  std::string rows;
  for (int i = 0; i < 300'000; ++i)
    rows += fmt::format("{{\"id\":\"{}\"}}\n", i);
  account.folder.write("tickets.jsonl", rows);
  auto job = account.folder.read("tickets.yaml");
  account.folder.write("tickets.yaml", job.replace(job.find("max_requests: 8"), 15, "max_requests: 50000"));
  Served daemon(account);
  const auto run = daemon.begin("tickets");
  while (daemon.get("/api/v1/runs/" + run).status != 200) {
  }
  const auto cancelled = account.run({"cancel", run});
  CHECK(cancelled.exit_code == 0);
  CHECK(holds(cancelled.err, "The daemon cancels run " + run));
  CHECK(daemon.wait_for(run) == "cancelled");
}

TEST_CASE("the description of the API names every path there is") {
  const Account account;
  Served daemon(account);
  const auto described = daemon.get("/openapi.json");
  CHECK(daemon.text_at(described, "/openapi") == "3.1.0");
  for (const char* path :
       {"/api/v1/jobs/{job}/runs", "/api/v1/jobs/{job}/pause", "/api/v1/providers/{provider}/unpause", "/api/v1/pauses",
        "/api/v1/runs/{run}/items", "/api/v1/events", "/healthz"})
    CHECK(holds(described.body, fmt::format(R"("{}":{{)", path)));
}

TEST_SUITE_END();

}  // namespace
}  // namespace batchd::cli
