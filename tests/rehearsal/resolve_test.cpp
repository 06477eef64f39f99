// Every create's answer is lost and the provider does not list its batches: a person settles it, and the process is
// killed after each thing it commits and around each request it sends, then the same is said again. However it died:
// no shard is sent more often than the person said.

#include <csignal>
#include <map>

#include <doctest/doctest.h>

#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "rehearsal/stage.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::rehearsal;
using model::Settlement;

namespace {

constexpr std::uint64_t line_bytes_max = 1'000'000;
constexpr std::uint64_t steps_max = 1'000;  // far above what a two-shard run takes

// The batches the provider made, by shard, oldest first.
std::map<std::uint32_t, std::vector<std::string>> made_batches(const Path& journal) {
  std::map<std::uint32_t, std::vector<std::string>> made;
  auto reader = json::LineReader::open(journal, line_bytes_max);
  REQUIRE(reader.ok());
  json::Document document;
  for (;;) {
    const auto line = reader->next();
    REQUIRE(line.ok());
    if (line->at_end) return made;
    const auto entry = document.parse(line->text);
    REQUIRE(entry.ok());
    if (entry->find("type").as_string() != "batch_created") continue;
    const auto shard = entry->find("metadata").find(model::metadata_shard).as_string();
    made[static_cast<std::uint32_t>(std::stoul(std::string(shard.value_or("0"))))].emplace_back(
        entry->find("batch").as_string().value_or(""));
  }
}

std::map<std::uint32_t, std::string> second_batches(const Path& journal) {
  std::map<std::uint32_t, std::string> second;
  for (const auto& [shard, batches] : made_batches(journal))
    if (batches.size() > 1) second[shard] = batches[1];
  return second;
}

// How many rows of the results succeeded.
std::uint32_t succeeded(const Path& folder) {
  std::uint32_t count = 0;
  auto reader = json::LineReader::open(folder / "results.jsonl", line_bytes_max);
  REQUIRE(reader.ok());
  json::Document document;
  for (;;) {
    const auto line = reader->next();
    REQUIRE(line.ok());
    if (line->at_end) return count;
    const auto row = document.parse(line->text);
    REQUIRE(row.ok());
    count += row->find("status").as_string() == "succeeded";
  }
}

// Both shards in doubt.
Scene doubtful_night(const Path& folder) {
  Scene scene;
  scene.folder = folder;
  scene.rows = 20;
  scene.faults = {{"lose_create_answer", "1"}, {"no_lists", "1"}};
  build(scene);
  REQUIRE(play_in_child(scene) == 1);  // in a process of its own: it must be gone in the morning
  REQUIRE(made_batches(journal(scene)).size() == 2);
  return scene;
}

Scene morning(Scene scene, Settlement settlement) {
  scene.begin += std::chrono::hours(8);
  scene.faults = {{"no_lists", "1"}};
  scene.settlement = settlement;
  if (settlement == Settlement::adopt)
    for (const auto& [shard, batches] : made_batches(journal(scene)))
      scene.to_adopt[shard] = batches.front();
  return scene;
}

void kill_everywhere(Settlement settlement, std::size_t batches_each, std::uint32_t rows_answered) {
  std::uint64_t kills = 0;
  for (std::uint64_t at = 1; at < steps_max; ++at) {
    CAPTURE(at);
    const test::TemporaryFolder folder;
    auto scene = morning(doubtful_night(folder.path()), settlement);
    scene.kill_at = at;
    const int died = play_in_child(scene);
    scene.kill_at = 0;
    kills += died == -SIGKILL;
    for (int ended = died; ended != 0;) {
      scene.begin += std::chrono::minutes(10);
      // Killed around a second submission that is in doubt, too: this time the person finds its batch.
      if (ended == 1) scene.to_adopt = second_batches(journal(scene));
      REQUIRE((ended == -SIGKILL || ended == 1));
      ended = play_in_child(scene);
    }
    for (const auto& [shard, batches] : made_batches(journal(scene)))
      CHECK(batches.size() == batches_each);
    CHECK(succeeded(output_folder(scene)) == rows_answered);
    if (died == 0) break;
  }
  CHECK(kills > 5);
  MESSAGE("killed at ", kills, " points");
}

}  // namespace

TEST_CASE("killed anywhere, what a person adopted is adopted, and nothing is sent twice") {
  kill_everywhere(Settlement::adopt, 1, 20);
}

TEST_CASE("killed anywhere, what a person submits again is submitted once more, and not twice") {
  kill_everywhere(Settlement::resubmit, 2, 20);
}

TEST_CASE("killed anywhere, what a person gave up ends, and nothing is sent") {
  kill_everywhere(Settlement::fail, 1, 0);
}
