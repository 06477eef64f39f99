// Items that got lost are asked again in rounds, by themselves or by a person's `retry`, in the provider's own world.

#include <map>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/runner/verification.hpp"
#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "rehearsal/stage.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::rehearsal;
using model::Reason;

namespace {

constexpr std::uint64_t line_bytes_max = 1'000'000;

std::unique_ptr<store::Store> opened(const Scene& scene, store::Mode mode = store::Mode::read_only) {
  auto store = store::Store::open(scene.folder / "state" / "batchd.db", mode);
  REQUIRE(store.ok());
  return std::move(*store);
}

Scene scene_with(const Path& folder, std::vector<std::pair<std::string, std::string>> faults,
                 std::uint32_t attempts = 4) {
  Scene scene;
  scene.folder = folder;
  scene.faults = std::move(faults);
  scene.attempts = attempts;
  build(scene);
  return scene;
}

struct Morning {
  std::string run;
  model::Counts counts;
  std::vector<model::Shard> shards;
  std::uint64_t attempts = 0;
  std::uint64_t of(Reason reason) const { return counts.reasons[static_cast<std::size_t>(reason)]; }
};

Morning morning_after(const Scene& scene, const Played& played) {
  REQUIRE_MESSAGE(!played.error.has_value(), (played.error ? played.error->text() : ""));
  REQUIRE_MESSAGE(!played.ending.error.has_value(), (played.ending.error ? played.ending.error->text() : ""));
  auto store = opened(scene);
  Morning morning{played.run, *store->counts(played.run), *store->shards(played.run),
                  store->usage(played.run)->attempts};
  CHECK(morning.counts.pending == 0);
  CHECK(morning.counts.succeeded + morning.counts.failed == scene.rows);
  // Recounted from the provider's own files, retries and all.
  const auto run = *store->run(played.run);
  const auto job = job_of(scene);
  const auto verified = runner::verify({*store, run, job, scene.folder / "state"});
  REQUIRE(verified.ok());
  for (const auto& finding : verified->findings)
    FAIL_CHECK(finding.text);
  return morning;
}

Morning night(const Scene& scene) { return morning_after(scene, play(scene)); }

// How often the provider was asked for each custom_id, by the files it was sent.
std::map<std::string, int> asked(const Scene& scene, const Morning& morning) {
  std::map<std::string, int> counts;
  for (const auto& shard : morning.shards) {
    auto reader = json::LineReader::open(scene.folder / "state" / shard.requests_file, line_bytes_max);
    REQUIRE(reader.ok());
    json::Document document;
    for (;;) {
      const auto line = reader->next();
      REQUIRE(line.ok());
      if (line->at_end) break;
      const auto row = document.parse(line->text);
      REQUIRE(row.ok());
      ++counts[std::string(*row->find("custom_id").as_string())];
    }
  }
  return counts;
}

}  // namespace

TEST_CASE("lines that got lost are asked again until they are there, and paid once per attempt") {
  const test::TemporaryFolder folder;
  const auto scene = scene_with(folder.path(), {{"missing_lines", "0.3"}}, 8);
  const auto morning = night(scene);
  CHECK(morning.counts.succeeded == 30);
  REQUIRE(morning.shards.size() > 3);
  CHECK(morning.shards[3].attempt == 2);
  CHECK(morning.attempts > 30);
  const auto requests = asked(scene, morning);
  CHECK(requests.size() == morning.attempts);
  for (const auto& [custom_id, times] : requests)
    CHECK(times == 1);
}

TEST_CASE("failures of three shards go into one batch") {
  const test::TemporaryFolder folder;
  const auto morning = night(scene_with(folder.path(), {{"missing_lines", "0.3"}}, 2));
  REQUIRE(morning.shards.size() == 4);
  CHECK(morning.shards[3].requests > 0);
  CHECK(morning.counts.failed == morning.of(Reason::missing));
}

TEST_CASE("retries end: a provider that always loses lines is asked as often as the job says") {
  const test::TemporaryFolder folder;
  const auto morning = night(scene_with(folder.path(), {{"missing_lines", "1"}}, 3));
  CHECK(morning.of(Reason::missing) == 30);
  CHECK(morning.attempts == 90);
  CHECK(morning.shards.size() == 9);  // each round has three full shards
}

TEST_CASE("what is left of expired batches is asked again, and what they answered is kept") {
  const test::TemporaryFolder folder;
  const auto scene = scene_with(folder.path(), {{"expire", "0.5"}}, 10);
  const auto morning = night(scene);
  CHECK(morning.counts.succeeded == 30);
  for (const auto& [custom_id, times] : asked(scene, morning))
    CHECK(times == 1);
}

TEST_CASE("what was refused or is no good request never goes again") {
  const test::TemporaryFolder folder;
  const auto morning = night(scene_with(folder.path(), {{"refused", "1"}}));
  CHECK(morning.of(Reason::refused) == 30);
  CHECK(morning.shards.size() == 3);
  const test::TemporaryFolder other;
  const auto judged = night(scene_with(other.path(), {{"schema_mismatch", "1"}}));
  CHECK(judged.of(Reason::schema_mismatch) == 30);
  CHECK(judged.shards.size() == 3);
}

TEST_CASE("a batch refused for single lines goes again without them, though one attempt is all that is allowed") {
  const test::TemporaryFolder folder;
  const auto morning = night(scene_with(folder.path(), {{"faulty_lines", "0.2"}}, 1));
  CHECK(morning.of(Reason::bad_request) > 0);
  CHECK(morning.counts.failed == morning.of(Reason::bad_request));
  CHECK(morning.counts.succeeded == 30 - morning.of(Reason::bad_request));
}

TEST_CASE("the lines that a provider finds fault with are told by the items they are of") {
  const test::TemporaryFolder folder;
  const auto scene = scene_with(folder.path(), {{"faulty_lines", "0.2"}}, 1);
  const auto morning = night(scene);
  auto store = opened(scene);
  std::set<std::string> named;
  const auto submissions = store->submissions(morning.run);
  REQUIRE(submissions.ok());
  for (const auto& submission : *submissions)
    for (const auto& error : submission.errors)
      named.insert(error.item);
  std::set<std::string> failed;
  store::ItemFilter filter;
  filter.status = model::ItemStatus::failed;
  const auto items = store->items(morning.run, filter);
  REQUIRE(items.ok());
  for (const auto& state : *items)
    failed.insert(state.item.id);
  CHECK_FALSE(failed.empty());
  CHECK(named == failed);
}

TEST_CASE("where every line is faulty nothing goes again") {
  const test::TemporaryFolder folder;
  const auto morning = night(scene_with(folder.path(), {{"faulty_lines", "1"}}, 4));
  CHECK(morning.of(Reason::bad_request) == 30);
  CHECK(morning.shards.size() == 3);
}

TEST_CASE("a person's retry asks what failed once more, keeps the rest, and writes the results anew") {
  const test::TemporaryFolder folder;
  auto scene = scene_with(folder.path(), {{"missing_lines", "0.3"}}, 1);
  const auto first = night(scene);
  const auto lost = first.of(Reason::missing);
  REQUIRE(lost > 0);
  {
    auto store = opened(scene, store::Mode::read_write);
    REQUIRE(store->request_retry(first.run, {Reason::missing}).ok());
  }
  scene.begin += std::chrono::hours(1);
  const auto again = night(scene);
  CHECK(again.run == first.run);
  CHECK(again.attempts == 30 + lost);
  CHECK(again.of(Reason::missing) < lost);
  REQUIRE(again.shards.size() == 4);
  CHECK(again.shards[3].requests == lost);

  // The same command afterwards shows what is there.
  scene.begin += std::chrono::hours(1);
  CHECK(night(scene).attempts == again.attempts);
}
