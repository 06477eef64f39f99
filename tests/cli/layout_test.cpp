#include "doors/cli/layout.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <time.h>

#include "doors/cli/screen.hpp"

namespace batchd::cli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using Lines = std::vector<std::string>;

const Time now = *parse_utc("2026-11-23T14:05:00Z");

struct Zone {
  explicit Zone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};

ListedRun listed(const char* job, model::RunState state, std::uint64_t items, Time created) {
  ListedRun listed;
  listed.run.id = "01kc2v4n5q8000000000000001";
  listed.run.job = job;
  listed.run.state = state;
  listed.run.items = items;
  listed.run.created_at = created;
  listed.short_id = "01kc2v4n";
  return listed;
}

std::vector<ListedRun> three_runs() {
  std::vector<ListedRun> runs = {
      listed("ticket-summaries", model::RunState::running, 200, now - minutes(3)),
      listed("debian-catalog", model::RunState::succeeded, 63'666, now - hours(20)),
      listed("an-old-one", model::RunState::failed, 7, now - hours(24 * 400)),
  };
  runs[1].counts.failed = 1'234;
  return runs;
}

Canvas terminal(unsigned columns) {
  Canvas canvas;
  canvas.columns = columns;
  canvas.person = true;
  return canvas;
}

TEST_CASE("runs on a terminal: a heading, short ids, times of this place") {
  const Zone zone("UTC");
  CHECK(run_table(terminal(100), three_runs(), now) ==
        Lines{
            "RUN       STATE      JOB                ITEMS  FAILED  CREATED",
            "01kc2v4n  running    ticket-summaries     200       0  3 min ago, 14:02",
            "01kc2v4n  succeeded  debian-catalog    63,666   1,234  20 h ago, 22 Nov 18:05",
            "01kc2v4n  failed     an-old-one             7       0  400 d ago, 19 Oct 2025 14:05",
        });
}

TEST_CASE("runs in a pipe: whole ids, times in UTC, no heading, whatever the zone") {
  const Zone zone("Asia/Tokyo");
  Canvas pipe;
  CHECK(run_table(pipe, three_runs(), now).at(1) ==
        "01kc2v4n5q8000000000000001  succeeded  debian-catalog    63,666  1,234  2026-11-22T18:05:00Z");
}

TEST_CASE("no line of a list is wider than the terminal or ends in a blank") {
  auto runs = three_runs();
  runs[0].run.job = std::string(100, 'j');
  runs[1].run.job = "レビューの要約を毎晩つくる仕事";
  runs[2].run.simulated = true;
  for (const unsigned columns : {200U, 100U, 80U, 72U, 60U, 40U}) {
    for (const auto& line : run_table(terminal(columns), runs, now)) {
      CAPTURE(line);
      CHECK(width_of(line) <= columns);
      CHECK_FALSE(line.ends_with(' '));
    }
  }
}

TEST_CASE("what is simulated or a sample is marked") {
  auto runs = three_runs();
  runs[0].run.simulated = true;
  runs[0].run.sample = true;
  runs[1].run.sample = true;
  const auto lines = run_table(terminal(200), runs, now);
  CHECK(lines.at(1).ends_with("  simulated, sample"));
  CHECK(lines.at(2).ends_with("  sample"));
}

TEST_CASE("a time says how long ago and when, with as much of the date as it takes") {
  const Zone zone("UTC");
  CHECK(moment(now - minutes(3), now) == "3 min 00 s ago, 14:02");
  CHECK(moment(now + hours(2), now) == "in 2 h 00 min, 16:05");
  CHECK(clock_time(now - hours(24), now) == "22 Nov 14:05");
  CHECK(clock_time(now - hours(24 * 365), now) == "23 Nov 2025 14:05");
  CHECK(roughly_ago(now - minutes(3), now) == "3 min ago");
  CHECK(roughly_ago(now - hours(50), now) == "2 d ago");
  CHECK(roughly_ago(now, now) == "now");
}

TEST_CASE("times are those of the place, not of Greenwich") {
  const Zone zone("Asia/Tokyo");
  CHECK(clock_time(now, now) == "23:05");
  CHECK(clock_time(now + hours(1), now) == "24 Nov 00:05");
}

TEST_CASE("a panel is erased over the rows it takes, also after the terminal became narrower") {
  CHECK(erasing({}, 80).empty());
  CHECK(erasing({"one", "two"}, 80) == "\x1b[2A\r\x1b[J");
  CHECK(erasing({std::string(80, 'x'), "two"}, 80) == "\x1b[2A\r\x1b[J");
  CHECK(erasing({std::string(80, 'x'), "two", ""}, 40) == "\x1b[4A\r\x1b[J");
}

}  // namespace
}  // namespace batchd::cli
