#include "store/conformance.hpp"

namespace batchd::store {

using model::ItemStatus;
using samples::at;
using samples::run_id;

namespace {

std::vector<std::uint64_t> sequences(Store& store, const ItemFilter& filter) {
  const auto found = store.items(run_id, filter);
  REQUIRE_OK(found);
  std::vector<std::uint64_t> numbers;
  for (const ItemState& state : *found)
    numbers.push_back(state.item.sequence);
  return numbers;
}

// Shards of two models, cut side by side: 1, 3, 5 … and 2, 4, 6 …
std::vector<model::Item> interleaved(std::uint64_t count) {
  std::vector<model::Item> all;
  for (std::uint64_t sequence = 1; sequence <= count; ++sequence)
    all.push_back(samples::item(sequence, sequence % 2 ? 1 : 2));
  return all;
}

void set_stage(Store& store, std::uint32_t n, model::ShardStage stage, model::EndKind end = model::EndKind::none) {
  model::Changes changes;
  const auto shards = store.shards(run_id);
  REQUIRE_OK(shards);
  for (const model::Shard& shard : *shards) {
    if (shard.n == n) changes.shards.push_back(samples::in_stage(shard, stage, end));
  }
  REQUIRE_OK(store.apply(run_id, changes));
}

}  // namespace

void conform_in_items(Backend& backend) {
  auto store = backend.opened();

  SUBCASE("the seal makes a run of what was prepared") {
    model::Run run = samples::run();
    REQUIRE_OK(store->create_run(run));
    REQUIRE_OK(store->add_items(run_id, samples::items(1, 20, 1)));
    CHECK(store->counts(run_id)->pending == 20);
    REQUIRE_OK(store->add_items(run_id, samples::items(22, 41, 1)));
    run.rows = 41;
    run.rejected = 1;
    run.items = 40;
    run.prompt_sha = "of the whole request";
    REQUIRE_OK(store->seal_prepared(run, std::vector{samples::shard(1, 1, 41)}, {}, at(50)));
    const auto sealed = store->run(run_id);
    CHECK(sealed->state == model::RunState::running);
    CHECK(sealed->started_at == at(50));
    CHECK(sealed->rows == 41);
    CHECK(sealed->rejected == 1);
    CHECK(sealed->items == 40);
    CHECK(sealed->prompt_sha == "of the whole request");
    CHECK(store->shards(run_id)->size() == 1);
    CHECK(store->counts(run_id)->pending == 40);

    CHECK(store->seal_prepared(run, {}, {}, at(51)).error().kind == ErrorKind::conflict);
    CHECK(store->add_items(run_id, samples::items(50, 50, 1)).error().kind == ErrorKind::conflict);
  }

  SUBCASE("a run that lost an item on the way is not sealed") {
    model::Run run = samples::run();
    REQUIRE_OK(store->create_run(run));
    REQUIRE_OK(store->add_items(run_id, samples::items(1, 9, 1)));
    run.items = 10;
    CHECK(store->seal_prepared(run, std::vector{samples::shard(1, 1, 10)}, {}, at(50)).error().kind ==
          ErrorKind::internal);
    CHECK(store->run(run_id)->state == model::RunState::created);
    CHECK(store->shards(run_id)->empty());
  }

  SUBCASE("an item comes back as it was added") {
    REQUIRE_OK(samples::seal(*store, samples::items(1, 20, 1)));
    const auto found = store->item(run_id, 7);
    REQUIRE_OK(found);
    const model::Item given = samples::item(7, 1);
    CHECK(found->item.sequence == 7);
    CHECK(found->item.id == given.id);
    CHECK(found->item.shard == 1);
    CHECK(found->item.row_offset == given.row_offset);
    CHECK(found->item.row_length == given.row_length);
    CHECK(found->item.request_offset == given.request_offset);
    CHECK(found->item.request_length == given.request_length);
    CHECK(found->item.request_key == given.request_key);
    CHECK(found->status == ItemStatus::pending);
    CHECK(found->reason == model::Reason::none);
    CHECK(found->attempts == 0);
    CHECK(found->outcome_file.empty());
    CHECK(store->item(run_id, 0).error().kind == ErrorKind::not_found);
    CHECK(store->item(run_id, 21).error().kind == ErrorKind::not_found);
    CHECK(store->item(run_id, ~std::uint64_t{0}).error().kind == ErrorKind::not_found);
  }

  SUBCASE("pages of items follow each other in order of sequence") {
    auto all = samples::items(1, 30, 1);
    all.erase(all.begin() + 4);  // row 5 was rejected: sequences have gaps
    REQUIRE_OK(samples::seal(*store, all));
    ItemFilter page;
    page.limit = 4;
    CHECK(sequences(*store, page) == std::vector<std::uint64_t>{1, 2, 3, 4});
    page.after_sequence = 4;
    CHECK(sequences(*store, page) == std::vector<std::uint64_t>{6, 7, 8, 9});
    page.after_sequence = 28;
    CHECK(sequences(*store, page) == std::vector<std::uint64_t>{29, 30});
    page.after_sequence = 30;
    CHECK(sequences(*store, page).empty());
  }

  SUBCASE("a shard's items are its own, though another model's lie between them") {
    REQUIRE_OK(samples::seal(*store, interleaved(50)));
    const auto items = store->items_of_shard(run_id, 2);
    REQUIRE_OK(items);
    REQUIRE(items->size() == 25);
    CHECK(items->front().sequence == 2);
    CHECK(items->back().sequence == 50);
    CHECK(items->back().id == "TKT-50");
    CHECK(store->items_of_shard(run_id, 3).error().kind == ErrorKind::not_found);
  }

  SUBCASE("every id is found, and no other") {
    REQUIRE_OK(samples::seal(*store, samples::items(1, 500, 1)));
    bool all_found = true;
    for (std::uint64_t sequence = 1; sequence <= 500; ++sequence) {
      const auto found = store->item_by_id(run_id, samples::item_id(sequence));
      all_found = all_found && found.ok() && found->item.sequence == sequence;
    }
    CHECK(all_found);
    CHECK(store->item_by_id(run_id, "TKT-501").error().kind == ErrorKind::not_found);
    CHECK(store->item_by_id(run_id, "").error().kind == ErrorKind::not_found);
  }

  SUBCASE("ids of the same hash are told apart") {
    const auto all = samples::items(1, 300, 1);
    model::Run run = samples::run();
    run.items = all.size();
    REQUIRE_OK(store->create_run(run));
    REQUIRE_OK(store->add_items(run_id, all));
    const std::uint64_t same = xxh3_128(samples::item_id(250)).low;
    std::vector<IdKey> keys;
    for (const model::Item& item : all)
      keys.push_back({same, item.sequence});
    REQUIRE_OK(store->seal_prepared(run, std::vector{samples::shard(1, 1, 300)}, keys, at(50)));
    CHECK(store->item_by_id(run_id, samples::item_id(250))->item.sequence == 250);
  }

  SUBCASE("an item is submitted while a batch of its shard stands at the provider or has answers to be read") {
    REQUIRE_OK(samples::seal(*store, interleaved(6)));
    using model::EndKind;
    using model::ShardStage;
    const auto status = [&] { return store->item(run_id, 1)->status; };
    CHECK(status() == ItemStatus::pending);
    set_stage(*store, 1, ShardStage::creating);
    CHECK(status() == ItemStatus::pending);
    set_stage(*store, 1, ShardStage::in_flight);
    CHECK(status() == ItemStatus::submitted);
    CHECK(store->item(run_id, 2)->status == ItemStatus::pending);
    set_stage(*store, 1, ShardStage::ended, EndKind::batch);
    CHECK(status() == ItemStatus::submitted);
    set_stage(*store, 1, ShardStage::fetched, EndKind::batch);
    CHECK(status() == ItemStatus::submitted);
    CHECK(store->counts(run_id)->pending == 6);  // submitted counts as pending
    set_stage(*store, 1, ShardStage::ended, EndKind::refused);
    CHECK(status() == ItemStatus::pending);
  }

  SUBCASE("items are filtered by status and by reason") {
    REQUIRE_OK(samples::seal(*store, interleaved(12)));
    set_stage(*store, 1, model::ShardStage::in_flight);
    set_stage(*store, 2, model::ShardStage::in_flight);
    std::vector<model::Outcome> outcomes{samples::outcome(2), samples::outcome(4, model::Reason::not_json),
                                         samples::outcome(6, model::Reason::refused), samples::outcome(8),
                                         samples::outcome(10, model::Reason::not_json)};
    model::Shard second = store->shards(run_id)->back();
    model::Changes changes;
    second.stage = model::ShardStage::collected;
    changes.shards.push_back(second);
    REQUIRE_OK(store->commit_outcomes(run_id, second, outcomes, changes));

    using Numbers = std::vector<std::uint64_t>;
    ItemFilter filter;
    filter.status = ItemStatus::succeeded;
    CHECK(sequences(*store, filter) == Numbers{2, 8});
    filter.status = ItemStatus::failed;
    CHECK(sequences(*store, filter) == Numbers{4, 6, 10});
    filter.limit = 2;
    filter.after_sequence = 4;
    CHECK(sequences(*store, filter) == Numbers{6, 10});
    filter = {};
    filter.reason = model::Reason::not_json;
    CHECK(sequences(*store, filter) == Numbers{4, 10});
    filter.status = ItemStatus::succeeded;
    CHECK(sequences(*store, filter).empty());
    filter = {};
    filter.status = ItemStatus::submitted;
    CHECK(sequences(*store, filter) == Numbers{1, 3, 5, 7, 9, 11});
    filter.limit = 1;
    filter.after_sequence = 1;
    CHECK(sequences(*store, filter) == Numbers{3});
    filter = {};
    filter.status = ItemStatus::pending;
    CHECK(sequences(*store, filter) == Numbers{12});
  }
}

}  // namespace batchd::store
