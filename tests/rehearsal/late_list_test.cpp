// The provider lists its batches later than anybody waits, and every answer to a create is lost: batches are made
// twice. None of them stays unknown, one of each shard is kept, and what was paid twice is told. With kills, too.

#include <algorithm>
#include <csignal>
#include <set>

#include <doctest/doctest.h>

#include "core/store/store.hpp"
#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "rehearsal/stage.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::rehearsal;

namespace {

constexpr std::uint64_t line_bytes_max = 1'000'000;

// All batches that the provider's own journal knows.
std::set<std::string> batches_made(const Path& journal) {
  std::set<std::string> made;
  auto reader = json::LineReader::open(journal, line_bytes_max);
  REQUIRE(reader.ok());
  json::Document document;
  for (;;) {
    const auto line = reader->next();
    REQUIRE(line.ok());
    if (line->at_end) return made;
    const auto entry = document.parse(line->text);
    REQUIRE(entry.ok());
    if (entry->find("type").as_string() == "batch_created") made.insert(std::string(*entry->find("batch").as_string()));
  }
}

struct Account {
  model::Run run;
  model::Counts counts;
  std::vector<model::Submission> submissions;
  std::vector<model::Happening> happenings;
};

Account account_of(const Scene& scene) {
  auto store = store::Store::open(scene.folder / "state" / "batchd.db", store::Mode::read_only);
  REQUIRE(store.ok());
  const auto runs = *(*store)->runs("rehearsal", 2);
  REQUIRE(runs.size() == 1);
  const auto& id = runs[0].id;
  constexpr std::uint32_t happenings_max = 10'000;
  return {runs[0], *(*store)->counts(id), *(*store)->submissions(id), *(*store)->happenings(id, happenings_max)};
}

bool happened(const Account& account, std::string_view kind) {
  return std::any_of(account.happenings.begin(), account.happenings.end(),
                     [&](const auto& happening) { return happening.kind == kind; });
}

// Whatever was made is known, and of each shard one is kept.
void check_nothing_is_hidden(const Scene& scene, const Account& account) {
  std::set<std::string> known;
  std::map<std::uint32_t, int> kept;
  for (const auto& submission : account.submissions) {
    if (submission.batch_id.empty()) continue;
    known.insert(submission.batch_id);
    kept[submission.shard] += !submission.given_up;
  }
  CHECK(batches_made(journal(scene)) == known);
  CHECK(kept.size() == scene.rows / scene.rows_per_shard);
  for (const auto& [shard, count] : kept)
    CHECK(count == 1);
  CHECK(account.counts.succeeded == scene.rows);
}

Scene late(const Path& folder, std::string lag, std::string lost) {
  Scene scene;
  scene.folder = folder;
  scene.faults = {{"lose_create_answer", std::move(lost)}, {"list_lag_ms", std::move(lag)}};
  build(scene);
  return scene;
}

}  // namespace

TEST_CASE("bug: every create answer lost and a list that is late made batches nobody knew of") {
  for (const auto* lag : {"30s", "2m", "20m"}) {
    CAPTURE(lag);
    const test::TemporaryFolder folder;
    const auto scene = late(folder.path(), lag, "1");
    const auto played = play(scene);
    REQUIRE_FALSE(played.error.has_value());
    CHECK(played.ending.exit_code == 0);
    const auto account = account_of(scene);
    check_nothing_is_hidden(scene, account);
    const bool twice = account.submissions.size() > 3;
    if (twice) CHECK((happened(account, "paid_twice") || happened(account, "twin")));
  }
}

TEST_CASE("a list that is late is found out by the batches that are known, and nothing is made twice") {
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u, 5u, 6u}) {
    CAPTURE(seed);
    const test::TemporaryFolder folder;
    auto scene = late(folder.path(), "5m", "0.4");
    scene.seed = seed;
    const auto played = play(scene);
    CHECK(played.ending.exit_code == 0);
    const auto account = account_of(scene);
    check_nothing_is_hidden(scene, account);
  }
}

TEST_CASE("killed anywhere while lists are late and answers are lost, nothing stays unknown") {
  constexpr std::uint64_t steps_max = 2'000;
  constexpr std::uint64_t apart = 7;  // every seventh point: the engine's thousand lives walk the others
  std::uint64_t kills = 0;
  for (std::uint64_t at = 1; at < steps_max; at += apart) {
    CAPTURE(at);
    const test::TemporaryFolder folder;
    auto scene = late(folder.path(), "90s", "1");
    scene.kill_at = at;
    const int died = play_in_child(scene);
    if (died != -SIGKILL) {
      CHECK(died == 0);
      break;
    }
    ++kills;
    scene.begin += std::chrono::minutes(1);
    scene.kill_at = 0;
    REQUIRE(play_in_child(scene) == 0);
    check_nothing_is_hidden(scene, account_of(scene));
  }
  MESSAGE("killed at ", kills, " points");
}
