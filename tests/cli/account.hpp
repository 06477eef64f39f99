#pragma once
// `batchd simulate` as a server, and a folder whose config names only that: the program beside a provider's account.

#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/program.hpp"
#include "core/runner/account_audit.hpp"
#include "doors/cli/doctor.hpp"
#include "ground/json/document.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::cli::test {

using Words = std::vector<std::string>;

inline constexpr std::string_view lost_run = "01jd0000000000000000000001";

inline bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// A provider of its own, and a folder whose config names only that.
class Account {
 public:
  explicit Account(const Words& faults = {}) {
    serve(faults);
    write_job("tickets", 1);
  }
  ~Account() { server_->send(SIGKILL); }

  // The same provider, on another day.
  void restart(const Words& faults) {
    server_->send(SIGTERM);
    (void)server_->finish();
    remote_.reset();
    serve(faults);
  }

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

  // As the provider's journal has them, oldest first.
  std::vector<std::string> made_batches(std::string_view shard = {}) const {
    std::istringstream journal(folder.read("journal.jsonl"));
    std::vector<std::string> made;
    json::Document document;
    for (std::string line; std::getline(journal, line);) {
      const auto entry = document.parse(line);
      if (!entry || entry->find("type").as_string() != "batch_created") continue;
      if (!shard.empty() && entry->find("metadata").find("batchd_shard").as_string() != shard) continue;
      made.emplace_back(entry->find("batch").as_string().value_or(""));
    }
    return made;
  }
  std::size_t batches_made() const { return made_batches().size(); }

  void settle_for(std::string_view time) const {
    auto config = folder.read("batchd.yaml");
    constexpr std::string_view usual = "settle: 100ms";
    folder.write("batchd.yaml", config.replace(config.find(usual), usual.size(), fmt::format("settle: {}", time)));
  }

  // A backup takes the place of the database, as the README says it.
  void put_back(const std::string& backup) const {
    const auto state = folder.path() / "state";
    for (const char* name : {"batchd.db", "batchd.db-wal", "batchd.db-shm"})
      std::filesystem::remove(state / name);
    std::filesystem::copy(folder.path() / backup, state / "batchd.db");
  }

  std::string newest_run() const {
    json::Document document;
    const auto said = run({"runs", "--limit", "1", "--json"}).out;
    const auto first = said.substr(0, said.find('\n'));
    const auto parsed = document.parse(first);
    REQUIRE(parsed.ok());
    return std::string(parsed->find("id").as_string().value_or(""));
  }

  batchd::test::TemporaryFolder folder;

 private:
  void serve(const Words& faults) {
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
  }

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

}  // namespace batchd::cli::test
