#include "store/conformance.hpp"

namespace batchd::store {

using model::ItemStatus;
using model::Reason;
using samples::outcome;
using samples::run_id;

namespace {

model::Changes collected(model::Shard shard) {
  shard.stage = model::ShardStage::collected;
  shard.submission = 3;
  model::Changes changes;
  changes.shards.push_back(std::move(shard));
  return changes;
}

Status collect(Store& store, std::span<const model::Outcome> outcomes, std::uint32_t n = 1) {
  model::Shard shard = samples::shard(n, 1, 100);
  shard.submission = 3;
  return store.commit_outcomes(run_id, shard, outcomes, collected(shard));
}

// Everything a reader can see of 100 items, as one text.
std::string picture(Store& store) {
  std::string seen;
  const auto items = store.items(run_id, {});
  REQUIRE_OK(items);
  for (const ItemState& state : *items)
    seen += std::to_string(state.item.sequence) + ' ' + std::string(name_of(state.status)) +
            std::string(name_of(state.reason)) + std::to_string(state.attempts) + '@' +
            std::to_string(state.row_offset) + state.outcome_file + '\n';
  const auto counts = store.counts(run_id);
  const auto sums = store.usage(run_id);
  REQUIRE_OK(counts);
  REQUIRE_OK(sums);
  seen += std::to_string(counts->succeeded) + ' ' + std::to_string(counts->failed) + ' ' +
          std::to_string(counts->pending) + ' ' + std::to_string(sums->attempts) + ' ' +
          std::to_string(sums->cost.nano) + ' ' + std::to_string(sums->usage.input_tokens);
  return seen;
}

}  // namespace

void conform_in_outcomes(Backend& backend) {
  auto store = backend.opened();
  REQUIRE_OK(samples::seal(*store, samples::items(1, 100, 1)));

  SUBCASE("outcomes and the decision that follows are kept together") {
    auto outcomes = samples::outcomes(1, 100);
    outcomes[9] = outcome(10, Reason::refused);
    outcomes[10] = outcome(11, Reason::missing);
    outcomes[10].usage = {};
    outcomes[10].cost.reset();
    outcomes[10].answer_length = 0;
    REQUIRE_OK(collect(*store, outcomes));

    CHECK(store->shards(run_id)->front().stage == model::ShardStage::collected);
    const auto counts = store->counts(run_id);
    CHECK(counts->succeeded == 98);
    CHECK(counts->failed == 2);
    CHECK(counts->pending == 0);
    CHECK(counts->reused == 0);
    CHECK(counts->reasons[int(Reason::refused)] == 1);
    CHECK(counts->reasons[int(Reason::missing)] == 1);
    const auto sums = store->usage(run_id);
    CHECK(sums->attempts == 100);
    CHECK(sums->attempts_without_cost == 1);
    CHECK(sums->attempts_without_usage == 1);
    CHECK(sums->cost.nano == 99'000);
    CHECK(sums->usage.input_tokens == 9'900);
    CHECK(sums->usage.output_tokens == 990);
    CHECK(sums->usage.reasoning_tokens == 99);
    CHECK(sums->usage.cached_tokens == 495);
    CHECK(sums->usage.known);

    const auto item = store->item(run_id, 10);
    CHECK(item->status == ItemStatus::failed);
    CHECK(item->reason == Reason::refused);
    CHECK(item->attempts == 1);
    CHECK(item->outcome_file == "answers/r/0001.outcomes.jsonl");
    CHECK(item->row_offset == 501);
    CHECK(item->row_length == 49);

    const auto attempts = store->attempts(run_id, 10);
    REQUIRE_OK(attempts);
    REQUIRE(attempts->size() == 1);
    const AttemptRecord& record = attempts->front();
    CHECK(record.shard == 1);
    CHECK(record.submission == 3);
    CHECK(record.outcome.sequence == 10);
    CHECK(record.outcome.attempt == 1);
    CHECK(record.outcome.status == ItemStatus::failed);
    CHECK(record.outcome.reason == Reason::refused);
    CHECK(record.outcome.usage.known);
    CHECK(record.outcome.usage.cached_tokens == 5);
    CHECK(record.outcome.cost == model::Money{1'000});
    CHECK(record.outcome.row_offset == 501);
    CHECK(record.outcome.answer_offset == 700);
    CHECK(record.outcome.answer_length == 69);
    CHECK(record.outcome.answer_in_error_file);
    const auto unanswered = store->attempts(run_id, 11);
    CHECK_FALSE(unanswered->front().outcome.usage.known);
    CHECK_FALSE(unanswered->front().outcome.cost);
    CHECK_FALSE(unanswered->front().outcome.answer_in_error_file);
    CHECK(store->attempts(run_id, 101)->empty());
  }

  SUBCASE("a shard collected twice changes nothing, in whatever pieces") {
    const auto outcomes = samples::outcomes(1, 100);
    REQUIRE_OK(collect(*store, std::span(outcomes).first(37)));
    REQUIRE_OK(collect(*store, std::span(outcomes).subspan(20)));  // overlaps, in the midst of a block
    const std::string once = picture(*store);
    CHECK(store->counts(run_id)->succeeded == 100);
    CHECK(store->usage(run_id)->attempts == 100);
    REQUIRE_OK(collect(*store, outcomes));
    CHECK(picture(*store) == once);
    CHECK(store->attempts(run_id, 30)->size() == 1);
  }

  SUBCASE("what an attempt came to stands, though it be told otherwise later") {
    REQUIRE_OK(collect(*store, std::vector{outcome(1, Reason::not_json)}));
    REQUIRE_OK(collect(*store, std::vector{outcome(1)}));
    CHECK(store->item(run_id, 1)->reason == Reason::not_json);
    CHECK(store->counts(run_id)->succeeded == 0);
  }

  SUBCASE("the latest attempt of an item counts, whichever is collected first") {
    model::Changes retry;
    retry.shards = {samples::shard(2, 1, 20)};
    REQUIRE_OK(store->apply(run_id, retry));
    std::vector<model::Outcome> first;
    std::vector<model::Outcome> second;
    for (std::uint64_t sequence = 1; sequence <= 20; ++sequence) {
      first.push_back(outcome(sequence, Reason::truncated, 1));
      second.push_back(outcome(sequence, sequence == 20 ? Reason::not_json : Reason::none, 2));
    }
    SUBCASE("in their order") {
      REQUIRE_OK(collect(*store, first, 1));
      REQUIRE_OK(collect(*store, second, 2));
    }
    SUBCASE("the later one first") {
      REQUIRE_OK(collect(*store, second, 2));
      REQUIRE_OK(collect(*store, first, 1));
    }
    const auto counts = store->counts(run_id);
    CHECK(counts->succeeded == 19);
    CHECK(counts->failed == 1);
    CHECK(counts->reasons[int(Reason::truncated)] == 0);
    CHECK(counts->reasons[int(Reason::not_json)] == 1);
    CHECK(counts->pending == 80);
    CHECK(store->usage(run_id)->attempts == 40);
    const auto item = store->item(run_id, 5);
    CHECK(item->attempts == 2);
    CHECK(item->status == ItemStatus::succeeded);
    CHECK(item->row_offset == 252);
    CHECK(item->outcome_file == "answers/r/0002.outcomes.jsonl");
    REQUIRE(store->attempts(run_id, 5)->size() == 2);
    CHECK(store->attempts(run_id, 5)->front().outcome.reason == Reason::truncated);
  }

  SUBCASE("outcomes of an unknown shard are refused whole") {
    const model::Shard unknown = samples::shard(9, 1, 100);
    const auto refused = store->commit_outcomes(run_id, unknown, samples::outcomes(1, 100), {});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::not_found);
    CHECK(store->counts(run_id)->pending == 100);
    CHECK(store->usage(run_id)->attempts == 0);
    CHECK(store->attempts(run_id, 1)->empty());
  }

  SUBCASE("what was committed is there after the power went, and the half-done is not") {
    const auto outcomes = samples::outcomes(1, 100);
    REQUIRE_OK(collect(*store, std::span(outcomes).first(50)));
    const std::string before = picture(*store);
    CHECK_FALSE(store->commit_outcomes(run_id, samples::shard(9, 1, 2), std::span(outcomes).subspan(50), {}).ok());
    backend.lose_power();
    auto again = backend.opened();
    CHECK(picture(*again) == before);
    REQUIRE_OK(again->check_integrity());
    REQUIRE_OK(collect(*again, outcomes));
    CHECK(again->counts(run_id)->succeeded == 100);
  }

  SUBCASE("a reader beside the writer sees each transaction wholly or not at all") {
    auto reader = backend.opened(Mode::read_only);
    const auto outcomes = samples::outcomes(1, 100);
    for (std::size_t done = 0; done < 100; done += 25) {
      CHECK(reader->counts(run_id)->succeeded == done);
      REQUIRE_OK(collect(*store, std::span(outcomes).subspan(done, 25)));
      CHECK(reader->counts(run_id)->succeeded == done + 25);
      ItemFilter succeeded;
      succeeded.status = ItemStatus::succeeded;
      CHECK(reader->items(run_id, succeeded)->size() == done + 25);
    }
    CHECK_FALSE(reader->request_cancel(run_id, model::CancelScope::everything, samples::at(1)).ok());
    CHECK_FALSE(store->run(run_id)->cancel_requested_at);
  }
}

}  // namespace batchd::store
