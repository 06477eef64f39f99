// A month under a turned clock: twenty jobs on their schedules, a daemon that is stopped and killed and begun again,
// job files that are broken and mended, a provider that is away for an hour or a night. Every due time has one fate,
// every begun one has one run, the provider was asked for each of them once, and whoever is to hear of one has heard.

#include <algorithm>
#include <array>
#include <csignal>
#include <map>
#include <set>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/runner/messenger.hpp"
#include "doors/daemon/circuit_breaker.hpp"
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
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const Time first_of_march = *parse_utc("2026-03-01T00:00:00Z");  // the clocks of Europe and America go forward in it
constexpr Duration month_end = hours(24 * 31) - minutes(45);     // nothing is due about then
constexpr int jobs = 20;
constexpr int jobs_told_of = 2;  // each message is a process
constexpr std::uint64_t line_bytes_max = 1'000'000;

struct Schedule {
  const char* cron;
  const char* zone;
  const char* catch_up;
};
constexpr std::array<Schedule, 5> schedules{{{"30 1 * * *", "Europe/Berlin", "latest"},
                                             {"30 2 * * *", "Europe/Berlin", "all"},
                                             {"15 2 * * 1-5", "America/New_York", "latest"},
                                             {"0 */8 * * *", "UTC", "none"},
                                             {"0 12 1,15 * *", "Australia/Lord_Howe", "all"}}};

const Schedule& schedule_of(int job) { return schedules[static_cast<std::size_t>(job) % schedules.size()]; }
std::string name_of_job(int job) { return fmt::format("job-{}", job); }

void write_job(const test::TemporaryFolder& folder, int job, bool broken = false) {
  const auto& schedule = schedule_of(job);
  folder.write(fmt::format("jobs/{}.yaml", name_of_job(job)),
               fmt::format(R"(name: {}
provider: acme
input: {{path: rows.jsonl, id: id}}
request: {{model: gpt-4o-mini, messages: [{{role: user, content: "{{{{id}}}}"}}]}}
output: {{path: ../out}}
{}: {{cron: "{}", timezone: {}, catch_up: {}, overlap: queue, jitter: 5m}}
notify: [{{on: [success], command: [sh, -c, "echo $BATCHD_RUN >> {}/told-of-$BATCHD_JOB"]}}]
)",
                           name_of_job(job), broken ? "schedul" : "schedule", schedule.cron, schedule.zone,
                           schedule.catch_up, folder.path().string()));
  if (job >= jobs_told_of) {
    const auto file = fmt::format("jobs/{}.yaml", name_of_job(job));
    const auto text = folder.read(file);
    folder.write(file, text.substr(0, text.find("notify:")));
  }
}

struct Outage {
  Duration from, to;  // since the month began
};

struct Life {
  Duration from, to;
  bool is_killed = false;  // at its end, instead of being told to stop
  std::vector<Outage> outages = {};
};

job::Config config_of(const Path& folder) {
  job::Config config;
  config.state_folder = folder / "state";
  model::ProviderSpec spec;
  spec.name = "acme";
  spec.profile = model::Profile::openai;
  spec.base_url = "http://simulator.invalid/v1";
  spec.api_key_file = folder / "key";
  config.providers["acme"] = spec;
  return config;
}

async::Task<void> live(runner::Surroundings& around, const job::Config& config, const ReachProvider& reach,
                       const notify::Post& post, const Path& jobs_folder, const Life& life) {
  EventFeed feed(around.loop, around.log, "life");
  JobFolder folder(jobs_folder, config, [](std::string_view) { return std::nullopt; });
  PoolOptions pacing;
  pacing.watch_every = minutes(10);
  RunPool pool(around, config, reach, feed, pacing);
  SchedulerOptions options;
  options.look_every = minutes(30);
  options.take_up_every = hours(1);
  Scheduler scheduler(around, folder, pool, options);
  const async::StopToken stop;
  async::TaskGroup group(around.loop);
  const auto follow = [](Scheduler& to, async::StopToken until) -> async::Task<void> {
    const auto ended = co_await to.run(until);
    check(ended.ok(), "the scheduler can begin");
  };
  group.spawn(follow(scheduler, stop));
  runner::Messenger messenger(around, post, minutes(10));
  group.spawn(messenger.run(stop));
  (void)co_await around.loop.sleep_until(first_of_march + life.to);
  if (life.is_killed) std::raise(SIGKILL);
  stop.stop();
  co_await group.join();
  pool.stop();
  co_await pool.drained();
}

// One process's life.
void play(const test::TemporaryFolder& folder, const Life& life) {
  TurnedClock clock(first_of_march + life.from);
  Random random(static_cast<std::uint64_t>(life.from.count()) + 1);
  RecordingLog log;
  async::Loop loop(clock);
  const auto state = folder / "state";
  const auto database = state / "batchd.db";
  auto store = store::Store::open(database, store::Mode::read_write);
  check(store.ok(), "the store can be opened");
  simulator::Settings settings;
  settings.folder = folder / "world";
  settings.requests_per_second = 1;
  auto world = simulator::Simulator::open(loop, settings);
  check(world.ok(), "the world can be opened");
  check(make_folders(settings.folder / "incoming").ok(), "its folder can be made");
  http::InProcessTransport wire(loop, **world, random, settings.folder / "incoming");
  wire.set_faults([&](const http::Request&) {
    http::Fault fault;
    const auto now = clock.now() - first_of_march;
    for (const auto& outage : life.outages)
      fault.refuse = fault.refuse || (now >= outage.from && now < outage.to);
    return fault;
  });
  const auto config = config_of(folder.path());
  const auto provider = provider::make_provider(config.providers.at("acme"), {loop, wire, log, random});
  CircuitBreaker breaker(*provider, "acme", clock, log);
  const auto reach = [&](const model::ProviderSpec&) -> Result<provider::Provider*> { return &breaker; };
  async::Lane sql(loop, "sql");
  async::WorkerPool workers(loop, 1);
  const auto open_reader = [database] { return store::Store::open(database, store::Mode::read_only); };
  runner::Surroundings around{loop, sql, workers, **store, open_reader, state, this_process(), log, random};
  const notify::Post post{loop, workers, wire, {}};
  loop.run(live(around, config, reach, post, folder / "jobs", life));
}

void play_in_child(const test::TemporaryFolder& folder, const Life& life) {
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    play(folder, life);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (life.is_killed)
    REQUIRE(WIFSIGNALED(status));
  else
    REQUIRE(WIFEXITED(status));
}

std::map<std::string, int> batches_by_run(const test::TemporaryFolder& folder) {
  std::map<std::string, int> batches;
  auto reader = json::LineReader::open(folder / "world/journal.jsonl", line_bytes_max);
  REQUIRE(reader.ok());
  json::Document document;
  for (;;) {
    const auto line = reader->next();
    REQUIRE(line.ok());
    if (line->at_end) return batches;
    const auto entry = document.parse(line->text);
    REQUIRE(entry.ok());
    if (entry->find("type").as_string() == "batch_created")
      ++batches[std::string(entry->find("metadata").find("batchd_run").as_string().value_or(""))];
  }
}

}  // namespace

TEST_CASE(
    "in a month of twenty jobs every due run happens once, whatever happens to the daemon, the files and the "
    "provider") {
  const test::TemporaryFolder folder;
  folder.write("jobs/rows.jsonl", "{\"id\":1}\n{\"id\":2}\n");
  folder.write("key", "any");
  check(make_folders(folder / "state").ok(), "the state's folder can be made");
  for (int job = 0; job < jobs; ++job)
    write_job(folder, job);
  const std::vector<Life> lives{
      {hours(0), hours(100), true, {{hours(30), hours(31)}}},
      {hours(100), hours(101), false},
      {hours(103), hours(260), false, {{hours(120), hours(135)}}},  // away for a night
      {hours(330), hours(400), true},                               // three days of nobody
      {hours(401), month_end, false, {{hours(500), hours(501)}, {hours(600), hours(602)}}},
  };
  for (std::size_t i = 0; i < lives.size(); ++i) {
    if (i == 1) write_job(folder, 3, true);  // a broken edit, while nobody looks
    if (i == 3) write_job(folder, 3);
    play_in_child(folder, lives[i]);
  }

  auto store = store::Store::open(folder / "state/batchd.db", store::Mode::read_only);
  REQUIRE(store.ok());
  const auto batches = batches_by_run(folder);
  std::size_t begun = 0;
  for (int job = 0; job < jobs; ++job) {
    const auto name = name_of_job(job);
    CAPTURE(name);
    const auto& schedule = schedule_of(job);
    const auto pattern = schedule::Pattern::parse(schedule.cron);
    const auto zone = schedule::Zone::find(schedule.zone);
    REQUIRE(pattern.ok());
    REQUIRE(zone.ok());
    auto noted = (*store)->due_runs(name, 10'000);
    REQUIRE(noted.ok());
    std::reverse(noted->begin(), noted->end());
    REQUIRE_FALSE(noted->empty());
    REQUIRE(noted->front().fate == DueFate::watched);
    const auto due = schedule::due_between(*pattern, *zone, noted->front().at, first_of_march + month_end, 10'000);
    std::vector<Time> times;
    for (const auto& one : *noted)
      times.push_back(one.at);
    for (const auto time : due) {
      CAPTURE(key_of(time));
      CHECK(std::find(times.begin(), times.end(), time) != times.end());
    }
    REQUIRE(noted->size() == due.size() + 1);
    for (std::size_t i = 0; i < due.size(); ++i) {
      const auto& one = (*noted)[i + 1];
      CAPTURE(key_of(one.at));
      CHECK(one.at == due[i]);
      const bool is_settled = one.fate == DueFate::begun || one.fate == DueFate::skipped;
      CHECK(is_settled);
      const auto run = (*store)->find_run(name, key_of(one.at));
      REQUIRE(run.ok());
      CHECK(run->has_value() == (one.fate == DueFate::begun));
      if (std::string_view(schedule.catch_up) == "all") CHECK(one.fate == DueFate::begun);
      if (!run->has_value()) continue;
      ++begun;
      CHECK((*run)->state == model::RunState::succeeded);
      CHECK(batches.at((*run)->id) == 1);
    }
  }
  for (int job = 0; job < jobs_told_of; ++job) {
    std::istringstream told(folder.read("told-of-" + name_of_job(job)));
    std::set<std::string> heard;
    for (std::string run; std::getline(told, run);)
      heard.insert(run);  // at least once: a try whose end was not seen is repeated
    const auto runs = (*store)->runs(name_of_job(job), 10'000);
    REQUIRE(runs.ok());
    CHECK(heard.size() == runs->size());
    for (const auto& run : *runs)
      CHECK(heard.contains(run.id));
  }
  CHECK(batches.size() == begun);
  CHECK((*store)->runs("", 10'000)->size() == begun);
  MESSAGE(begun << " runs");
}
