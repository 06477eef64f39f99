#include "store/conformance.hpp"

namespace batchd::store {

using model::ItemStatus;
using model::Reason;
using model::ReasonSet;
using samples::outcome;
using samples::run_id;

namespace {

model::Shard retry_shard(std::uint32_t n, std::uint32_t attempt, const std::vector<model::Item>& items) {
  auto shard = samples::shard(n, items.front().sequence, items.back().sequence);
  shard.attempt = attempt;
  shard.unspent = 1;
  shard.requests = items.size();
  return shard;
}

// Items as they lie in the files of a retry shard.
std::vector<model::Item> again(std::initializer_list<std::uint64_t> sequences, std::uint32_t shard) {
  std::vector<model::Item> items;
  for (const auto sequence : sequences) {
    auto item = samples::item(sequence, shard);
    item.row_offset += 7;
    item.request_offset += 9;
    items.push_back(item);
  }
  return items;
}

Status add(Store& store, std::uint32_t n, std::uint32_t attempt, const std::vector<model::Item>& items) {
  const auto shard = retry_shard(n, attempt, items);
  model::Changes changes;
  changes.shards = {shard};
  changes.happenings = {{samples::at(50), n, "gathered", "so many go again"}};
  return store.add_retry_shard(run_id, shard, items, changes);
}

Status collect(Store& store, const model::Shard& shard, const std::vector<model::Outcome>& outcomes) {
  model::Changes changes;
  changes.shards = {samples::in_stage(shard, model::ShardStage::collected, model::EndKind::batch)};
  return store.commit_outcomes(run_id, shard, outcomes, changes);
}

}  // namespace

// Ten items in two shards, of which 2 and 7 are missing and 8 was refused.
void conform_in_retries(Backend& backend) {
  auto store = backend.opened();
  auto all = samples::items(1, 5, 1);
  for (const auto& item : samples::items(6, 10, 2))
    all.push_back(item);
  REQUIRE_OK(samples::seal(*store, all));
  auto first = samples::outcomes(1, 5);
  first[1] = outcome(2, Reason::missing);
  auto second = samples::outcomes(6, 10);
  second[1] = outcome(7, Reason::missing);
  second[2] = outcome(8, Reason::refused);
  REQUIRE_OK(collect(*store, samples::shard(1, 1, 5), first));
  REQUIRE_OK(collect(*store, samples::shard(2, 6, 10), second));

  SUBCASE("what has failed is counted by the shard it failed in and by reason") {
    const auto failures = store->failures(run_id);
    REQUIRE_OK(failures);
    CHECK(*failures ==
          std::vector<FailureCount>{{1, Reason::missing, 1}, {2, Reason::refused, 1}, {2, Reason::missing, 1}});
  }

  SUBCASE("a retry shard holds items of several shards, with their places in its own files") {
    REQUIRE_OK(add(*store, 3, 2, again({2, 7}, 3)));
    const auto shards = store->shards(run_id);
    REQUIRE(shards->size() == 3);
    CHECK(shards->back().attempt == 2);
    CHECK(shards->back().unspent == 1);
    CHECK(shards->front().unspent == 0);
    const auto items = store->items_of_shard(run_id, 3);
    REQUIRE_OK(items);
    REQUIRE(items->size() == 2);
    CHECK(items->front().sequence == 2);
    CHECK(items->front().id == samples::item_id(2));
    CHECK(items->front().shard == 3);
    CHECK(items->front().row_offset == 207);
    CHECK(items->front().request_offset == 2'009);
    CHECK(items->front().request_key == samples::item(2, 1).request_key);
    CHECK(store->item(run_id, 2)->item.shard == 1);  // an item stays with the shard that first held it
    CHECK(store->items_of_shard(run_id, 1)->size() == 5);
    CHECK(store->happenings(run_id, 1)->back().kind == "gathered");
  }

  SUBCASE("until it is answered, an item that is asked again is what its last outcome says") {
    REQUIRE_OK(add(*store, 3, 2, again({2, 7}, 3)));
    CHECK(store->item(run_id, 2)->status == ItemStatus::failed);
    CHECK(store->counts(run_id)->failed == 3);
  }

  SUBCASE("an attempt of an item is in one shard, whoever adds it again") {
    REQUIRE_OK(add(*store, 3, 2, again({2, 7}, 3)));
    const auto twice = add(*store, 4, 2, again({1, 7}, 4));
    CHECK(twice.error().kind == ErrorKind::conflict);
    CHECK(twice.error().message.find("#7") != std::string::npos);
    CHECK(store->shards(run_id)->size() == 3);  // nothing of it was kept
    CHECK(add(*store, 4, 3, again({7}, 4)).ok());
  }

  SUBCASE("the later attempt counts, and what failed is counted where it failed last") {
    const auto items = again({2, 7}, 3);
    REQUIRE_OK(add(*store, 3, 2, items));
    REQUIRE_OK(
        collect(*store, retry_shard(3, 2, items), {outcome(2, Reason::none, 2), outcome(7, Reason::expired, 2)}));
    CHECK(store->counts(run_id)->succeeded == 8);
    CHECK(store->counts(run_id)->failed == 2);
    CHECK(store->item(run_id, 2)->outcome_shard == 3);
    CHECK(store->item(run_id, 2)->attempts == 2);
    CHECK(*store->failures(run_id) == std::vector<FailureCount>{{2, Reason::refused, 1}, {3, Reason::expired, 1}});
    CHECK(store->attempts_of_shard(run_id, 3)->size() == 2);
    const auto recount = store->recount(run_id);
    CHECK(recount->outcomes_outdone == 0);
    CHECK(recount->outcomes_without_attempt == 0);
  }

  SUBCASE("what earlier attempts have used is summed up per item") {
    const auto items = again({2, 7}, 3);
    REQUIRE_OK(add(*store, 3, 2, items));
    auto failed_again = std::vector{outcome(2, Reason::expired, 2), outcome(7, Reason::expired, 2)};
    failed_again[1].usage = {};
    failed_again[1].cost.reset();
    REQUIRE_OK(collect(*store, retry_shard(3, 2, items), failed_again));
    REQUIRE_OK(add(*store, 4, 3, again({2, 7}, 4)));
    CHECK(store->earlier_use(run_id, 1)->empty());
    const auto earlier = store->earlier_use(run_id, 4);
    REQUIRE_OK(earlier);
    REQUIRE(earlier->size() == 2);
    CHECK(earlier->front().usage.input_tokens == 200);
    CHECK(earlier->front().usage.known);
    CHECK(earlier->front().cost == model::Money{2'000});
    CHECK_FALSE(earlier->back().usage.known);  // one of the two did not say
    CHECK_FALSE(earlier->back().cost.has_value());
    // What came of the shard itself is not earlier, however often it is collected.
    REQUIRE_OK(collect(*store, retry_shard(4, 3, items), {outcome(2, Reason::none, 3), outcome(7, Reason::none, 3)}));
    CHECK(store->earlier_use(run_id, 4)->front().usage.input_tokens == 200);
  }

  SUBCASE("a person's retry opens a finished run again, and says up to which shard it means") {
    auto ended = *store->run(run_id);
    ended.state = model::RunState::cancelled;
    ended.finished_at = samples::at(30);
    ended.exit_code = 5;
    ended.stopped_by = "operator";
    REQUIRE_OK(store->request_cancel(run_id, model::CancelScope::everything, samples::at(25)));
    model::Changes over;
    over.run = ended;
    REQUIRE_OK(store->apply(run_id, over));

    REQUIRE_OK(store->request_retry(run_id, {Reason::missing, Reason::cancelled}));
    const auto run = store->run(run_id);
    CHECK(run->state == model::RunState::running);
    CHECK(run->retry == model::RetryWish{{Reason::missing, Reason::cancelled}, 2});
    CHECK_FALSE(run->cancel_requested_at.has_value());
    CHECK_FALSE(run->finished_at.has_value());
    CHECK(run->stopped_by.empty());
    CHECK(run->exit_code == -1);
  }

  SUBCASE("what is kept survives the power") {
    REQUIRE_OK(add(*store, 3, 2, again({2, 7}, 3)));
    REQUIRE_OK(store->request_retry(run_id, {Reason::missing}));
    backend.lose_power();
    auto after = backend.opened();
    CHECK(after->items_of_shard(run_id, 3)->size() == 2);
    CHECK(after->run(run_id)->retry == model::RetryWish{{Reason::missing}, 3});
  }
}

}  // namespace batchd::store
