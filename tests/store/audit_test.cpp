// What is counted again must agree with what was kept, and tell when it does not.

#include <doctest/doctest.h>

#include "core/store/database.hpp"
#include "store/samples.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::store {
namespace {

using samples::run_id;

class Audited {
 public:
  Audited() {
    auto opened = Store::open(file(), Mode::read_write);
    REQUIRE(opened.ok());
    store = std::move(*opened);
    auto items = samples::items(1, 6, 1);
    for (std::size_t i = 3; i < 6; ++i)
      items[i].shard = 2;
    REQUIRE(samples::seal(*store, items).ok());
    const auto shards = store->shards(run_id);
    REQUIRE(shards.ok());
    REQUIRE(store
                ->commit_outcomes(
                    run_id, shards->at(0),
                    std::vector{samples::outcome(1), samples::outcome(2, model::Reason::refused), samples::outcome(3)},
                    {})
                .ok());
  }
  Recount recount() const {
    auto counted = store->recount(run_id);
    REQUIRE(counted.ok());
    return *counted;
  }
  void meddle(const std::string& sql) const {
    auto database = Database::open(file(), Mode::read_write);
    REQUIRE(database.ok());
    REQUIRE((*database)->execute(sql, "meddle").ok());
  }
  Path file() const { return folder.path() / "batchd.db"; }

  batchd::test::TemporaryFolder folder;
  std::unique_ptr<Store> store;
};

TEST_CASE("rows counted one by one are what the kept figures say") {
  const Audited audited;
  const auto again = audited.recount();
  const auto kept = audited.store->counts(run_id);
  REQUIRE(kept.ok());
  CHECK(again.items == 6);
  CHECK(again.counts.succeeded == kept->succeeded);
  CHECK(again.counts.failed == kept->failed);
  CHECK(again.counts.pending == kept->pending);
  CHECK(again.counts.reasons == kept->reasons);
  const auto sums = audited.store->usage(run_id);
  REQUIRE(sums.ok());
  CHECK(again.sums.attempts == sums->attempts);
  CHECK(again.sums.cost == sums->cost);
  CHECK(again.sums.usage.input_tokens == sums->usage.input_tokens);
  CHECK(again.outcomes_without_item + again.outcomes_without_attempt + again.outcomes_outdone +
            again.attempts_without_item ==
        0);
}

TEST_CASE("a row that lacks another is counted as such") {
  const Audited audited;
  audited.meddle(
      "DELETE FROM attempts WHERE sequence = 1; DELETE FROM items WHERE sequence = 2;"
      "INSERT INTO attempts SELECT run, sequence, 2, reason, shard, submission, NULL, NULL, NULL, NULL, "
      "NULL, row_offset, row_length, answer_offset, answer_length, answer_in_error_file FROM attempts WHERE "
      "sequence = 3");
  const auto again = audited.recount();
  CHECK(again.items == 5);
  CHECK(again.outcomes_without_attempt == 1);
  CHECK(again.outcomes_without_item == 1);
  CHECK(again.attempts_without_item == 1);
  CHECK(again.outcomes_outdone == 1);
  CHECK(again.counts.pending == 3);
  CHECK(again.sums.attempts_without_usage == 1);
}

TEST_CASE("the attempts of a shard come by sequence, whole") {
  const Audited audited;
  const auto first = audited.store->attempts_of_shard(run_id, 1);
  REQUIRE(first.ok());
  REQUIRE(first->size() == 3);
  CHECK(first->at(1).outcome.sequence == 2);
  CHECK(first->at(1).outcome.reason == model::Reason::refused);
  CHECK(first->at(1).outcome.answer_in_error_file);
  CHECK(first->at(1).outcome.usage.output_tokens == 10);
  CHECK(first->at(1).shard == 1);
  CHECK(audited.store->attempts_of_shard(run_id, 2)->empty());
}

TEST_CASE("what was noted of a shard's files comes back") {
  const Audited audited;
  const auto shards = audited.store->shards(run_id);
  REQUIRE(shards.ok());
  CHECK(shards->at(0).rows_mark == model::FileMark{11, "1a"});
  CHECK(shards->at(0).outcome_mark == model::FileMark{14, "4d"});
}

}  // namespace
}  // namespace batchd::store
