// The way to the provider is gone: for an hour, for a night, for longer than anybody waits; before anything is in
// flight and after. Nothing is lost and nothing is sent twice, and the exit codes are those that were promised.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "rehearsal/fault_table.hpp"
#include "rules/model/exit_code.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::rehearsal;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr std::string_view all_well = "0: 12 succeeded, 3 batches";

// Each answer takes a second, so that an hour can begin between any two of them; undisturbed it takes ten.
Scene scene_at(const Path& folder, Outage outage) {
  Scene scene;
  scene.folder = folder;
  scene.rows = 12;
  scene.rows_per_shard = 4;
  scene.min_success = 1;
  scene.faults = {{"slow_ms", "1s"}};
  scene.outages = {outage};
  build(scene);
  return scene;
}

Scene in_the_morning(Scene scene, Duration later) {
  scene.begin += later;
  scene.outages.clear();
  return scene;
}

}  // namespace

TEST_SUITE_BEGIN("nights");

TEST_CASE("the provider is gone for an hour from any second on: the run waits for it, or is repeated after a minute") {
  int waited = 0;
  int repeated = 0;
  for (const bool is_before_the_wire : {true, false}) {
    for (Duration from = milliseconds(500); from < seconds(11); from += seconds(1)) {
      CAPTURE(is_before_the_wire);
      CAPTURE(from.count());
      const test::TemporaryFolder folder;
      const auto scene = scene_at(folder.path(), {from, from + hours(1), is_before_the_wire});
      const auto played = play(scene);
      const auto morning = morning_of(scene);
      CHECK(complaints_about(scene, morning) == "");
      if (played.exit_code() == model::exit_ok) {
        const bool it_waited = played.ended - scene.begin >= hours(1);
        CHECK(told(played, morning) == all_well);
        CHECK(it_waited == happened(morning, "unreachable"));
        waited += it_waited;
        continue;
      }
      // Nothing is in flight yet: nobody is kept waiting for an hour.
      CHECK(played.exit_code() == model::exit_unreachable);
      CHECK(morning.made.empty());
      CHECK(played.ended - scene.begin < minutes(3));
      ++repeated;
      const auto next = in_the_morning(scene, hours(2));
      const auto again = play(next);
      CHECK(told(again, morning_of(next)) == all_well);
      CHECK(complaints_about(next, morning_of(next)) == "");
    }
  }
  CHECK(waited >= 6);
  CHECK(repeated >= 1);
}

TEST_CASE(
    "down all night before anything is in flight: exit code 7 after a minute, and the morning's command finishes") {
  const test::TemporaryFolder folder;
  const auto scene = scene_at(folder.path(), {Duration(0), hours(10)});
  const auto played = play(scene);
  CHECK(told(played, morning_of(scene)) == "7: not over, 0 batches");
  const auto waited = played.ended - scene.begin;
  CHECK(waited >= minutes(1));
  CHECK(waited < minutes(2) + seconds(10));
  REQUIRE(played.ending.error.has_value());
  CHECK(played.ending.error->message.find("connection refused") != std::string::npos);
  const auto next = in_the_morning(scene, hours(11));
  CHECK(play_and_tell(next) == all_well);
  CHECK(complaints_about(next, morning_of(next)) == "");
}

TEST_CASE("down with batches in flight: patience lasts a day, then exit code 7, and the next command finishes") {
  for (const bool is_before_the_wire : {true, false}) {
    CAPTURE(is_before_the_wire);
    const test::TemporaryFolder folder;
    const auto scene = scene_at(folder.path(), {seconds(5), hours(40), is_before_the_wire});
    const auto played = play(scene);
    CHECK(told(played, morning_of(scene)) == "7: not over, 3 batches");
    CHECK(complaints_about(scene, morning_of(scene)) == "");
    const auto waited = played.ended - scene.begin;
    CHECK(waited >= hours(24));
    CHECK(waited < hours(24) + minutes(10));
    CHECK(played.ending.batches_in_flight == 3);

    // Still down: patience begins anew, and ends again.
    auto still_down = scene;
    still_down.begin = played.ended + minutes(10);
    still_down.outages = {{Duration(0), hours(40), is_before_the_wire}};
    CHECK(play(still_down).exit_code() == model::exit_unreachable);

    const auto next = in_the_morning(scene, hours(60));
    CHECK(play_and_tell(next) == all_well);
    CHECK(complaints_about(next, morning_of(next)) == "");
  }
}

TEST_CASE("a night of short outages, one after another, ends as if nothing had been") {
  for (const bool is_before_the_wire : {true, false}) {
    CAPTURE(is_before_the_wire);
    const test::TemporaryFolder folder;
    auto scene = scene_at(folder.path(), {});
    scene.outages.clear();
    for (Duration from = seconds(2); from < hours(1); from += seconds(40))
      scene.outages.push_back({from, from + seconds(15), is_before_the_wire});
    const auto played = play(scene);
    CHECK(told(played, morning_of(scene)) == all_well);
    CHECK(complaints_about(scene, morning_of(scene)) == "");
  }
}

TEST_SUITE_END();
