// One account, several states and processes: the program against `batchd simulate` as a server. Orphans are planted by
// hand, the way a lost state directory leaves them.

#include "cli/account.hpp"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace batchd::cli {
namespace {

using test::Account;
using test::holds;
using test::lost_run;
using test::Program;

TEST_SUITE_BEGIN("account");

TEST_CASE("doctor finds nothing wrong where nothing is, and never shows the key") {
  const Account account;
  account.folder.write("key", "sk-very-secret");
  const auto looked = account.run({"doctor", "--provider", "acme"});
  CAPTURE(looked.out);
  CHECK(looked.exit_code == 0);
  CHECK(holds(looked.out, "a local disk"));
  CHECK(holds(looked.out, "the key is good"));
  CHECK(holds(looked.out, "agrees with acme's"));
  CHECK(holds(looked.out, "All is well."));
  CHECK_FALSE(holds(looked.out + looked.err, "very-secret"));
  CHECK_FALSE(account.folder.holds("state"));  // it only looked
}

TEST_CASE("a provider that cannot be reached, and a key that is missing, are found") {
  const Account account;
  account.folder.write("other.yaml",
                       "state_dir: state\nproviders:\n  acme: {profile: openai, base_url: 'http://127.0.0.1:9/v1', "
                       "api_key_env: ACME_KEY}\n");
  const auto keyless = account.run({"doctor", "--config", "other.yaml", "--provider", "acme"});
  CHECK(keyless.exit_code == 3);
  CHECK(holds(keyless.out, "ACME_KEY"));
  account.folder.write("dead.yaml",
                       "state_dir: state\nproviders:\n  acme: {profile: openai, base_url: 'http://127.0.0.1:9/v1', "
                       "api_key_file: key, http: {attempts: 1}}\n");
  const auto silent = account.run({"doctor", "--config", "dead.yaml", "--provider", "acme"});
  CHECK(silent.exit_code == 3);
  CHECK(holds(silent.out, "127.0.0.1:9"));
  // Nothing is begun where nobody can say what the account holds already.
  const auto run = account.run({"run", "tickets.yaml", "--config", "dead.yaml", "--give-up-after", "0s"});
  CHECK(run.exit_code == 7);
  CHECK(account.run({"runs", "--json"}).out.empty());
  CHECK(account.run({"doctor", "--provider", "acne"}).exit_code == 2);
}

TEST_CASE("an orphan planted by hand is listed, cancelled when told so, and its file deleted") {
  Account account({"stuck_validating=1"});
  const auto orphan = account.plant_lost();

  const auto looked = account.run({"doctor", "--provider", "acme", "--json"});
  CHECK(looked.exit_code == 3);
  CHECK(holds(looked.out, fmt::format(R"("type":"batch")")));
  CHECK(holds(looked.out, orphan.id));
  CHECK(holds(looked.out, R"("job":"tickets")"));
  CHECK(holds(looked.out, R"("why":"its run is not known here")"));
  CHECK(holds(looked.out, R"("in_use":true)"));
  CHECK(holds(looked.out, R"("wrong":0,"left_over":2)"));

  const auto unasked = account.run({"doctor", "--provider", "acme", "--cancel"});
  CHECK(unasked.exit_code == 2);
  CHECK(holds(unasked.err, "--yes"));
  CHECK(account.state_of(orphan.id) == model::BatchState::validating);

  // While a batch is at work on it, its file stays.
  CHECK(holds(account.run({"doctor", "--provider", "acme", "--delete", "--yes", orphan.input_file_id}).out,
              "cancel it first"));
  CHECK(holds(account.run({"doctor", "--provider", "acme", "--cancel", "--yes"}).out, "cancelled " + orphan.id));
  account.wait_until_over(orphan.id);
  CHECK(account.state_of(orphan.id) == model::BatchState::cancelled);

  const auto deleted = account.run({"doctor", "--provider", "acme", "--delete", "--yes"});
  CHECK(deleted.exit_code == 0);
  CHECK(holds(deleted.out, "deleted " + orphan.input_file_id));
  CHECK(account.run({"doctor", "--provider", "acme"}).exit_code == 0);
}

TEST_CASE("DashScope's free test batch goes the whole way and leaves no file; others have none") {
  const Account account;
  const auto probed = account.run({"doctor", "--config", "probe.yaml", "--provider", "acme", "--probe"});
  CAPTURE(probed.out);
  CHECK(probed.exit_code == 0);
  CHECK(holds(probed.out, "a test batch went the whole way"));
  CHECK(account.batches_made() == 1);
  const auto after = account.run({"doctor", "--config", "probe.yaml", "--provider", "acme"});
  CHECK(holds(after.out, "1 batch and 0 files without batchd's mark"));
  CHECK(holds(account.run({"doctor", "--provider", "acme", "--probe"}).out, "nothing was sent"));
  CHECK(account.batches_made() == 1);
}

TEST_CASE("what does not carry batchd's mark is left alone, unless it is named") {
  Account account({"stuck_validating=1"});
  const auto theirs = account.plant({{"team", "search"}}, "theirs.jsonl");
  const auto looked = account.run({"doctor", "--provider", "acme", "--cancel", "--delete", "--yes"});
  CHECK(looked.exit_code == 0);
  CHECK(holds(looked.out, "1 batch and 1 file without batchd's mark are left alone"));
  CHECK(account.state_of(theirs.id) == model::BatchState::validating);
  CHECK(account.run({"doctor", "--provider", "acme", "--cancel", "--yes", theirs.id}).exit_code == 0);
  account.wait_until_over(theirs.id);
  CHECK(holds(account.run({"doctor", "--provider", "acme", "--cancel", "--yes", "batch_nobodys"}).out,
              "no account holds batch_nobodys"));
}

TEST_CASE("after a backup was put back, lost batches are adopted and collected, and none is paid twice") {
  const Account account;
  CHECK(account.run({"run", "tickets.yaml", "--no-wait"}).exit_code == 0);
  const auto state = account.folder.path() / "state";
  std::filesystem::copy(state, account.folder.path() / "backup", std::filesystem::copy_options::recursive);
  CHECK(account.run({"resume", "tickets"}).exit_code == 0);
  CHECK(account.batches_made() == 3);
  std::filesystem::remove_all(state);
  std::filesystem::rename(account.folder.path() / "backup", state);

  const auto looked = account.run({"doctor", "--provider", "acme"});
  CAPTURE(looked.out);
  CHECK(looked.exit_code == 3);
  CHECK(holds(looked.out, "can be adopted"));
  const auto adopted = account.run({"doctor", "--provider", "acme", "--adopt", "--yes"});
  CHECK(adopted.exit_code == 0);
  CHECK(holds(adopted.out, "as shard 2 of run"));
  CHECK(holds(adopted.out, "as shard 3 of run"));
  CHECK(account.run({"resume", "tickets"}).exit_code == 0);
  CHECK(account.batches_made() == 3);
  CHECK(account.run({"verify", "tickets"}).exit_code == 0);
  CHECK(account.run({"doctor", "--provider", "acme"}).exit_code == 0);
  const auto owned = account.run({"doctor", "--provider", "acme", "--json"}).out;
  CHECK(holds(owned, "3 batches and 6 files of runs here"));
}

TEST_CASE("a backup that is put back and simply gone on with pays for nothing twice") {
  const Account account({"missing_lines=0.4"});
  account.folder.write("tickets.yaml", account.folder.read("tickets.yaml") + "recover: {attempts: 2}\n");
  CHECK(account.run({"run", "tickets.yaml", "--no-wait"}).exit_code == 0);
  CHECK(account.run({"backup", "copy.db"}).exit_code == 0);
  (void)account.run({"resume", "tickets"});
  const auto made = account.batches_made();
  REQUIRE(made > 3);  // there was a round of retries
  account.put_back("copy.db");

  CHECK(account.run({"unpause", "tickets"}).exit_code == 0);
  const auto again = account.run({"resume", "tickets"});
  CAPTURE(again.err);
  CHECK(account.batches_made() == made);
  CHECK(holds(again.err, "and adopted it; nothing was sent again"));
  CHECK(account.run({"verify", "tickets"}).exit_code == 0);
  CHECK(account.run({"doctor", "--provider", "acme"}).exit_code == 0);
}

TEST_CASE("a night that a restored state has not seen is not paid for again without a question") {
  const Account account;
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  CHECK(account.run({"backup", "copy.db"}).exit_code == 0);
  account.folder.write("tickets.jsonl", "{\"id\":\"of the next day\"}\n");
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  const auto run = account.newest_run();
  account.put_back("copy.db");
  CHECK(account.run({"unpause", "tickets"}).exit_code == 0);

  const auto of_the_night = account.folder.read("tickets.jsonl");
  account.folder.write("tickets.jsonl", "{\"id\":\"of a day after\"}\n");
  const auto other = account.run({"run", "tickets.yaml"});
  CAPTURE(other.err);
  CHECK(other.exit_code == 2);
  CHECK(holds(other.err, "this state directory was put back from a backup of "));
  CHECK(holds(other.err, "acme holds 1 answers of a run of tickets that is not known here (" + run));

  account.folder.write("tickets.jsonl", of_the_night);
  const auto again = account.run({"run", "tickets.yaml"});
  CAPTURE(again.err);
  CHECK(again.exit_code == 2);
  CHECK(holds(again.err, "this very run is at acme already, as run " + run + " of tickets (a batch, 1 answers so far"));
  SUBCASE("it is adopted, and costs nothing") {
    CHECK(account.run({"run", "tickets.yaml", "--adopt", run}).exit_code == 0);
    CHECK(account.batches_made() == 4);
    CHECK(account.run({"verify", run}).exit_code == 0);
  }
  SUBCASE("once a person has said --new, nobody is asked of it again") {
    CHECK(account.run({"run", "tickets.yaml", "--new"}).exit_code == 0);
    account.folder.write("tickets.jsonl", "{\"id\":\"of a third day\"}\n");
    CHECK(account.run({"run", "tickets.yaml"}).exit_code == 0);
    CHECK(account.batches_made() == 6);
  }
}

TEST_CASE("bug: --new in spite of one night was taken for every night that a restored state has not seen") {
  Account account;
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  CHECK(account.run({"backup", "copy.db"}).exit_code == 0);
  account.put_back("copy.db");
  CHECK(account.run({"unpause", "tickets"}).exit_code == 0);
  account.folder.write("tickets.jsonl", "{\"id\":\"of the next day\"}\n");
  REQUIRE(account.run({"run", "tickets.yaml", "--new"}).exit_code == 0);
  account.wait_until_over(account.plant_lost().id);  // it was late in the list
  account.folder.write("tickets.jsonl", "{\"id\":\"of a third day\"}\n");
  const auto again = account.run({"run", "tickets.yaml"});
  CHECK(again.exit_code == 2);
  CHECK(holds(again.err, "a run of tickets that is not known here (" + std::string(lost_run)));
}

TEST_CASE("a restored state looks for the settle time, says so, and is whole when there is nothing strange") {
  const Account account({"list_lag_ms=600"});
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  CHECK(account.run({"backup", "copy.db"}).exit_code == 0);
  account.folder.write("tickets.jsonl", "{\"id\":\"of the next day\"}\n");
  SUBCASE("a batch of just now shows late, and is seen") {
    account.settle_for("3s");
    REQUIRE(account.run({"run", "tickets.yaml", "--no-wait"}).exit_code == 0);
    account.put_back("copy.db");
    CHECK(account.run({"unpause", "tickets"}).exit_code == 0);
    const auto again = account.run({"run", "tickets.yaml"});
    CAPTURE(again.err);
    CHECK(again.exit_code == 2);
    CHECK(account.batches_made() == 4);
  }
  SUBCASE("there is none: it is said once") {
    account.put_back("copy.db");
    CHECK(account.run({"unpause", "tickets"}).exit_code == 0);
    const auto again = account.run({"run", "tickets.yaml"});
    CHECK(again.exit_code == 0);
    CHECK(holds(again.err, "at what acme holds of tickets"));
    account.folder.write("tickets.jsonl", "{\"id\":\"of a third day\"}\n");
    const auto third = account.run({"run", "tickets.yaml"});
    CHECK(third.exit_code == 0);
    CHECK_FALSE(holds(third.err, "put back from a backup"));
  }
}

TEST_CASE("bug: --adopt of a run whose rows a known run has asked was silently ignored") {
  Account account;
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  account.wait_until_over(account.plant_lost().id);
  const auto refused = account.run({"run", "tickets.yaml", "--adopt", std::string(lost_run)});
  CAPTURE(refused.err);
  CHECK(refused.exit_code == 2);
  CHECK(holds(refused.err, "asks the same rows and is over: of run " + std::string(lost_run) +
                               " nothing was adopted, and nothing was sent"));
  CHECK(holds(refused.err, "--new"));
  CHECK(account.batches_made() == 4);
}

TEST_CASE("bug: put back from a backup, where the provider lists no batches, a run was begun without a question") {
  const Account account({"no_lists=1"});
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  CHECK(account.run({"backup", "copy.db"}).exit_code == 0);
  account.put_back("copy.db");
  CHECK(account.run({"unpause", "tickets"}).exit_code == 0);
  account.folder.write("tickets.jsonl", "{\"id\":\"of the next day\"}\n");
  const auto refused = account.run({"run", "tickets.yaml"});
  CHECK(refused.exit_code == 2);
  CHECK(holds(refused.err, "acme lists no batches: what was paid since cannot be told"));
  CHECK(account.batches_made() == 3);
  CHECK(account.run({"run", "tickets.yaml", "--new"}).exit_code == 0);
  CHECK(account.batches_made() == 4);
}

TEST_CASE("a wiped state directory does not pay again for what is in flight") {
  const Account account({"stuck_finalizing=1"});
  account.write_job("tickets", 8);
  const auto first = account.run({"run", "tickets.yaml", "--no-wait"});
  REQUIRE(first.exit_code == 0);
  const auto run = first.out.substr(0, first.out.find('\n'));
  std::filesystem::remove_all(account.folder.path() / "state");

  const auto again = account.run({"run", "tickets.yaml"});
  CHECK(again.exit_code == 2);
  CHECK(holds(again.err, "this very run is at acme already, as run " + run + " of tickets (3 batches, "));
  CHECK(holds(again.err, "batchd run tickets.yaml --adopt " + run));
  CHECK(holds(again.err, "batchd doctor --cancel"));
  CHECK(holds(again.err, "--new"));
  CHECK(account.batches_made() == 3);

  CHECK(account.run({"run", "tickets.yaml", "--adopt", run, "--no-wait"}).exit_code == 0);
  CHECK(account.batches_made() == 3);
  CHECK(account.run({"doctor", "--provider", "acme"}).exit_code == 0);
}

TEST_CASE("a state directory wiped in a round of retries does not pay again for what is asked again") {
  Account account({"missing_lines=0.4"});
  account.folder.write("tickets.yaml", account.folder.read("tickets.yaml") + "recover: {attempts: 2}\n");
  {
    Program killed(account.folder.path(), {"run", "tickets.yaml"});
    REQUIRE(killed.has_said("go into one more batch"));
    while (account.batches_made() < 4) {
    }
    killed.send(SIGKILL);
    (void)killed.finish();
  }
  const auto run = account.newest_run();
  std::filesystem::remove_all(account.folder / "state");
  account.wait_until_over(account.made_batches("4").front());

  const auto again = account.run({"run", "tickets.yaml", "--adopt", run});
  CHECK(holds(again.err, "shard 4: Found " + account.made_batches("4").front()));
  for (const char* shard : {"1", "2", "3", "4", "5"})  // what was not sent then is sent now
    CHECK(account.made_batches(shard).size() <= 1);
  CHECK(account.run({"verify", run}).exit_code == 0);
}

TEST_CASE("batches of other rows are not taken over") {
  const Account account({"stuck_finalizing=1"});
  account.write_job("tickets", 8);
  const auto first = account.run({"run", "tickets.yaml", "--no-wait"});
  const auto run = first.out.substr(0, first.out.find('\n'));
  std::filesystem::remove_all(account.folder.path() / "state");
  account.folder.write("tickets.jsonl", "{\"id\":\"another\"}\n");
  const auto refused = account.run({"run", "tickets.yaml", "--adopt", run});
  CHECK(refused.exit_code == 2);
  CHECK(holds(refused.err, "run " + run + " was asked something else: its rows, or what is asked about them"));
  CHECK(account.batches_made() == 3);

  // bug: what was prepared for them stayed, and was in the way of a run that is begun anew
  CHECK_FALSE(holds(account.run({"runs"}).out, run));
  CHECK(holds(account.run({"run", "tickets.yaml"}).err, "acme holds 3 live batches of tickets"));
  CHECK(account.run({"run", "tickets.yaml", "--new", "--no-wait"}).exit_code == 0);
  CHECK(account.batches_made() == 4);
}

TEST_CASE("bug: a state directory lost after its batches had ended paid again without a question") {
  const Account account;
  REQUIRE(account.run({"run", "tickets.yaml"}).exit_code == 0);
  const auto run = account.newest_run();
  std::filesystem::remove_all(account.folder.path() / "state");
  const auto rows = account.folder.read("tickets.jsonl");
  account.folder.write("tickets.jsonl", rows + "{\"id\":\"one more\"}\n");
  CHECK(holds(account.run({"run", "tickets.yaml"}).err,
              "this state directory has never run tickets, and acme holds 20 answers of a run of tickets that is not"
              " known here"));
  account.folder.write("tickets.jsonl", rows);

  const auto again = account.run({"run", "tickets.yaml"});
  CAPTURE(again.err);
  CHECK(again.exit_code == 2);
  CHECK(holds(again.err, "this very run is at acme already, as run " + run));
  CHECK(holds(again.err, "batchd run tickets.yaml --adopt " + run));
  CHECK(account.batches_made() == 3);
  CHECK(account.run({"run", "tickets.yaml", "--adopt", run}).exit_code == 0);
  CHECK(account.batches_made() == 3);
  CHECK(account.run({"verify", run}).exit_code == 0);

  // It has run the job now: rows of another day are nobody's business but its own.
  account.folder.write("tickets.jsonl", "{\"id\":\"another\"}\n");
  CHECK(account.run({"run", "tickets.yaml"}).exit_code == 0);
  CHECK(account.batches_made() == 4);
}

TEST_CASE("another run beside the strange ones is begun by --new") {
  Account account({"stuck_finalizing=1"});
  (void)account.plant_lost();
  CHECK(account.run({"run", "tickets.yaml", "--no-wait"}).exit_code == 2);
  CHECK(account.run({"run", "tickets.yaml", "--no-wait", "--new"}).exit_code == 0);
  account.write_job("invoices", 1);  // of another job
  CHECK(account.run({"run", "invoices.yaml", "--no-wait"}).exit_code == 0);
}

TEST_CASE("two processes at once on one state directory: on different runs both finish") {
  const Account account;
  account.write_job("invoices", 1);
  Program tickets(account.folder.path(), {"run", "tickets.yaml"});
  Program invoices(account.folder.path(), {"run", "invoices.yaml"});
  CHECK(tickets.finish().exit_code == 0);
  CHECK(invoices.finish().exit_code == 0);
  CHECK(account.batches_made() == 6);
  CHECK(account.run({"verify", "tickets"}).exit_code == 0);
  CHECK(account.run({"verify", "invoices"}).exit_code == 0);
}

TEST_CASE("two processes at once on the same run: one does it, the other is told who, and killed it is taken over") {
  const Account account;
  Program first(account.folder.path(), {"run", "tickets.yaml"});
  REQUIRE(first.has_said("Submitted"));
  first.send(SIGSTOP);  // alive, and not done before the other has looked
  const auto second = account.run({"run", "tickets.yaml"});
  CHECK(second.exit_code == 6);
  CHECK(holds(second.err, fmt::format("process {} on ", first.pid())));
  CHECK(account.run({"resume", "tickets"}).exit_code == 6);
  first.send(SIGKILL);
  CHECK(first.finish().exit_code == 128 + SIGKILL);
  CHECK(account.run({"run", "tickets.yaml"}).exit_code == 0);
  CHECK(account.batches_made() == 3);
}

TEST_CASE("the same command twice at the same moment: one run, one of them does it") {
  const Account account;
  Program one(account.folder.path(), {"run", "tickets.yaml"});
  Program two(account.folder.path(), {"run", "tickets.yaml"});
  const auto codes = std::minmax({one.finish().exit_code, two.finish().exit_code});
  CHECK(codes.first == 0);
  CHECK((codes.second == 0 || codes.second == 6));  // 0: it came after the end
  CHECK(account.batches_made() == 3);
}

TEST_SUITE_END();

}  // namespace
}  // namespace batchd::cli
