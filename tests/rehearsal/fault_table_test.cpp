// Every fault of the simulator, one night each, for both dialects: how it ends, and that nothing is lost, paid twice or
// left untold. Where the end asks for it, the same command again, with the fault gone, ends as if nothing had been.

#include "rehearsal/fault_table.hpp"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "doors/simulator/simulator.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::rehearsal;

namespace {

void play_night(const FaultNight& night, model::Profile profile) {
  const bool dashscope = profile == model::Profile::dashscope;
  CAPTURE(night.settings);
  CAPTURE(dashscope);
  const test::TemporaryFolder folder;
  const auto scene = scene_of(night, profile, folder.path());
  build(scene);
  const auto played = play(scene);
  const auto morning = morning_of(scene);
  CHECK(told(played, morning) == (dashscope && !night.on_dashscope.empty() ? night.on_dashscope : night.ends));
  CHECK(complaints_about(scene, morning) == "");
  CHECK(asks_for_repetition(played.exit_code()) == !night.mended.empty());
  if (night.mended.empty()) return;
  const auto next = mended(scene, played, night.remedy);
  const auto again = play(next);
  const auto mended_morning = morning_of(next);
  const bool otherwise = dashscope && !night.mended_on_dashscope.empty();
  CHECK(told(again, mended_morning) == (otherwise ? night.mended_on_dashscope : night.mended));
  CHECK(complaints_about(next, mended_morning) == "");
}

}  // namespace

TEST_SUITE_BEGIN("faults");

TEST_CASE("every fault that the simulator has stands in the table, and the table has no other") {
  for (const auto& fault : simulator::fault_names()) {
    const bool is_there = std::any_of(fault_nights().begin(), fault_nights().end(), [&](const FaultNight& night) {
      const auto faults = faults_in(night.settings);
      const bool is_set =
          std::any_of(faults.begin(), faults.end(), [&](const auto& set) { return set.first == fault.name; });
      return night.fault == fault.name && is_set;
    });
    CHECK_MESSAGE(is_there, "tests/rehearsal/fault_table.cpp has no row for the fault ", fault.name);
  }
}

TEST_CASE("every fault alone, as OpenAI's Batch API has it") {
  for (const auto& night : fault_nights())
    play_night(night, model::Profile::openai);
}

TEST_CASE("every fault alone, as DashScope has it") {
  for (const auto& night : fault_nights())
    play_night(night, model::Profile::dashscope);
}

TEST_SUITE_END();
