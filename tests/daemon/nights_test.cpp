// Whole nights of the daemon's own will under a turned clock: a run that is still in flight when the next is due, and
// records that go when their time has come.

#include <algorithm>
#include <map>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "daemon/daemon_life.hpp"

using namespace batchd;
using namespace batchd::daemon;
using model::DueFate;
using model::RunState;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const Time midnight = *parse_utc("2026-03-02T00:00:00Z");

struct Town {
  Town() { folder.write("key", "any"); }

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
    batchd::daemon::test::Life life{midnight + from, midnight + to};
    life.world = world;
    life.retention = retention;
    life.is_provider_away = [this](Time now) { return now >= midnight + away_from && now < midnight + away_to; };
    batchd::daemon::test::play(folder.path(), life, log);
  }

  std::unique_ptr<store::Store> opened() const {
    auto store = store::Store::open(folder / "state/batchd.db", store::Mode::read_only);
    REQUIRE(store.ok());
    return std::move(*store);
  }

  std::map<std::string, int> journal(std::string_view type) const {
    return batchd::daemon::test::journal_by_run(folder.path(), type);
  }

  batchd::test::TemporaryFolder folder;
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
