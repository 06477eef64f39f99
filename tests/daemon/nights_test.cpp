// Whole nights of the daemon's own will under a turned clock: a run that is still in flight when the next is due, and
// records that go when their time has come.

#include <algorithm>
#include <map>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/runner/messenger.hpp"
#include "doors/daemon/daily_pruning.hpp"
#include "doors/daemon/event_feed.hpp"
#include "doors/daemon/scheduler.hpp"
#include "doors/simulator/simulator.hpp"
#include "ground/http/in_process_transport.hpp"
#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::daemon;
using model::DueFate;
using model::RunState;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const Time midnight = *parse_utc("2026-03-02T00:00:00Z");
constexpr std::uint64_t line_bytes_max = 1'000'000;

struct Town {
  Town() {
    folder.write("key", "any");
    check(make_folders(folder / "state").ok(), "the state's folder can be made");
  }

  void write_rows(int count) const {
    std::string rows;
    for (int i = 1; i <= count; ++i)
      rows += fmt::format("{{\"id\":{}}}\n", i);
    folder.write("jobs/rows.jsonl", rows);
  }
  void write_job(const std::string& more) const {
    folder.write("jobs/tickets.yaml", R"(name: tickets
provider: acme
input: {path: rows.jsonl, id: id}
request: {model: gpt-4o-mini, messages: [{role: user, content: "{{id}}"}]}
output: {path: ../out}
)" + more);
  }

  // One process's life, between two times since midnight.
  void live(Duration from, Duration to) {
    TurnedClock clock(midnight + from);
    Random random(static_cast<std::uint64_t>(from.count()) + 1);
    async::Loop loop(clock);
    const auto state = folder / "state";
    const auto database = state / "batchd.db";
    auto store = store::Store::open(database, store::Mode::read_write);
    REQUIRE(store.ok());
    world.folder = folder / "world";
    auto simulator = simulator::Simulator::open(loop, world);
    REQUIRE(simulator.ok());
    REQUIRE(make_folders(world.folder / "incoming").ok());
    http::InProcessTransport wire(loop, **simulator, random, world.folder / "incoming");
    wire.set_faults([&](const http::Request&) {
      http::Fault fault;
      const auto now = clock.now() - midnight;
      fault.refuse = now >= away_from && now < away_to;
      return fault;
    });
    job::Config config;
    config.state_folder = state;
    config.retention = retention;
    model::ProviderSpec spec;
    spec.name = "acme";
    spec.profile = model::Profile::openai;
    spec.base_url = "http://simulator.invalid/v1";
    spec.api_key_file = folder / "key";
    config.providers["acme"] = spec;
    const auto provider = provider::make_provider(spec, {loop, wire, log, random});
    const auto reach = [&](const model::ProviderSpec&) -> Result<provider::Provider*> { return provider.get(); };
    async::Lane sql(loop, "sql");
    async::WorkerPool workers(loop, 1);
    const auto open_reader = [database] { return store::Store::open(database, store::Mode::read_only); };
    runner::Surroundings around{loop, sql, workers, **store, open_reader, state, this_process(), log, random};
    loop.run(serve(around, config, reach, midnight + to));
  }

  async::Task<void> serve(runner::Surroundings& around, const job::Config& config, const ReachProvider& reach,
                          Time until) const {
    EventFeed feed(around.loop, around.log, "life");
    JobFolder jobs(folder / "jobs", config, [](std::string_view) { return std::nullopt; });
    PoolOptions pacing;
    pacing.watch_every = minutes(1);
    RunPool pool(around, config, reach, feed, pacing);
    SchedulerOptions options;
    options.look_every = minutes(5);
    options.take_up_every = hours(1);
    Scheduler scheduler(around, jobs, pool, options);
    DailyPruning pruning(around, config.retention);
    const async::StopToken stop;
    async::TaskGroup group(around.loop);
    const auto follow = [](Scheduler& to, async::StopToken over) -> async::Task<void> {
      const auto ended = co_await to.run(over);
      check(ended.ok(), "the scheduler can begin");
    };
    group.spawn(follow(scheduler, stop));
    group.spawn(pruning.run(stop));
    (void)co_await around.loop.sleep_until(until);
    stop.stop();
    co_await group.join();
    pool.stop();
    co_await pool.drained();
  }

  std::unique_ptr<store::Store> opened() const {
    auto store = store::Store::open(folder / "state/batchd.db", store::Mode::read_only);
    REQUIRE(store.ok());
    return std::move(*store);
  }

  // How often the provider's journal says this of each run.
  std::map<std::string, int> journal(std::string_view type) const {
    std::map<std::string, int> found;
    auto reader = json::LineReader::open(folder / "world/journal.jsonl", line_bytes_max);
    REQUIRE(reader.ok());
    json::Document document;
    for (;;) {
      const auto line = reader->next();
      REQUIRE(line.ok());
      if (line->at_end) return found;
      const auto entry = document.parse(line->text);
      REQUIRE(entry.ok());
      if (entry->find("type").as_string() == type)
        ++found[std::string(entry->find("metadata").find("batchd_run").as_string().value_or(""))];
    }
  }

  test::TemporaryFolder folder;
  RecordingLog log;
  simulator::Settings world;
  model::Retention retention;
  Duration away_from{0};  // is the provider
  Duration away_to{0};
};

std::string key_at(Duration since_midnight) { return key_of(midnight + since_midnight); }

}  // namespace

TEST_CASE("a run that is in flight when the next is due is cancelled, keeps what was answered, and the next begins") {
  Town town;
  town.write_rows(2'400);
  town.write_job(R"(schedule: {cron: "0 * * * *", overlap: cancel_previous}
batch: {max_requests: 1200}
)");
  town.world.validating = minutes(50);  // then a request a second: 20 minutes a batch
  town.world.requests_per_second = 1;
  town.live(minutes(30), minutes(170));

  const auto store = town.opened();
  const auto first = store->find_run("tickets", key_at(hours(1)));
  REQUIRE(first.ok());
  REQUIRE(first->has_value());
  CHECK((*first)->state == RunState::cancelled);
  const auto counts = store->counts((*first)->id);
  REQUIRE(counts.ok());
  CHECK(counts->succeeded > 0);
  CHECK(counts->failed > 0);
  CHECK(counts->succeeded + counts->failed == 2'400);
  CHECK(counts->reasons[static_cast<std::size_t>(model::Reason::cancelled)] == counts->failed);
  CHECK(path_exists(town.folder / ("out/" + (*first)->id + "/results.jsonl")));

  const auto second = store->find_run("tickets", key_at(hours(2)));
  REQUIRE(second.ok());
  REQUIRE(second->has_value());
  CHECK((*second)->state == RunState::running);
  CHECK_FALSE((*second)->cancel_requested_at);
  CHECK((*second)->started_at >= (*first)->finished_at);
  CHECK((*second)->started_at < midnight + hours(2) + minutes(10));

  const auto due = store->due_runs("tickets", 10);
  REQUIRE(due.ok());
  REQUIRE(due->size() == 3);  // the first is from where the schedule is followed
  CHECK((*due)[0].fate == DueFate::begun);
  CHECK((*due)[1].fate == DueFate::begun);
  const auto made = town.journal("batch_created");
  CHECK(made.at((*first)->id) == 2);
  CHECK(made.at((*second)->id) == 2);
  CHECK(made.size() == 2);
}

TEST_CASE("bug: a time that waited for the run before to be cancelled was begun although a later one had come") {
  Town town;
  town.write_rows(4);
  town.write_job("schedule: {cron: \"0 * * * *\", overlap: cancel_previous}\n");
  town.world.validating = minutes(50);
  town.away_from = minutes(90);  // so that nothing can be cancelled
  town.away_to = minutes(200);
  town.live(minutes(30), minutes(230));
  const auto store = town.opened();
  const auto due = store->due_runs("tickets", 10);
  REQUIRE(due.ok());
  REQUIRE(due->size() == 4);
  CHECK((*due)[0].at == midnight + hours(3));
  CHECK((*due)[0].fate == DueFate::begun);
  CHECK((*due)[1].fate == DueFate::skipped);
  CHECK((*due)[1].detail == "the one of 2026-03-02T03:00:00Z took its place (overlap: cancel_previous)");
  CHECK((*due)[2].fate == DueFate::begun);
  CHECK(town.journal("batch_created").size() == 2);
}

TEST_CASE("a daemon deletes what its retention no longer keeps, once a day, and no due time is begun again") {
  Town town;
  town.write_rows(3);
  town.write_job("schedule: {cron: \"0 */6 * * *\", catch_up: all}\n");
  town.retention = {hours(12), hours(24), hours(48)};
  town.live(hours(0), hours(24 * 5));
  town.live(hours(24 * 5) + minutes(30), hours(24 * 6) + minutes(30));

  const auto store = town.opened();
  const auto runs = store->runs("tickets", 100);
  const auto pruned = store->pruned_runs("tickets", 100);
  REQUIRE(runs.ok());
  REQUIRE(pruned.ok());
  CHECK(runs->size() >= 8);
  CHECK(pruned->size() >= 12);
  const auto begun = runs->size() + pruned->size();
  CHECK(begun == 24);
  CHECK(runs->front().created_at > pruned->front().created_at);
  const auto made = town.journal("batch_created");
  CHECK(made.size() == begun);
  for (const auto& [run, batches] : made)
    CHECK(batches == 1);
  for (const auto& run : *pruned) {
    CHECK_FALSE(path_exists(town.folder / ("state/spool/" + run.id)));
    CHECK_FALSE(path_exists(town.folder / ("state/answers/" + run.id)));
    CHECK(path_exists(Path(run.results_folder) / "results.jsonl"));
  }
  CHECK(store->unswept_runs(10)->empty());
  CHECK(path_exists(town.folder / ("state/answers/" + runs->front().id)));
  const auto due = store->due_runs("tickets", 100);
  REQUIRE(due.ok());
  CHECK(due->size() < begun);
  const auto audit = store->audit_entries(100);
  REQUIRE(audit.ok());
  REQUIRE_FALSE(audit->empty());
  CHECK(audit->front().who == "batchd");
  CHECK(audit->front().action == "prune");
  CHECK(audit->size() <= 6);
  CHECK(town.log.has("pruned"));
}

TEST_CASE("without a retention a daemon deletes nothing") {
  Town town;
  town.write_rows(3);
  town.write_job("schedule: {cron: \"0 */6 * * *\"}\n");
  town.live(hours(0), hours(24 * 3));
  const auto store = town.opened();
  CHECK(store->runs("tickets", 100)->size() == 11);
  CHECK(store->pruned_runs("tickets", 100)->empty());
  CHECK(store->audit_entries(100)->empty());
}
