// Every page of the database in turn is overwritten while batches are in flight, wholly or its second half (a torn
// write). The command ends with a sentence that names the file and says what to do, or has not needed the page; it
// never crashes and sends nothing again. A backup put back goes on as if nothing had been.

#include <array>
#include <csignal>
#include <fstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "rehearsal/fault_table.hpp"
#include "rules/model/exit_code.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::rehearsal;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr std::string_view all_well = "0: 12 succeeded, 3 batches";
constexpr std::uint64_t page_bytes = 4'096;
constexpr std::uint64_t database_bytes_max = 10'000'000;
constexpr std::uint64_t pages_apart = 2;

Path database(const Scene& scene) { return scene.folder / "state" / "batchd.db"; }

// Left with Ctrl-C: three batches are in flight.
Scene in_flight(const Path& folder) {
  Scene scene;
  scene.folder = folder;
  scene.rows = 12;
  scene.rows_per_shard = 4;
  scene.min_success = 1;
  build(scene);
  auto first = scene;
  first.leave_after = seconds(2);
  const auto played = play(first);
  REQUIRE(played.ending.interrupted);
  REQUIRE(morning_of(scene).made.size() == 3);
  scene.begin += minutes(10);
  return scene;
}

Scene copied(Scene scene, const Path& folder) {
  std::filesystem::remove_all(folder);
  std::filesystem::copy(scene.folder, folder, std::filesystem::copy_options::recursive);
  scene.folder = folder;
  return scene;
}

std::uint64_t batches_made(const Scene& scene) {
  std::ifstream lines(journal(scene));
  std::uint64_t made = 0;
  for (std::string line; std::getline(lines, line);)
    made += line.find("\"batch_created\"") != line.npos;
  return made;
}

std::string error_of(const Played& played) {
  if (played.error) return played.error->text();
  return played.ending.error ? played.ending.error->text() : "";
}

// What SQLite or batchd say of the file when they are asked.
bool is_found_damaged(const Scene& scene) {
  auto store = store::Store::open(database(scene), store::Mode::read_only);
  return !store || !(*store)->check_integrity().ok();
}

void play_damaged(const Scene& scene, const std::string& text, bool must_be_found) {
  REQUIRE(write_file_atomically(database(scene), text));
  if (must_be_found) CHECK(is_found_damaged(scene));
  const auto played = play(scene);
  const auto said = error_of(played);
  CAPTURE(said);
  CHECK((played.exit_code() == model::exit_internal || played.exit_code() == model::exit_ok));
  if (played.exit_code() == model::exit_internal) {
    CHECK(said.find(database(scene).string()) != std::string::npos);
    CHECK(said.find("damaged") != std::string::npos);
    CHECK(said.find("backup") != std::string::npos);
  }
  CHECK(batches_made(scene) == 3);
}

}  // namespace

TEST_SUITE_BEGIN("nights");

TEST_CASE("a page of the database that was overwritten is told with the file's name, and nothing is sent") {
  const test::TemporaryFolder folder;
  const auto scene = in_flight(folder / "night");
  const auto whole = *read_file(database(scene), database_bytes_max);
  std::uint64_t told_of = 0;
  for (std::uint64_t page = 0; page < whole.size() / page_bytes; page += pages_apart) {
    for (const bool torn : {false, true}) {
      CAPTURE(page);
      CAPTURE(torn);
      const auto hurt = copied(scene, folder / "hurt");
      auto text = whole;
      const auto from = page * page_bytes + (torn ? page_bytes / 2 : 0);
      text.replace(from, (page + 1) * page_bytes - from, (page + 1) * page_bytes - from, '\x5a');
      play_damaged(hurt, text, !torn);
      told_of += is_found_damaged(hurt);
    }
  }
  CHECK(told_of > 5);
  // The copy that was kept, with the provider a night further.
  const auto played = play(scene);
  CHECK(told(played, morning_of(scene)) == all_well);
  CHECK(complaints_about(scene, morning_of(scene)) == "");
}

TEST_CASE("a database that was cut short is told with its name, and nothing is sent") {
  const test::TemporaryFolder folder;
  const auto scene = in_flight(folder / "night");
  const auto whole = *read_file(database(scene), database_bytes_max);
  for (const auto kept : {std::size_t{100}, whole.size() / 4, whole.size() / 2, whole.size() - page_bytes}) {
    CAPTURE(kept);
    const auto hurt = copied(scene, folder / "hurt");
    play_damaged(hurt, whole.substr(0, kept / page_bytes * page_bytes + kept % page_bytes), true);
  }
}

TEST_SUITE_END();
