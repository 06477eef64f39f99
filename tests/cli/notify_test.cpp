// Who is told what became of a run: `batchd run` against `batchd simulate`, with somebody who listens.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/account.hpp"
#include "cli/webhook_receiver.hpp"
#include "ground/base/base64.hpp"
#include "ground/base/secret.hpp"

namespace batchd::cli {
namespace {

using test::Account;
using test::holds;
using test::Program;
using test::WebhookReceiver;

std::string header_of(const std::string& call, const std::string& name) {
  const auto at = call.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 4;
  return call.substr(begin, call.find("\r\n", begin) - begin);
}

std::string body_of(const std::string& call) { return call.substr(call.find("\r\n\r\n") + 4); }

void add_to_job(const Account& account, const std::string& yaml) {
  account.folder.write("tickets.yaml", account.folder.read("tickets.yaml") + yaml);
}

TEST_SUITE_BEGIN("account");

TEST_CASE("a run that failed tells a webhook, signed, and a command; one that succeeded only who asked for it") {
  Account account({"not_json=0.2"});
  account.folder.write("schema.json", R"({"type": "object"})");
  account.folder.write("secret", "whsec_Zm9v\n");
  const WebhookReceiver receiver;
  add_to_job(account, fmt::format(R"(notify:
  - webhook: {{url: "{}", secret_file: secret}}
  - on: [success]
    command: [sh, -c, "echo $BATCHD_EVENT > succeeded"]
  - command: [sh, -c, "echo $BATCHD_TEXT > {}"]
)",
                                  receiver.url(), (account.folder / "failed").string()));
  const auto job = account.folder.read("tickets.yaml");
  account.folder.write("tickets.yaml", job.substr(0, job.find("output: {")) + "output: {schema: schema.json, " +
                                           job.substr(job.find("output: {") + 9));
  const auto ended = account.run({"run", "tickets.yaml"});
  CAPTURE(ended.err);
  REQUIRE(ended.exit_code == 3);
  const auto calls = receiver.calls();
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].starts_with("POST /hook HTTP/1.1\r\n"));
  const auto signed_text =
      header_of(calls[0], "webhook-id") + "." + header_of(calls[0], "webhook-timestamp") + "." + body_of(calls[0]);
  CHECK(header_of(calls[0], "webhook-signature") == "v1," + to_base64(hmac_sha256("foo", signed_text)));
  CHECK(holds(body_of(calls[0]), R"("type":"run.failed")"));
  CHECK(holds(body_of(calls[0]), R"("run":")" + account.newest_run() + "\""));
  CHECK(holds(account.folder.read("failed"), "tickets failed: "));
  CHECK_FALSE(std::filesystem::exists(account.folder / "succeeded"));
  // Shown again it tells nobody anything.
  CHECK(account.run({"run", "tickets.yaml"}).exit_code == 3);
  CHECK(receiver.calls().size() == 1);
}

TEST_CASE("a webhook that is down is tried again under the same id, and what is left is said") {
  const Account account;
  const WebhookReceiver receiver(2);
  add_to_job(account, fmt::format("notify: [{{on: [success], webhook: {{url: \"{}\"}}}}]\n", receiver.url()));
  const auto ended = account.run({"run", "tickets.yaml"});
  CHECK(ended.exit_code == 0);
  CHECK(holds(ended.err, "could not be told of run.succeeded (HTTP 500 Internal Server Error)"));
  const auto calls = receiver.calls();
  REQUIRE(calls.size() == 2);  // at once, and after five seconds; the next is due in five minutes
  CHECK(header_of(calls[0], "webhook-id") == header_of(calls[1], "webhook-id"));
  CHECK(body_of(calls[0]) == body_of(calls[1]));
}

TEST_CASE("who could not be told is shown wherever the run is, and its secrets are not") {
  const Account account;
  const WebhookReceiver receiver(2);
  account.folder.write("secret", "whsec_Zm9v\n");
  add_to_job(account,
             fmt::format("notify: [{{on: [success], webhook: {{url: \"{}?token=abc\", secret_file: secret}}}}]\n",
                         receiver.url()));
  const auto ended = account.run({"run", "tickets.yaml"});
  CHECK(ended.exit_code == 0);
  for (const char* command : {"status", "log"}) {
    for (const bool as_json : {false, true}) {
      CAPTURE(command);
      auto words = std::vector<std::string>{command, "tickets"};
      if (as_json) words.emplace_back("--json");
      const auto shown = account.run(words);
      const auto all = shown.out + shown.err;
      CHECK_MESSAGE(holds(all, "HTTP 500 Internal Server Error"), all);
      CHECK(holds(all, "run.succeeded"));
      CHECK_FALSE(holds(all, "token=abc"));
      CHECK_FALSE(holds(all, "Zm9v"));
    }
  }
}

TEST_CASE("a webhook whose variable is not set is said before anything is sent, and stops nothing") {
  const Account account;
  add_to_job(account, "notify: [{on: [success], webhook: {url_env: BATCHD_NOBODY_SETS_THIS}}]\n");
  const auto validated = account.run({"validate", "tickets.yaml"});
  CHECK(validated.exit_code == 0);
  CHECK(holds(validated.err, "BATCHD_NOBODY_SETS_THIS is not set"));
  const auto ended = account.run({"run", "tickets.yaml"});
  CHECK(ended.exit_code == 0);
  CHECK(ended.err.find("BATCHD_NOBODY_SETS_THIS is not set") < ended.err.find("ubmitted"));
}

TEST_CASE("a run that waits for a person tells so once, and of its end when that is settled") {
  Account account({"lose_create_answer=1", "no_lists=1"});
  const WebhookReceiver receiver;
  add_to_job(account,
             fmt::format("notify: [{{on: [success, failure, decision], webhook: {{url: \"{}\"}}}}]\n", receiver.url()));
  CHECK(account.run({"run", "tickets.yaml"}).exit_code == 1);
  REQUIRE(receiver.calls().size() == 1);
  CHECK(holds(receiver.calls()[0], R"("type":"run.needs_decision")"));
  CHECK(account.run({"resume", "tickets"}).exit_code == 1);  // the same doubt
  CHECK(receiver.calls().size() == 1);
  account.restart({});
  CHECK(account.run({"resolve", "tickets", "1", "--adopt", account.made_batches().front()}).exit_code == 0);
  REQUIRE(receiver.calls().size() == 2);
  CHECK(holds(receiver.calls()[1], R"("type":"run.succeeded")"));
}

TEST_CASE("a rehearsal tells nobody") {
  const Account account;
  const WebhookReceiver receiver;
  add_to_job(account, fmt::format("notify: [{{on: [success, failure], webhook: {{url: \"{}\"}}}}]\n", receiver.url()));
  CHECK(account.run({"run", "tickets.yaml", "--simulate"}).exit_code == 0);
  CHECK(receiver.calls().empty());
}

TEST_SUITE_END();

}  // namespace
}  // namespace batchd::cli
