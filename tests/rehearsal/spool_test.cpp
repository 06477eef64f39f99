// Files of the state directory that are gone, cut short or changed when they are needed: the command says which and
// what to do, sends nothing of them, and goes on once they are back. What the provider still has is fetched again.

#include <csignal>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "rehearsal/fault_table.hpp"
#include "rules/model/exit_code.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::rehearsal;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr std::string_view all_well = "0: 12 succeeded, 3 batches";
constexpr std::uint64_t file_bytes_max = 10'000'000;
constexpr std::uint32_t victim = 2;  // the shard whose file is meant

Scene scene_in(const Path& folder) {
  Scene scene;
  scene.folder = folder;
  scene.rows = 12;
  scene.rows_per_shard = 4;
  scene.min_success = 1;
  build(scene);
  return scene;
}

Scene next_life(Scene scene, const Played& played) {
  scene.begin = played.ended + minutes(10);
  scene.outages.clear();
  scene.leave_after.reset();
  return scene;
}

model::Shard shard_of(const Morning& morning, std::uint32_t n) {
  for (const auto& shard : morning.shards)
    if (shard.n == n) return shard;
  FAIL("there is no such shard");
  return {};
}

bool is_known_of(const Morning& morning, std::uint32_t shard) {
  for (const auto& batch : morning.made)
    if (batch.shard == shard) return true;
  return false;
}

std::string without_last_line(const std::string& text) { return text.substr(0, text.rfind('\n', text.size() - 2) + 1); }

// Prepared, and the provider was away: nothing is sent yet.
Scene prepared(const Path& folder, Played& played) {
  auto scene = scene_in(folder);
  scene.outages = {{Duration(0), hours(1)}};
  played = play(scene);
  REQUIRE(played.exit_code() == model::exit_unreachable);
  return scene;
}

// Killed as soon as the victim's answers are downloaded, and before they are read.
Scene downloaded(const Path& folder) {
  constexpr std::uint64_t steps_max = 200;
  static std::uint64_t known = 30;  // where it is, once it was found
  for (std::uint64_t at = known; at < steps_max; ++at) {
    known = at;
    std::filesystem::remove_all(folder);
    auto scene = scene_in(folder);
    scene.kill_at = at;
    REQUIRE(play_in_child(scene) == -SIGKILL);
    scene.kill_at = 0;
    scene.begin += minutes(10);
    if (!exists(folder / "state" / "batchd.db")) continue;
    auto store = store::Store::open(folder / "state" / "batchd.db", store::Mode::read_only);
    if (!store || (*store)->runs("rehearsal", 1)->empty()) continue;
    const auto morning = morning_of(scene);
    if (morning.shards.size() == 3 && shard_of(morning, victim).stage == model::ShardStage::fetched) return scene;
  }
  FAIL("no kill leaves downloaded answers");
  return {};
}

void check_told(const Played& played, const std::string& file) {
  CHECK(played.exit_code() == model::exit_internal);
  REQUIRE(played.ending.error.has_value());
  INFO(played.ending.error->text());
  CHECK(played.ending.error->message.find(file) != std::string::npos);
  CHECK_FALSE(played.ending.error->hint.empty());
}

}  // namespace

TEST_SUITE_BEGIN("nights");

TEST_CASE("bug: requests that were cut short or changed on the disk were uploaded as they were") {
  const test::TemporaryFolder folder;
  Played played;
  const auto scene = prepared(folder.path(), played);
  const auto file = scene.folder / "state" / shard_of(morning_of(scene), victim).requests_file;
  const auto whole = *read_file(file, file_bytes_max);
  SUBCASE("gone") { REQUIRE(remove_file(file)); }
  SUBCASE("cut short by a line") { REQUIRE(write_file_atomically(file, without_last_line(whole))); }
  SUBCASE("empty") { REQUIRE(write_file_atomically(file, "")); }
  SUBCASE("one letter is another") {
    auto changed = whole;
    changed[changed.find("thing")] = 'T';
    REQUIRE(write_file_atomically(file, changed));
  }
  const auto hurt = next_life(scene, played);
  const auto told_of = play(hurt);
  check_told(told_of, file.filename().string());
  CHECK_FALSE(is_known_of(morning_of(hurt), victim));
  REQUIRE(write_file_atomically(file, whole));
  const auto healed = next_life(hurt, told_of);
  CHECK(play_and_tell(healed) == all_well);
  CHECK(complaints_about(healed, morning_of(healed)) == "");
}

TEST_CASE("input rows that are gone when answers are read: nothing is lost until they are back") {
  const test::TemporaryFolder folder;
  Played played;
  const auto scene = prepared(folder.path(), played);
  const auto file = scene.folder / "state" / shard_of(morning_of(scene), victim).rows_file;
  const auto whole = *read_file(file, file_bytes_max);
  SUBCASE("gone") { REQUIRE(remove_file(file)); }
  SUBCASE("cut short by a line") { REQUIRE(write_file_atomically(file, without_last_line(whole))); }
  const auto hurt = next_life(scene, played);
  const auto told_of = play(hurt);
  check_told(told_of, file.filename().string());
  REQUIRE(write_file_atomically(file, whole));
  const auto healed = next_life(hurt, told_of);
  CHECK(play_and_tell(healed) == all_well);
  CHECK(complaints_about(healed, morning_of(healed)) == "");
}

TEST_CASE("bug: answers that were downloaded and are gone stopped a run for good, though the provider has them") {
  const test::TemporaryFolder folder;
  const auto scene = downloaded(folder.path() / "night");
  const auto file = scene.folder / "state" / shard_of(morning_of(scene), victim).output_file;
  const auto whole = *read_file(file, file_bytes_max);
  SUBCASE("gone") { REQUIRE(remove_file(file)); }
  SUBCASE("cut short by a line") { REQUIRE(write_file_atomically(file, without_last_line(whole))); }
  SUBCASE("empty") { REQUIRE(write_file_atomically(file, "")); }
  const auto played = play(scene);
  CHECK(told(played, morning_of(scene)) == all_well);
  CHECK(complaints_about(scene, morning_of(scene)) == "");
}

TEST_SUITE_END();
