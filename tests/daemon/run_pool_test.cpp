// Runs side by side: what they share, and what they must not take from each other.

#include "doors/daemon/run_pool.hpp"

#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/store/store.hpp"
#include "doors/simulator/simulator.hpp"
#include "ground/http/in_process_transport.hpp"
#include "ground/json/document.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::daemon;

namespace {

constexpr std::uint64_t queue_tokens = 4'000;  // about two of the batches below

// The provider's queue holds so many tokens, and the config says so.
struct Desk {
  Desk() {
    folder.write("key", "any");
    check(make_folders(folder / "state").ok(), "the state's folder can be made");
    auto opened = store::Store::open(folder / "state/batchd.db", store::Mode::read_write);
    check(opened.ok(), "the store can be opened");
    store = std::move(*opened);
    simulator::Settings settings;
    settings.folder = folder / "world";
    settings.faults = {{"enqueued_tokens_max", std::to_string(queue_tokens)}};
    auto made = simulator::Simulator::open(loop, settings);
    check(made.ok(), "the world can be opened");
    world = std::move(*made);
    check(make_folders(settings.folder / "incoming").ok(), "its folder can be made");
    wire = std::make_unique<http::InProcessTransport>(loop, *world, random, settings.folder / "incoming");
    config.state_folder = folder / "state";
    model::ProviderSpec spec;
    spec.name = "acme";
    spec.profile = model::Profile::openai;
    spec.base_url = "http://simulator.invalid/v1";
    spec.api_key_file = folder / "key";
    spec.limits.max_in_flight_tokens = queue_tokens;
    config.providers["acme"] = spec;
    provider = provider::make_provider(spec, {loop, *wire, log, random});
    sql = std::make_unique<async::Lane>(loop, "sql");
    const auto database = folder / "state/batchd.db";
    around.reset(new runner::Surroundings{loop, *sql, workers, *store,
                                          [database] { return store::Store::open(database, store::Mode::read_only); },
                                          folder / "state", this_process(), log, random});
    pool.emplace(
        *around, config, [this](const model::ProviderSpec&) -> Result<provider::Provider*> { return provider.get(); },
        observer);
  }

  model::JobSpec job(const std::string& name) {
    std::string rows;
    for (int i = 0; i < 40; ++i)
      rows += fmt::format("{{\"id\":\"{}-{}\",\"text\":\"{}\"}}\n", name, i, std::string(1'000, 'x'));
    folder.write(name + ".jsonl", rows);
    const auto file = folder.write(name + ".yaml", fmt::format(R"(name: {0}
provider: acme
input: {{path: {0}.jsonl, id: id}}
request: {{model: gpt-4o-mini, messages: [{{role: user, content: "{{{{text}}}}"}}]}}
output: {{path: out}}
batch: {{max_requests: 5}}
)",
                                                               name));
    auto loaded = job::load_job(file, name, config, {});
    REQUIRE_MESSAGE(loaded.ok(), job::to_text(loaded.complaints));
    return std::move(loaded.job);
  }

  void begin(const std::string& name) {
    RunPool::Beginning beginning;
    beginning.job = job(name);
    beginning.key = "now";
    beginning.run_id = "01kb000000000000000000000" + std::to_string(++begun);
    beginning.on_begun = [](Result<std::string> run) -> async::Task<void> {
      CHECK(run.ok());
      co_return;
    };
    REQUIRE(pool->begin(std::move(beginning)).ok());
  }

  std::size_t journal_lines_with(std::string_view text) const {
    std::istringstream journal(folder.read("world/journal.jsonl"));
    std::size_t count = 0;
    for (std::string line; std::getline(journal, line);)
      count += line.find(text) != std::string::npos;
    return count;
  }

  test::TemporaryFolder folder;
  TurnedClock clock{*parse_utc("2026-11-29T00:00:00Z")};
  async::Loop loop{clock};
  RecordingLog log;
  Random random{1};
  job::Config config;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<simulator::Simulator> world;
  std::unique_ptr<http::InProcessTransport> wire;
  std::unique_ptr<provider::Provider> provider;
  std::unique_ptr<async::Lane> sql;
  async::WorkerPool workers{loop, 1};
  std::unique_ptr<runner::Surroundings> around;
  runner::Observer observer;
  std::optional<RunPool> pool;
  int begun = 0;
};

}  // namespace

TEST_CASE("a run whose rows are wrong says where the first of them is, and not what it holds") {
  Desk desk;
  auto job = desk.job("tickets");
  desk.folder.write("tickets.jsonl", "{\"id\":\"1\",\"text\":\"a\"}\n{\"text\":\"of a customer\"}\n");
  RunPool::Beginning beginning;
  beginning.job = job;
  beginning.key = "now";
  beginning.run_id = "01kb0000000000000000000009";
  std::string why;
  beginning.on_begun = [&why](Result<std::string> run) -> async::Task<void> {
    why = run ? "" : run.error().message;
    co_return;
  };
  REQUIRE(desk.pool->begin(std::move(beginning)).ok());
  desk.loop.run(desk.pool->drained());
  CAPTURE(why);
  CHECK(why.find("; the first is tickets.jsonl:2 (invalid_row)") != std::string::npos);
  CHECK(why.find("customer") == std::string::npos);
}

TEST_CASE("two runs share the provider's queue: one waits for what stood there when it came, and for nothing after") {
  Desk desk;
  desk.begin("tickets");
  desk.begin("reviews");
  desk.loop.run(desk.pool->drained());
  for (const char* job : {"tickets", "reviews"}) {
    const auto runs = desk.store->runs(job, 10);
    REQUIRE(runs.ok());
    REQUIRE(runs->size() == 1);
    CHECK(runs->front().state == model::RunState::succeeded);
  }
  // Eight batches each, and one that met a queue filled before there were two of them.
  CHECK(desk.journal_lines_with("batch_created") <= 17);
}
