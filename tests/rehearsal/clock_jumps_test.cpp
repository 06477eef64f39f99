// The machine's clock is set: a day ahead, an hour back, in the middle of a run or between two processes. The
// provider's goes on as it did. Waiting may take another time then; nothing is lost and nothing is sent twice.

#include <algorithm>
#include <csignal>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "rehearsal/fault_table.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::rehearsal;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr std::string_view all_well = "0: 12 succeeded, 3 batches";
constexpr Duration jumps[] = {hours(24), hours(-1), hours(24 * 400), hours(-24 * 400)};

// Of the creates: none is lost, all answers are, or half of the requests are.
constexpr const char* losses[] = {"lose_create_answer=0", "lose_create_answer=1", "lose_create_request=0.5"};

Scene scene_at(const Path& folder, model::Profile profile, const std::string& loss) {
  Scene scene;
  scene.folder = folder;
  scene.profile = profile;
  scene.rows = 12;
  scene.rows_per_shard = 4;
  scene.min_success = 1;
  scene.faults = faults_in("slow_ms=1s " + loss);
  build(scene);
  return scene;
}

}  // namespace

TEST_SUITE_BEGIN("nights");

TEST_CASE("the clock is set in the middle of a run") {
  for (const auto by : jumps) {
    for (const std::string loss : losses) {
      // Who was looking for something when the clock went back a year would wait for that year to pass again.
      if (by < hours(-1) && loss != losses[0]) continue;
      for (Duration after = milliseconds(500); after < seconds(11); after += seconds(2)) {
        CAPTURE(by.count());
        CAPTURE(loss);
        CAPTURE(after.count());
        const test::TemporaryFolder folder;
        auto scene = scene_at(folder.path(), model::Profile::openai, loss);
        scene.clock_jumps = {{after, by}};
        const auto played = play(scene);
        CHECK(told(played, morning_of(scene)) == all_well);
        CHECK(complaints_about(scene, morning_of(scene)) == "");
        CHECK(played.ended - scene.begin - std::max(by, Duration(0)) < hours(1));
      }
    }
  }
}

TEST_CASE("bug: put right between two processes, a clock that had been ahead made the run wait until that day came") {
  constexpr std::uint64_t apart = 7;  // the first process dies at every seventh step
  constexpr std::uint64_t steps_max = 1'000;
  for (const auto by : {hours(24), hours(-1)}) {
    for (const std::string loss : {losses[1], losses[2]}) {
      for (std::uint64_t at = 3; at < steps_max; at += apart) {
        CAPTURE(by.count());
        CAPTURE(loss);
        CAPTURE(at);
        const test::TemporaryFolder folder;
        const auto profile = at % 2 == 0 ? model::Profile::openai : model::Profile::dashscope;
        auto scene = scene_at(folder.path(), profile, loss);
        auto first = scene;
        first.clock_ahead = by;
        first.begin += by;
        first.kill_at = at;
        const int died = play_in_child(first);
        if (died != -SIGKILL) {
          CHECK(died == 0);
          break;
        }
        scene.begin += minutes(10);
        const auto played = play(scene);
        CHECK(told(played, morning_of(scene)) == all_well);
        CHECK(complaints_about(scene, morning_of(scene)) == "");
        CHECK(played.ended - scene.begin < hours(1));
      }
    }
  }
}

TEST_SUITE_END();
