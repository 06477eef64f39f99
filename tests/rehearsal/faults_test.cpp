// One bad night each: the fault, and what must stand in the morning.

#include <doctest/doctest.h>

#include "core/store/store.hpp"
#include "rehearsal/stage.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::rehearsal;

namespace {

struct Morning {
  Played played;
  model::Run run;
  model::Counts counts;
  std::vector<model::Submission> submissions;
};

Morning night(const Path& folder, std::vector<std::pair<std::string, std::string>> faults) {
  Scene scene;
  scene.folder = folder;
  scene.faults = std::move(faults);
  build(scene);
  Morning morning;
  morning.played = play(scene);
  REQUIRE_FALSE(morning.played.error.has_value());
  auto store = store::Store::open(folder / "state" / "batchd.db", store::Mode::read_only);
  REQUIRE(store.ok());
  morning.run = *(*store)->run(morning.played.run);
  morning.counts = *(*store)->counts(morning.played.run);
  morning.submissions = *(*store)->submissions(morning.played.run);
  return morning;
}

std::uint64_t count_of(const Morning& morning, model::Reason reason) {
  return morning.counts.reasons[static_cast<std::size_t>(reason)];
}

void check_truth_table(const Morning& morning) {
  CHECK(morning.run.rows == morning.run.rejected + morning.run.items);
  CHECK(morning.run.items == morning.counts.succeeded + morning.counts.failed + morning.counts.pending);
  std::uint64_t reasons = 0;
  for (const auto count : morning.counts.reasons)
    reasons += count;
  CHECK(reasons == morning.counts.failed);
}

}  // namespace

TEST_CASE("a quiet night succeeds wholly") {
  const test::TemporaryFolder folder;
  const auto morning = night(folder.path(), {});
  check_truth_table(morning);
  CHECK(morning.played.ending.exit_code == 0);
  CHECK(morning.run.state == model::RunState::succeeded);
  CHECK(morning.counts.succeeded == 30);
}

TEST_CASE("every create answer is lost: each batch is adopted, none is made twice") {
  const test::TemporaryFolder folder;
  const auto morning = night(folder.path(), {{"lose_create_answer", "1"}});
  check_truth_table(morning);
  CHECK(morning.counts.succeeded == 30);
  CHECK(morning.submissions.size() == 3);
}

TEST_CASE("a storm of 429 and 503 delays and loses nothing") {
  const test::TemporaryFolder folder;
  const auto morning = night(folder.path(), {{"rate_429", "0.3"}, {"rate_503", "0.2"}});
  check_truth_table(morning);
  CHECK(morning.counts.succeeded == 30);
}

TEST_CASE("missing, double and garbage result lines are counted and lose nothing else") {
  const test::TemporaryFolder folder;
  const auto morning =
      night(folder.path(), {{"missing_lines", "0.2"}, {"duplicate_lines", "0.2"}, {"garbage_lines", "0.2"}});
  check_truth_table(morning);
  CHECK(morning.counts.pending == 0);
  CHECK(count_of(morning, model::Reason::missing) == morning.run.anomalies.missing_results);
  CHECK(morning.run.anomalies.missing_results > 0);
  CHECK(morning.run.anomalies.duplicate_results > 0);
  CHECK(morning.run.anomalies.undecodable_lines > 0);
  CHECK(morning.counts.succeeded + morning.run.anomalies.missing_results == 30);
}

TEST_CASE("a truncated answer is not an answer") {
  const test::TemporaryFolder folder;
  const auto morning = night(folder.path(), {{"truncated", "1"}});
  check_truth_table(morning);
  CHECK(count_of(morning, model::Reason::truncated) == 30);
}

TEST_CASE("answers that do not fit the schema are named so") {
  const test::TemporaryFolder folder;
  const auto morning = night(folder.path(), {{"schema_mismatch", "1"}});
  check_truth_table(morning);
  CHECK(count_of(morning, model::Reason::schema_mismatch) == 30);
}

TEST_CASE("completed although every line failed is not success") {
  const test::TemporaryFolder folder;
  const auto morning = night(folder.path(), {{"error_lines", "1"}});
  check_truth_table(morning);
  CHECK(morning.counts.succeeded == 0);
  CHECK(morning.counts.failed == 30);
}

TEST_CASE("a download cut short is fetched again, not believed") {
  const test::TemporaryFolder folder;
  const auto morning = night(folder.path(), {{"truncate_download", "0.5"}});
  check_truth_table(morning);
  CHECK(morning.counts.succeeded == 30);
}

TEST_CASE("an expired batch leaves what it finished, and the rest is expired") {
  const test::TemporaryFolder folder;
  const auto morning = night(folder.path(), {{"expire", "1"}});
  check_truth_table(morning);
  CHECK(count_of(morning, model::Reason::expired) > 0);
  CHECK(count_of(morning, model::Reason::expired) == morning.counts.failed);
}

TEST_CASE("a batch refused in validation accounts for every one of its items") {
  const test::TemporaryFolder folder;
  const auto morning = night(folder.path(), {{"fail_validation", "1"}});
  check_truth_table(morning);
  CHECK(morning.counts.failed == 30);
  const test::TemporaryFolder other_folder;
  const auto as_text = night(other_folder.path(), {{"fail_validation", "1"}, {"text_findings", "1"}});
  check_truth_table(as_text);
  CHECK(as_text.counts.reasons == morning.counts.reasons);
}

TEST_CASE("results in any order are matched by custom_id") {
  const test::TemporaryFolder folder;
  const auto morning = night(folder.path(), {{"shuffle", "1"}});
  check_truth_table(morning);
  CHECK(morning.counts.succeeded == 30);
}

TEST_CASE("bug: a download without its second half lost paid answers as missing") {
  const test::TemporaryFolder folder;
  const auto morning = night(folder.path(), {{"short_downloads", "1"}});
  check_truth_table(morning);
  CHECK(morning.counts.succeeded == 30);
  CHECK(morning.run.anomalies.missing_results == 0);
}

TEST_CASE("a full queue is waited for: no item fails, and the same files are submitted again") {
  const test::TemporaryFolder folder;
  const auto morning = night(folder.path(), {{"token_limit", "0.6"}});
  check_truth_table(morning);
  CHECK(morning.counts.succeeded == 30);
  CHECK(morning.submissions.size() > 3);
}

TEST_CASE("a queue that holds one batch at a time is filled one batch at a time") {
  const test::TemporaryFolder folder;
  const auto morning = night(folder.path(), {{"enqueued_tokens_max", "2000"}});
  check_truth_table(morning);
  CHECK(morning.counts.succeeded == 30);
}

TEST_CASE("a file the provider does not find for ten minutes is waited for") {
  const test::TemporaryFolder folder;
  const auto morning = night(folder.path(), {{"file_lag_ms", "10m"}});
  check_truth_table(morning);
  CHECK(morning.counts.succeeded == 30);
}

TEST_CASE("remote files are deleted when their copies are safe, and only then") {
  const test::TemporaryFolder folder;
  Scene scene;
  scene.folder = folder.path();
  scene.delete_remote_files = true;
  build(scene);
  const auto played = play(scene);
  REQUIRE_FALSE(played.error.has_value());
  CHECK(played.ending.exit_code == 0);
  auto store = store::Store::open(folder.path() / "state" / "batchd.db", store::Mode::read_only);
  REQUIRE(store.ok());
  CHECK((*store)->counts(played.run)->succeeded == 30);
  const auto shards = *(*store)->shards(played.run);
  for (const auto& shard : shards) {
    CHECK(shard.remote_files_removed);
    CHECK(shard.output_sha256.size() == 64);
    CHECK(std::filesystem::file_size(scene.folder / "state" / shard.output_file) == shard.output_bytes);
  }
}
