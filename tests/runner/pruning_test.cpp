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
    return {*store, folder.path(), {hours(24 * 14), hours(24 * 30), std::nullopt}, {}, false, day(today)};
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

TEST_CASE("a record goes with all its files, and a line of it stays") {
  const State state;
  auto request = state.request(15);
  request.retention = {std::nullopt, std::nullopt, hours(24 * 14)};
  const auto what = found(request);
  REQUIRE(what.size() == 1);
  CHECK(what[0].record);
  CHECK(what[0].requests_bytes == 5);
  CHECK(what[0].answers_bytes == 7);
  CHECK(what[0].record_bytes > 0);
  REQUIRE(prune(request, what[0], this_process()).ok());
  CHECK_FALSE(state.has_spool(over));
  CHECK_FALSE(state.has_answers(over));
  CHECK(state.store->run(over).error().kind == ErrorKind::not_found);
  CHECK(state.store->unswept_runs(10)->empty());
  const auto stays = state.store->pruned_runs("tickets", 10);
  REQUIRE(stays->size() == 1);
  CHECK(stays->front().key == fmt::format("key of {}", over));
  CHECK(stays->front().state == model::RunState::succeeded);
  CHECK(stays->front().finished_at == State::day(0));
  CHECK(stays->front().pruned_at == State::day(15));
  CHECK(stays->front().results_folder == fmt::format("/out/tickets/simulated/samples/{}", over));
  CHECK(state.store->run(going).ok());
  CHECK(found(request).empty());
}

TEST_CASE("a record by which answers for reuse are found stays with them, and goes when that is said") {
  const State state;
  auto request = state.request(31);
  request.retention.ledger = hours(24 * 20);
  request.reusable[std::string(over)] = 3;
  const auto kept = found(request);
  REQUIRE(kept.size() == 1);
  CHECK_FALSE(kept[0].record);
  CHECK(kept[0].kept_for_reuse == 3);
  request.reusable_too = true;
  CHECK(found(request).at(0).record);
  // Answers that are gone already can be copied by nobody.
  request.reusable_too = false;
  std::filesystem::remove_all(state.folder / fmt::format("answers/{}", over));
  CHECK(found(request).at(0).record);
}

TEST_CASE("a prune that was killed behind the run's record is gone on with by the next") {
  const State state;
  auto request = state.request(31);
  request.retention.ledger = hours(24 * 20);
  REQUIRE(claim(request, found(request).at(0), this_process()).ok());
  CHECK(state.has_answers(over));
  CHECK(found(request).empty());
  REQUIRE(finish_pruned(*state.store, state.folder.path()).ok());
  CHECK_FALSE(state.has_spool(over));
  CHECK_FALSE(state.has_answers(over));
  CHECK(state.store->unswept_runs(10)->empty());
  CHECK(state.has_answers(going));
}

TEST_CASE("what this process works on is not pruned by it") {
  const State state;
  const auto what = found(state.request(31));
  REQUIRE(state.store->take_ownership(over, "", to_text(this_process()), State::day(31)).ok());
  CHECK(prune(state.request(31), what.at(0), this_process()).error().kind == ErrorKind::conflict);
  CHECK(state.has_spool(over));
  CHECK(state.store->run(over)->owner == to_text(this_process()));
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
