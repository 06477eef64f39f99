// A three-shard run is killed after each thing it commits and around each request it sends, then the same command is
// given again. However it died: no shard is submitted twice, and the results are those of an undisturbed night.

#include <algorithm>
#include <csignal>
#include <map>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "ground/json/writer.hpp"
#include "rehearsal/stage.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::rehearsal;

namespace {

constexpr std::uint64_t line_bytes_max = 1'000'000;
constexpr std::uint64_t steps_max = 1'000;  // far above what a three-shard run takes

// results.jsonl without the keys that name the run: custom_id, batch_id, request_id.
std::vector<std::string> comparable_results(const Path& folder) {
  std::vector<std::string> rows;
  auto reader = json::LineReader::open(folder / "results.jsonl", line_bytes_max);
  REQUIRE(reader.ok());
  json::Document document;
  for (;;) {
    const auto line = reader->next();
    REQUIRE(line.ok());
    if (line->at_end) return rows;
    const auto row = document.parse(line->text);
    REQUIRE(row.ok());
    std::string kept;
    for (const auto& [key, value] : row->members()) {
      if (key == "custom_id" || key == "batch_id" || key == "request_id") continue;
      kept += std::string(key) + "=" + std::string(value.source_text()) + ";";
    }
    rows.push_back(kept);
  }
}

// How often each shard was submitted, by the provider's own journal.
std::map<std::string, int> submissions_by_shard(const Path& journal) {
  std::map<std::string, int> counts;
  auto reader = json::LineReader::open(journal, line_bytes_max);
  REQUIRE(reader.ok());
  json::Document document;
  for (;;) {
    const auto line = reader->next();
    REQUIRE(line.ok());
    if (line->at_end) return counts;
    const auto entry = document.parse(line->text);
    REQUIRE(entry.ok());
    if (entry->find("type").as_string() != "batch_created") continue;
    const auto shard = entry->find("metadata").find(model::metadata_shard).as_string();
    REQUIRE(shard.has_value());
    ++counts[std::string(*shard)];
  }
}

bool has_leftovers(const Path& folder) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name.find(".partial") != std::string::npos || name.ends_with(".tmp") || name.find(".tmp.") != std::string::npos)
      return true;
  }
  return false;
}

Scene next_life(Scene scene) {
  scene.begin += std::chrono::minutes(10);
  scene.kill_at = 0;
  return scene;
}

void kill_everywhere(Scene quiet) {
  const test::TemporaryFolder undisturbed;
  quiet.folder = undisturbed.path();
  build(quiet);
  const auto whole = play(quiet);
  REQUIRE_FALSE(whole.error.has_value());
  REQUIRE(whole.ending.exit_code == 0);
  const auto expected = comparable_results(output_folder(quiet));
  REQUIRE(expected.size() == quiet.rows);
  const auto shards = submissions_by_shard(journal(quiet)).size();
  CHECK(shards >= 3);

  std::uint64_t kills = 0;
  for (std::uint64_t at = 1; at < steps_max; ++at) {
    CAPTURE(at);
    const test::TemporaryFolder folder;
    Scene scene = quiet;
    scene.folder = folder.path();
    scene.kill_at = at;
    build(scene);
    const int died = play_in_child(scene);
    if (died != -SIGKILL) {
      CHECK(died == 0);
      break;
    }
    ++kills;
    REQUIRE(play_in_child(next_life(scene)) == 0);
    CHECK(comparable_results(output_folder(scene)) == expected);
    const auto submitted = submissions_by_shard(journal(scene));
    CHECK(submitted.size() == shards);
    for (const auto& [shard, count] : submitted)
      CHECK(count == 1);
    CHECK_FALSE(has_leftovers(scene.folder / "out"));
  }
  // Every step of the undisturbed run was somebody's last.
  CHECK(kills >= whole.steps);
  MESSAGE("killed at ", kills, " points");
}

}  // namespace

TEST_SUITE_BEGIN("kills");

TEST_CASE("killed after every commit and around every request, an openai-shaped run pays once") { kill_everywhere({}); }

TEST_CASE("killed after every commit and around every request, a dashscope run pays once") {
  Scene scene;
  scene.profile = model::Profile::dashscope;
  kill_everywhere(scene);
}

TEST_CASE("killed in a round of retries, a run pays once per attempt") {
  Scene scene;
  scene.faults = {{"missing_lines", "0.2"}};
  scene.attempts = 3;
  kill_everywhere(scene);
}

TEST_SUITE_END();
