// One account, several states and processes: the program against `batchd simulate` as a server. Orphans are planted by
// hand, the way a lost state directory leaves them.

#include <algorithm>
#include <memory>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/program.hpp"
#include "core/runner/account_audit.hpp"
#include "doors/cli/doctor.hpp"
#include "ground/json/document.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

using test::Ended;
using test::Program;
using Words = std::vector<std::string>;

constexpr std::string_view lost_run = "01jd0000000000000000000001";

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// A provider of its own, and a folder whose config names only that.
class Account {
 public:
  explicit Account(const Words& faults = {}) {
    Words words{"simulate", "--state", "world", "--journal", "journal.jsonl"};
    for (const auto& fault : faults) {
      words.emplace_back("--fault");
      words.push_back(fault);
    }
    server_ = std::make_unique<Program>(folder.path(), words);
    json::Document document;
    const auto said = server_->first_line();
    const auto parsed = document.parse(said);
    REQUIRE(parsed.ok());
    base_url_ = std::string(parsed->find("base_url").as_string().value_or(""));
    folder.write("key", "any");
    folder.write("batchd.yaml", fmt::format(R"(state_dir: state
providers:
  acme:
    profile: openai
    base_url: {}
    api_key_file: key
    poll: {{first: 50ms, max: 1s}}
    reconcile: {{settle: 100ms}}
)",
                                            base_url_));
    folder.write("probe.yaml",
                 fmt::format(R"(state_dir: state
providers:
  acme:
    profile: dashscope
    base_url: {}
    api_key_file: key
    poll: {{first: 50ms, max: 1s}}
)",
                             std::string(base_url_).replace(base_url_.rfind("/v1"), 0, "/compatible-mode")));
    write_job("tickets", 1);
  }
  ~Account() { server_->send(SIGKILL); }

  // Twenty rows in three shards.
  void write_job(const std::string& name, int batches_in_flight) const {
    std::string rows;
    for (int i = 1; i <= 20; ++i)
      rows += fmt::format(R"({{"id":"{}-{}"}})", name, i) + "\n";
    folder.write(name + ".jsonl", rows);
    folder.write(name + ".yaml", fmt::format(R"(name: {0}
provider: acme
input: {{path: {0}.jsonl, id: id}}
request:
  model: gpt-4o-mini
  messages: [{{role: user, content: "{{{{id}}}}"}}]
output: {{path: out/{0}}}
batch: {{max_requests: 8, max_batches_in_flight: {1}}}
)",
                                             name, batches_in_flight));
  }

  Ended run(const Words& words) const { return Program(folder.path(), words).finish(); }

  // Uploads one request and makes a batch of it, as somebody who then loses all knowledge of it. Its id.
  model::RemoteBatch plant(const std::map<std::string, std::string>& metadata, const std::string& filename) {
    const auto file =
        folder.write("planted.jsonl", R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":)"
                                      R"({"model":"m","messages":[{"role":"user","content":"x"}]}})"
                                      "\n");
    provider::UploadRequest upload;
    upload.file = file;
    upload.filename = filename;
    auto uploaded = remote().loop().run(remote().provider().upload(upload, never_));
    REQUIRE(uploaded.ok());
    provider::CreateRequest create;
    create.input_file_id = uploaded->file_id;
    create.endpoint = "/v1/chat/completions";
    create.completion_window = "24h";
    create.metadata = metadata;
    auto created = remote().loop().run(remote().provider().create(create, never_));
    REQUIRE(created.ok());
    return *created;
  }
  model::RemoteBatch plant_lost() {
    return plant({{"batchd_job", "tickets"},
                  {"batchd_run", std::string(lost_run)},
                  {"batchd_shard", "1"},
                  {"batchd_submission", "1"}},
                 runner::filename_of(lost_run, 1));
  }
  model::BatchState state_of(const std::string& batch) {
    const auto polled = remote().loop().run(remote().provider().poll(batch, never_));
    REQUIRE(polled.ok());
    return polled->state;
  }
  void wait_until_over(const std::string& batch) {
    while (!model::is_terminal(state_of(batch))) {
    }
  }

  std::size_t batches_made() const {
    std::istringstream journal(folder.read("journal.jsonl"));
    std::size_t made = 0;
    for (std::string line; std::getline(journal, line);)
      made += holds(line, R"("type":"batch_created")") ? 1 : 0;
    return made;
  }

  batchd::test::TemporaryFolder folder;

 private:
  RemoteSide& remote() {
    if (remote_) return *remote_;
    model::ProviderSpec spec;
    spec.name = "acme";
    spec.profile = model::Profile::openai;
    spec.base_url = base_url_;
    spec.api_key_file = folder.path() / "key";
    auto opened = RemoteSide::open(spec, GlobalOptions{});
    REQUIRE(opened.ok());
    remote_ = std::move(*opened);
    return *remote_;
  }
  std::unique_ptr<Program> server_;
  std::unique_ptr<RemoteSide> remote_;
  std::string base_url_;
  async::StopToken never_;
};

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

TEST_CASE("a wiped state directory does not pay again for what is in flight") {
  const Account account({"stuck_finalizing=1"});
  account.write_job("tickets", 8);
  const auto first = account.run({"run", "tickets.yaml", "--no-wait"});
  REQUIRE(first.exit_code == 0);
  const auto run = first.out.substr(0, first.out.find('\n'));
  std::filesystem::remove_all(account.folder.path() / "state");

  const auto again = account.run({"run", "tickets.yaml"});
  CHECK(again.exit_code == 2);
  CHECK(holds(again.err, "acme holds 3 live batches of tickets that this state directory does not know"));
  CHECK(holds(again.err, "batchd run tickets.yaml --adopt " + run));
  CHECK(holds(again.err, "batchd doctor --cancel"));
  CHECK(holds(again.err, "--new"));
  CHECK(account.batches_made() == 3);

  CHECK(account.run({"run", "tickets.yaml", "--adopt", run, "--no-wait"}).exit_code == 0);
  CHECK(account.batches_made() == 3);
  CHECK(account.run({"doctor", "--provider", "acme"}).exit_code == 0);
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
  CHECK(holds(refused.err, "can be taken over"));
  CHECK(account.batches_made() == 3);
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

}  // namespace
}  // namespace batchd::cli
