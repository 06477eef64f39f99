// Nights over the same rows: what was answered is not asked again, and the provider's own journal says so.

#include <algorithm>
#include <csignal>
#include <map>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/runner/verification.hpp"
#include "core/store/store.hpp"
#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "rehearsal/stage.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::rehearsal;

namespace {

constexpr std::uint64_t line_bytes_max = 1'000'000;
constexpr std::uint64_t steps_max = 1'000;

struct Row {
  std::string id, status, output, reused_from, custom_id, included;
  std::int64_t attempts = 0;
  std::int64_t input_tokens = 0;
};

std::vector<Row> results_of(const Scene& scene) {
  std::vector<Row> rows;
  auto reader = json::LineReader::open(output_folder(scene) / "results.jsonl", line_bytes_max);
  REQUIRE(reader.ok());
  json::Document document;
  for (;;) {
    const auto line = reader->next();
    REQUIRE(line.ok());
    if (line->at_end) return rows;
    const auto row = document.parse(line->text);
    REQUIRE(row.ok());
    const auto text = [&](std::string_view key) { return std::string(row->find(key).as_string().value_or("")); };
    rows.push_back({text("id"), text("status"), std::string(row->find("output").source_text()), text("reused_from"),
                    text("custom_id"), std::string(row->find("included").source_text()),
                    *row->find("attempts").as_int64(), *row->find("usage").find("input_tokens").as_int64()});
  }
}

std::uint64_t batches_made(const Scene& scene) {
  std::uint64_t made = 0;
  auto reader = json::LineReader::open(journal(scene), line_bytes_max);
  REQUIRE(reader.ok());
  json::Document document;
  for (;;) {
    const auto line = reader->next();
    REQUIRE(line.ok());
    if (line->at_end) return made;
    const auto entry = document.parse(line->text);
    REQUIRE(entry.ok());
    made += entry->find("type").as_string() == "batch_created";
  }
}

struct Account {
  model::Counts counts;
  store::UsageSums usage;
  std::vector<model::Shard> shards;
  std::uint64_t sent() const {
    std::uint64_t requests = 0;
    for (const auto& shard : shards)
      requests += model::is_reused(shard) ? 0 : shard.requests;
    return requests;
  }
};

Account account_of(const Scene& scene, const std::string& run) {
  auto store = store::Store::open(scene.folder / "state" / "batchd.db", store::Mode::read_only);
  REQUIRE(store.ok());
  return {*(*store)->counts(run), *(*store)->usage(run), *(*store)->shards(run)};
}

std::string findings_of(const Scene& scene, const std::string& id) {
  auto store = store::Store::open(scene.folder / "state" / "batchd.db", store::Mode::read_only);
  REQUIRE(store.ok());
  const auto run = *(*store)->run(id);
  const auto found = runner::verify({**store, run, job_of(scene), scene.folder / "state"});
  REQUIRE(found.ok());
  std::string text;
  for (const auto& finding : found->findings)
    text += finding.text + "\n";
  return text;
}

Scene first_night(const Path& folder) {
  Scene scene;
  scene.folder = folder;
  scene.reuse = true;
  scene.key = "night-1";
  return scene;
}

Scene night_after(Scene scene, int night = 2) {
  scene.begin += std::chrono::hours(24 * (night - 1));
  scene.key = fmt::format("night-{}", night);
  scene.faults.clear();
  return scene;
}

std::string play_whole(const Scene& scene) {
  build(scene);
  const auto played = play(scene);
  REQUIRE_MESSAGE(!played.error, played.error->text());
  REQUIRE_MESSAGE(played.ending.exit_code == 0, (played.ending.error ? played.ending.error->text() : ""));
  return played.run;
}

std::map<std::string, std::string> outputs_of(const std::vector<Row>& rows) {
  std::map<std::string, std::string> outputs;
  for (const auto& row : rows)
    outputs[row.id] = row.output;
  return outputs;
}

}  // namespace

TEST_CASE("a second night over unchanged rows sends nothing, and a third neither") {
  const test::TemporaryFolder folder;
  const auto first = first_night(folder.path());
  const auto first_run = play_whole(first);
  const auto asked = results_of(first);
  const auto batches = batches_made(first);
  REQUIRE(batches == 3);
  std::vector<std::uint32_t> backwards;  // nothing is where it was: looked up, not met on the way
  for (std::uint32_t i = first.rows; i > 0; --i)
    backwards.push_back(i);
  for (const int night : {2, 3, 4}) {
    auto later = night_after(first, night);
    later.blocked = Error(ErrorKind::denied, "there is no key");
    if (night == 4) later.order = backwards;
    const auto run = play_whole(later);
    CHECK(batches_made(later) == batches);
    const auto account = account_of(later, run);
    CHECK(account.counts.reused == later.rows);
    CHECK(account.counts.succeeded == later.rows);
    CHECK(account.sent() == 0);
    CHECK(account.usage.attempts == 0);
    CHECK(findings_of(later, run) == "");
    const auto rows = results_of(later);
    CHECK(outputs_of(rows) == outputs_of(asked));
    for (const auto& row : rows) {
      CHECK(row.status == "succeeded");
      CHECK(row.reused_from == first_run);
      CHECK(row.custom_id.starts_with(first_run));
      CHECK(row.attempts == 0);
      CHECK(row.input_tokens == 0);
      CHECK(row.included == "{\"id\":\"" + row.id + "\"}");
    }
    if (night == 4) CHECK(rows.front().id == "row-30");
  }
}

TEST_CASE("of changed and new rows only these are sent") {
  const test::TemporaryFolder folder;
  auto first = first_night(folder.path());
  play_whole(first);
  const auto asked = outputs_of(results_of(first));
  auto second = night_after(first);
  second.changed = {1, 14, 30};
  second.order = {31, 1,  2,  3,  4,  5,  6,  7,  9, 10,
                  32, 11, 12, 13, 14, 15, 28, 29, 30};  // some are gone, some have moved
  const auto run = play_whole(second);
  CHECK(account_of(second, run).sent() == 5);
  CHECK(account_of(second, run).counts.reused == 14);
  CHECK(findings_of(second, run) == "");
  CHECK(batches_made(second) == 4);
  std::vector<std::string> sent;
  for (const auto& row : results_of(second)) {
    if (row.reused_from.empty()) {
      sent.push_back(row.id);
      CHECK(row.attempts == 1);
    } else {
      CHECK(row.output == asked.at(row.id));
    }
  }
  CHECK(sent == std::vector<std::string>{"row-31", "row-1", "row-32", "row-14", "row-30"});

  // What the second night left out the first still knows.
  const auto third_run = play_whole(night_after(first, 3));
  CHECK(account_of(first, third_run).sent() == 0);
}

TEST_CASE("what failed is sent again") {
  const test::TemporaryFolder folder;
  auto first = first_night(folder.path());
  first.faults = {{"content_filter", "0.4"}};
  const auto first_run = play_whole(first);
  const auto failed = account_of(first, first_run).counts.failed;
  REQUIRE(failed > 0);
  REQUIRE(failed < first.rows);
  const auto second = night_after(first);
  const auto run = play_whole(second);
  CHECK(account_of(second, run).sent() == failed);
  CHECK(account_of(second, run).counts.succeeded == second.rows);
}

TEST_CASE("another schema sends everything, and so does reuse: false") {
  const test::TemporaryFolder folder;
  const auto first = first_night(folder.path());
  play_whole(first);
  auto second = night_after(first);
  SUBCASE("schema") { second.schema_is_stricter = true; }
  SUBCASE("reuse") { second.reuse = false; }
  const auto run = play_whole(second);
  CHECK(account_of(second, run).sent() == second.rows);
  CHECK(account_of(second, run).counts.reused == 0);
}

TEST_CASE("an answer whose row is gone or damaged is asked again, not lost") {
  const test::TemporaryFolder folder;
  const auto first = first_night(folder.path());
  const auto first_run = play_whole(first);
  const auto file = first.folder / "state" / account_of(first, first_run).shards.at(1).outcome_file;
  std::uint64_t expected = 10;
  SUBCASE("removed") { REQUIRE(remove_file(file)); }
  SUBCASE("cut off") {
    const auto text = read_file(file, line_bytes_max);
    REQUIRE(text.ok());
    REQUIRE(write_file_atomically(file, std::string_view(*text).substr(0, text->size() - 4)));
    expected = 1;
  }
  SUBCASE("overwritten") {
    auto text = *read_file(file, line_bytes_max);
    const auto line = text.find('\n') + 1;
    text[line] = 'x';
    REQUIRE(write_file_atomically(file, text));
    expected = 1;
  }
  SUBCASE("another item's row") {
    auto text = *read_file(file, line_bytes_max);
    const auto digit = text.find("row-1") + 5;  // row-11 … row-20
    text[digit] = text[digit] == '1' ? '2' : '1';
    REQUIRE(write_file_atomically(file, text));
    expected = 1;
  }
  const auto second = night_after(first);
  const auto run = play_whole(second);
  const auto account = account_of(second, run);
  CHECK(account.sent() == expected);
  CHECK(account.counts.succeeded == second.rows);
}

TEST_CASE("without a key a night that has something to send ends before it is prepared") {
  const test::TemporaryFolder folder;
  const auto first = first_night(folder.path());
  play_whole(first);
  auto second = night_after(first);
  second.changed = {30};
  second.blocked = Error(ErrorKind::denied, "there is no key");
  build(second);
  const auto played = play(second);
  REQUIRE(played.error.has_value());
  CHECK(played.error->message == "there is no key");
  auto store = store::Store::open(second.folder / "state" / "batchd.db", store::Mode::read_only);
  CHECK((*store)->runs("rehearsal", 10)->size() == 1);
}

TEST_CASE("what an unfinished run is being asked is not asked beside it") {
  const test::TemporaryFolder folder;
  auto first = first_night(folder.path());
  build(first);
  const auto steps = [&] {
    const test::TemporaryFolder elsewhere;
    auto whole = first;
    whole.folder = elsewhere.path();
    build(whole);
    return play(whole).steps;
  }();
  first.kill_at = steps / 2;
  REQUIRE(play_in_child(first) == -SIGKILL);
  const auto batches = batches_made(first);
  REQUIRE(batches > 0);
  auto second = night_after(first);
  second.kill_at = 0;
  SUBCASE("near its old place") {}
  SUBCASE("in another order") {
    for (std::uint32_t i = second.rows; i > 0; --i)
      second.order.push_back(i);
  }
  SUBCASE("behind more unfinished runs than are walked beside the input") {
    for (int other = 3; other < 9; ++other) {
      auto elsewhere = night_after(first, other);
      elsewhere.order = {static_cast<std::uint32_t>(100 + other)};
      elsewhere.leave_after = std::chrono::milliseconds(1);
      build(elsewhere);
      REQUIRE(play(elsewhere).ending.interrupted);
    }
  }
  build(second);
  const auto made_by_then = batches_made(first);
  CHECK_FALSE(play(second).waits_for.empty());
  CHECK(batches_made(first) == made_by_then);

  first.kill_at = 0;
  first.begin += std::chrono::minutes(10);
  build(first);
  CHECK(play(first).ending.exit_code == 0);
  build(second);
  const auto then = play(second);
  REQUIRE_FALSE(then.error.has_value());
  CHECK(then.waits_for.empty());
  CHECK(batches_made(first) == made_by_then - batches + 3);
  CHECK(account_of(second, then.run).counts.reused == second.rows);
}

TEST_CASE("a night that reuses is killed after each of its steps, and nothing is sent twice") {
  const test::TemporaryFolder folder;
  const auto template_folder = folder / "template";
  auto first = first_night(template_folder);
  play_whole(first);
  std::vector<std::string> expected;
  bool is_over = false;
  for (std::uint64_t step = 0; !is_over && step <= steps_max; ++step) {
    CAPTURE(step);
    auto second = night_after(first);
    second.folder = folder / "night";
    second.changed = {3, 20};
    std::filesystem::remove_all(second.folder);
    std::filesystem::copy(template_folder, second.folder,
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
    build(second);
    second.kill_at = step;
    const int ended = play_in_child(second);
    is_over = step > 0 && ended == 0;  // it had no such step
    if (ended != 0) {
      REQUIRE(ended == -SIGKILL);
      second.kill_at = 0;
      second.begin += std::chrono::minutes(10);
      REQUIRE(play_in_child(second) == 0);
    }
    CHECK(batches_made(second) == 4);
    std::vector<std::string> rows;
    for (const auto& row : results_of(second))
      rows.push_back(row.id + row.status + row.output + row.reused_from);
    if (step == 0) expected = rows;
    CHECK(rows == expected);
    auto store = store::Store::open(second.folder / "state" / "batchd.db", store::Mode::read_only);
    CHECK((*store)->check_integrity().ok());
    const auto runs = *(*store)->runs("rehearsal", 10);
    CHECK(runs.size() == 2);
    CHECK((*store)->counts(runs[0].id)->reused == 28);
    CHECK(std::distance(std::filesystem::directory_iterator(second.folder / "state" / "answers"), {}) == 2);
  }
  REQUIRE(is_over);
}
