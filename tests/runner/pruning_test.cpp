#include "core/runner/pruning.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "store/samples.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::runner;
using std::chrono::hours;

namespace {

constexpr std::string_view over = "01jd0000000000000000000001";
constexpr std::string_view going = "01jd0000000000000000000002";

// Two runs with files: one is over since day 0, the other goes on.
struct State {
  State() {
    for (const auto id : {over, going}) {
      auto run = store::samples::run(id, "tickets", fmt::format("key of {}", id));
      run.owner = "";
      REQUIRE(store->create_run(run).ok());
      model::Changes changes;
      changes.run = run;
      changes.run->state = id == over ? model::RunState::succeeded : model::RunState::running;
      if (id == over) changes.run->finished_at = day(0);
      REQUIRE(store->apply(id, changes).ok());
      folder.write(fmt::format("spool/{}/0001.requests.jsonl", id), "12345");
      folder.write(fmt::format("answers/{}/0001-1.output.jsonl", id), "1234567");
    }
  }
  static Time day(int n) { return store::samples::at(0) + hours(24 * n); }
  PruneRequest request(int today) const {
    return {*store, folder.path(), {hours(24 * 14), hours(24 * 30)}, {}, false, day(today)};
  }
  bool has_spool(std::string_view run) const { return path_exists(folder / fmt::format("spool/{}", run)); }
  bool has_answers(std::string_view run) const { return path_exists(folder / fmt::format("answers/{}", run)); }

  test::TemporaryFolder folder;
  std::unique_ptr<store::Store> store = *store::Store::open(folder / "batchd.db", store::Mode::read_write);
};

std::vector<Prunable> found(const PruneRequest& request) {
  auto prunable = find_prunable(request);
  REQUIRE_MESSAGE(prunable.ok(), (prunable ? "" : prunable.error().text()));
  return std::move(*prunable);
}

}  // namespace

TEST_CASE("nothing goes before its time, and each thing at its own") {
  const State state;
  CHECK(found(state.request(13)).empty());
  const auto after_two_weeks = found(state.request(15));
  REQUIRE(after_two_weeks.size() == 1);
  CHECK(after_two_weeks[0].run.id == over);
  CHECK(after_two_weeks[0].requests_bytes == 5);
  CHECK_FALSE(after_two_weeks[0].answers);
  CHECK(found(state.request(31))[0].answers_bytes == 7);
}

TEST_CASE("looking deletes nothing, deleting deletes what was found and nothing else") {
  const State state;
  const auto what = found(state.request(31));
  CHECK(state.has_spool(over));
  CHECK(state.has_answers(over));
  REQUIRE(prune(state.request(31), what.at(0), this_process()).ok());
  CHECK_FALSE(state.has_spool(over));
  CHECK_FALSE(state.has_answers(over));
  CHECK(state.has_spool(going));
  CHECK(state.has_answers(going));
  CHECK(found(state.request(31)).empty());
  const auto told = state.store->happenings(over, 10);
  REQUIRE(told->size() == 1);
  CHECK(told->front().kind == "pruned");
  CHECK(state.store->run(over)->owner == "");
}

TEST_CASE("without a retention everything stays, however old") {
  const State state;
  auto request = state.request(10'000);
  request.retention = {};
  CHECK(found(request).empty());
}

TEST_CASE("answers that would be reused stay, are told of, and go only when that is said") {
  const State state;
  auto request = state.request(31);
  request.reusable[std::string(over)] = 3;
  const auto kept = found(request);
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].requests);
  CHECK_FALSE(kept[0].answers);
  CHECK(kept[0].kept_for_reuse == 3);
  REQUIRE(prune(request, kept[0], this_process()).ok());
  CHECK(state.has_answers(over));
  request.reusable_too = true;
  CHECK(found(request).at(0).answers);
}

TEST_CASE("a run that was opened again since it was looked at is left alone") {
  const State state;
  const auto what = found(state.request(31));
  model::ReasonSet reasons{model::Reason::missing};
  REQUIRE(state.store->request_retry(over, reasons).ok());
  const auto refused = prune(state.request(31), what.at(0), this_process());
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::conflict);
  CHECK(state.has_spool(over));
}
