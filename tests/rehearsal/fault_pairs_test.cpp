// Faults in pairs, drawn by seed, some with a kill in between. No pair may do what neither of the two can do alone:
// lose an item, pay twice, make up a reason. Where it ends with an invitation to repeat it, it is repeated without
// them.
//
//   BATCHD_PAIR=17      plays the pair of that seed alone, and says what came of it
//   BATCHD_PAIRS=5000   plays the pairs of the seeds 1 to 5000

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "ground/base/random.hpp"
#include "rehearsal/fault_table.hpp"
#include "rules/model/exit_code.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::rehearsal;

namespace {

constexpr std::uint64_t pairs_usual = 120;
constexpr std::uint64_t steps_before_kill_max = 80;  // about as many as a night has

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Pair {
  FaultNight one;
  FaultNight other;
  model::Profile profile = model::Profile::openai;
  std::uint64_t seed = 0;
  std::uint64_t kill_at = 0;  // 0: in two of three it is not killed

  std::string text() const {
    return fmt::format("BATCHD_PAIR={}: {} | {}{}{}", seed, one.settings, other.settings,
                       profile == model::Profile::dashscope ? ", DashScope" : "",
                       kill_at > 0 ? fmt::format(", killed after step {}", kill_at) : "");
  }
  bool has(std::string_view setting) const {
    return one.settings.find(setting) != one.settings.npos || other.settings.find(setting) != other.settings.npos;
  }
  Remedy remedy() const { return one.remedy == Remedy::cancel ? one.remedy : other.remedy; }
};

Pair pair_of(std::uint64_t seed) {
  Random random(seed);
  const auto& nights = fault_nights();
  Pair pair;
  pair.seed = seed;
  pair.one = nights[random.below(nights.size())];
  do {
    pair.other = nights[random.below(nights.size())];
  } while (pair.other.fault == pair.one.fault);
  if (random.below(2) == 1) pair.profile = model::Profile::dashscope;
  if (random.below(3) == 0) pair.kill_at = 1 + random.below(steps_before_kill_max);
  return pair;
}

// What a row of the table says may become of an item, by any of its columns.
bool speaks_of(const FaultNight& night, std::string_view word) {
  for (const auto* text : {&night.ends, &night.mended, &night.on_dashscope, &night.mended_on_dashscope})
    if (text->find(fmt::format(" {},", word)) != text->npos) return true;
  return false;
}

// A reason neither of the two gives alone.
std::string unexplained(const Pair& pair, const Morning& morning) {
  std::string text;
  for (int i = 0; i < model::reason_count; ++i) {
    const auto reason = static_cast<model::Reason>(i);
    if (morning.counts.reasons[static_cast<std::size_t>(i)] == 0) continue;
    if (speaks_of(pair.one, name_of(reason)) || speaks_of(pair.other, name_of(reason))) continue;
    const bool was_cancelled = pair.remedy() == Remedy::cancel && reason == model::Reason::cancelled;
    if (!was_cancelled) text += fmt::format("neither of the two makes an item {}\n", name_of(reason));
  }
  return text;
}

std::string judged(const Pair& pair, const Scene& scene, const Morning& morning) {
  auto text = complaints_about(scene, morning) + unexplained(pair, morning);
  // To pay twice takes a list that is later than anybody waits.
  if (happened(morning, "paid_twice") && !pair.has("list_")) text += "it paid twice\n";
  return text;
}

bool ends_with(const FaultNight& night, int exit_code) {
  const auto start = fmt::format("{}:", exit_code);
  return night.ends.starts_with(start) || night.on_dashscope.starts_with(start);
}

// Nothing, or what is wrong.
std::string play_pair(const Pair& pair, std::string& story) {
  const test::TemporaryFolder folder;
  auto scene = scene_of(pair.one, pair.profile, folder.path());
  const auto more = faults_in(pair.other.settings);
  scene.faults.insert(scene.faults.end(), more.begin(), more.end());
  scene.seed = pair.seed;
  build(scene);
  if (pair.kill_at > 0) {
    auto first = scene;
    first.kill_at = pair.kill_at;
    const int died = play_in_child(first);
    if (died < 0 && died != -SIGKILL) return fmt::format("it ended by signal {}\n", -died);
    scene.begin += std::chrono::minutes(10);
    story += fmt::format("{}, then ", died);
  }
  const auto played = play(scene);
  if (played.run.empty()) return "it did not begin: " + (played.error ? played.error->text() : "") + "\n";
  const auto morning = morning_of(scene);
  story += told(played, morning);
  auto wrong = judged(pair, scene, morning);
  const auto code = played.exit_code();
  // A provider without lists cannot tell what became of a submission: that waits for a person.
  const bool may_want_a_person = pair.has("no_lists");
  if (code == model::exit_internal && !may_want_a_person) wrong += "neither of the two is trouble of our own\n";
  const bool may_be_denied = ends_with(pair.one, model::exit_denied) || ends_with(pair.other, model::exit_denied);
  if (code == model::exit_denied && !may_be_denied) wrong += "neither of the two is a refusal\n";
  if (!asks_for_repetition(code) || !wrong.empty()) return wrong;

  auto next = mended(scene, played, pair.remedy());
  next.faults.clear();  // also where a cancel is needed: what is stuck stays so
  const auto again = play(next);
  const auto mended_morning = morning_of(next);
  story += ", then " + told(again, mended_morning);
  wrong += judged(pair, next, mended_morning);
  if (asks_for_repetition(again.exit_code())) wrong += "mended, it does not come to an end\n";
  return wrong;
}

}  // namespace

TEST_SUITE_BEGIN("pairs");

TEST_CASE("faults in pairs, and with kills: nothing is lost, nothing is paid twice, and every night is mended") {
  const auto only = number_from("BATCHD_PAIR", 0);
  const auto last = only > 0 ? only : number_from("BATCHD_PAIRS", pairs_usual);
  for (auto seed = only > 0 ? only : 1; seed <= last; ++seed) {
    const auto pair = pair_of(seed);
    std::string story;
    const auto wrong = play_pair(pair, story);
    CHECK_MESSAGE(wrong == "", pair.text(), "\n", story, "\n", wrong);
    if (only > 0) MESSAGE(pair.text(), "\n", story);
  }
}

TEST_SUITE_END();
