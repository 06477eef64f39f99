#include "store/conformance.hpp"

namespace batchd::store {

using samples::at;
using samples::run_id;

namespace {

constexpr std::string_view second_id = "01jd0000000000000000000002";

model::Shard reused_shard(std::uint32_t n, std::uint64_t first, std::uint64_t last) {
  auto shard = samples::shard(n, first, last);
  shard.lane = model::lane_reused;
  shard.stage = model::ShardStage::collected;
  return shard;
}

std::vector<model::Outcome> taken_over(std::uint64_t first, std::uint64_t last) {
  auto all = samples::outcomes(first, last);
  for (auto& outcome : all)
    outcome.attempt = 0;
  return all;
}

std::vector<Hash128> keys(std::uint64_t first, std::uint64_t last) {
  std::vector<Hash128> all;
  for (const auto& item : samples::items(first, last, 1))
    all.push_back(item.request_key);
  return all;
}

std::uint64_t found(const std::vector<std::optional<KnownAnswer>>& answers) {
  return static_cast<std::uint64_t>(
      std::count_if(answers.begin(), answers.end(), [](const auto& answer) { return answer.has_value(); }));
}

}  // namespace

void conform_in_reuse(Backend& backend) {
  auto store = backend.opened();

  SUBCASE("reused items have succeeded when the run is sealed, without an attempt") {
    model::Run run = samples::run();
    run.rows = run.items = 40;
    run.rejected = 0;
    REQUIRE_OK(store->create_run(run));
    REQUIRE_OK(store->add_items(run_id, samples::items(1, 20, 1)));
    REQUIRE_OK(store->add_reused_items(run_id, samples::items(21, 40, 2), taken_over(21, 40)));
    REQUIRE_OK(store->seal_prepared(run, std::vector{samples::shard(1, 1, 20), reused_shard(2, 21, 40)}, {}, at(50)));
    const auto counts = store->counts(run_id);
    REQUIRE_OK(counts);
    CHECK(counts->succeeded == 20);
    CHECK(counts->reused == 20);
    CHECK(counts->pending == 20);
    CHECK(store->usage(run_id)->attempts == 0);
    const auto item = store->item(run_id, 33);
    REQUIRE_OK(item);
    CHECK(item->status == model::ItemStatus::succeeded);
    CHECK(item->attempts == 0);
    CHECK(item->outcome_file == samples::shard(2, 1, 1).outcome_file);
    CHECK(item->row_offset == samples::outcome(33).row_offset);
    CHECK(store->attempts(run_id, 33)->empty());
    CHECK(store->add_reused_items(run_id, samples::items(50, 50, 2), taken_over(50, 50)).error().kind ==
          ErrorKind::conflict);
    REQUIRE_OK(store->commit_outcomes(run_id, samples::shard(1, 1, 20), samples::outcomes(1, 20), {}));
    CHECK(store->counts(run_id)->succeeded == 40);
    CHECK(store->counts(run_id)->reused == 20);
  }

  SUBCASE("a run whose reused items got lost is not sealed; one that is dropped leaves none") {
    model::Run run = samples::run();
    run.rows = run.items = 20;
    REQUIRE_OK(store->create_run(run));
    REQUIRE_OK(store->add_reused_items(run_id, samples::items(1, 20, 1), taken_over(1, 20)));
    CHECK(store->seal_prepared(run, std::vector{reused_shard(1, 1, 19)}, {}, at(50)).error().kind ==
          ErrorKind::internal);
    REQUIRE_OK(store->drop_unsent_run(run_id));
    REQUIRE_OK(store->create_run(run));
    REQUIRE_OK(store->add_items(run_id, samples::items(1, 20, 1)));
    REQUIRE_OK(store->seal_prepared(run, std::vector{samples::shard(1, 1, 20)}, {}, at(50)));
    CHECK(store->counts(run_id)->succeeded == 0);
  }

  SUBCASE("answers are found by their request once they are remembered, under their rule and job") {
    REQUIRE_OK(samples::seal(*store, samples::items(1, 50, 1)));
    auto outcomes = samples::outcomes(1, 50);
    outcomes[9] = samples::outcome(10, model::Reason::truncated);
    REQUIRE_OK(store->commit_outcomes(run_id, samples::shard(1, 1, 50), outcomes, {}));
    const auto rule = samples::run().answer_rule;
    CHECK(found(*store->find_answers("tickets", rule, keys(1, 50))) == 0);
    REQUIRE_OK(store->remember_answers(run_id));
    REQUIRE_OK(store->remember_answers(run_id));
    const auto answers = store->find_answers("tickets", rule, keys(1, 60));
    REQUIRE_OK(answers);
    REQUIRE(answers->size() == 60);
    CHECK(found(*answers) == 49);
    CHECK_FALSE(answers->at(9).has_value());
    const auto& one = *answers->at(41);
    CHECK(one.run == run_id);
    CHECK(one.sequence == 42);
    CHECK(one.id == samples::item_id(42));
    CHECK(one.request_key == samples::item(42, 1).request_key);
    CHECK(one.row.file == samples::shard(1, 1, 50).outcome_file);
    CHECK(one.row.offset == samples::outcome(42).row_offset);
    CHECK(one.row.length == samples::outcome(42).row_length);
    CHECK(found(*store->find_answers("tickets", "another rule", keys(1, 50))) == 0);
    CHECK(found(*store->find_answers("another job", rule, keys(1, 50))) == 0);

    REQUIRE_OK(samples::seal(*store, samples::items(41, 60, 1), second_id, "key-2"));
    REQUIRE_OK(store->commit_outcomes(second_id, samples::shard(1, 41, 60), samples::outcomes(41, 60), {}));
    REQUIRE_OK(store->remember_answers(second_id));
    const auto later = store->find_answers("tickets", rule, keys(40, 41));
    REQUIRE_OK(later);
    CHECK(later->at(0)->run == run_id);
    CHECK(later->at(1)->run == second_id);  // the latest counts
  }
}

}  // namespace batchd::store
