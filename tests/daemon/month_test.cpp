// A month under a turned clock: twenty jobs on their schedules, a daemon that is stopped and killed and begun again,
// job files that are broken and mended, a provider that is away for an hour or a night. Every due time has one fate,
// every begun one has one run, the provider was asked for each of them once, and whoever is to hear of one has heard.

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/daemon_life.hpp"

using namespace batchd;
using namespace batchd::daemon;
using batchd::daemon::test::journal_by_run;
using batchd::daemon::test::Life;
using batchd::daemon::test::play;
using model::DueFate;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const Time first_of_march = *parse_utc("2026-03-01T00:00:00Z");  // the clocks of Europe and America go forward in it
constexpr Duration month_end = hours(24 * 31) - minutes(45);     // nothing is due about then
constexpr int jobs = 20;
constexpr int jobs_told_of = 2;  // each message is a process

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

void write_job(const batchd::test::TemporaryFolder& folder, int job, bool broken = false) {
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

Life living(Duration from, Duration to, bool is_killed, std::vector<Outage> outages = {}) {
  Life life{first_of_march + from, first_of_march + to, is_killed};
  life.look_every = minutes(30);
  life.watch_every = minutes(10);
  life.world.requests_per_second = 1;
  life.is_provider_away = [outages = std::move(outages)](Time now) {
    const auto holds = [&](const Outage& outage) {
      return now >= first_of_march + outage.from && now < first_of_march + outage.to;
    };
    return std::any_of(outages.begin(), outages.end(), holds);
  };
  return life;
}

void play_in_child(const batchd::test::TemporaryFolder& folder, const Life& life) {
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    RecordingLog log;
    play(folder.path(), life, log);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (life.is_killed)
    REQUIRE(WIFSIGNALED(status));
  else
    REQUIRE(WIFEXITED(status));
}

}  // namespace

TEST_CASE(
    "in a month of twenty jobs every due run happens once, whatever happens to the daemon, the files and the "
    "provider") {
  const batchd::test::TemporaryFolder folder;
  folder.write("jobs/rows.jsonl", "{\"id\":1}\n{\"id\":2}\n");
  folder.write("key", "any");
  for (int job = 0; job < jobs; ++job)
    write_job(folder, job);
  const std::vector<Life> lives{
      living(hours(0), hours(100), true, {{hours(30), hours(31)}}),
      living(hours(100), hours(101), false),
      living(hours(103), hours(260), false, {{hours(120), hours(135)}}),  // away for a night
      living(hours(330), hours(400), true),                               // three days of nobody
      living(hours(401), month_end, false, {{hours(500), hours(501)}, {hours(600), hours(602)}}),
  };
  for (std::size_t i = 0; i < lives.size(); ++i) {
    if (i == 1) write_job(folder, 3, true);  // a broken edit, while nobody looks
    if (i == 3) write_job(folder, 3);
    play_in_child(folder, lives[i]);
  }

  auto store = store::Store::open(folder / "state/batchd.db", store::Mode::read_only);
  REQUIRE(store.ok());
  const auto batches = journal_by_run(folder.path(), "batch_created");
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
