#include "store/conformance.hpp"

namespace batchd::store {

using model::DueFate;
using model::PrunedRun;
using model::RunState;
using samples::at;
using samples::run_id;

namespace {

constexpr std::string_view second_id = "01jd0000000000000000000002";

PrunedRun pruned(std::string_view id = run_id, std::string_view key = "key-1") {
  PrunedRun run;
  run.id = id;
  run.job = "tickets";
  run.key = key;
  run.provider = "dashscope-intl";
  run.state = RunState::succeeded;
  run.sample = true;
  run.exit_code = 0;
  run.question = {7, 8};
  run.results_folder = "/out/tickets/" + std::string(id);
  run.created_at = at(3);
  run.finished_at = at(60);
  run.pruned_at = at(900);
  return run;
}

// A run that is over, with a row in about every table.
void fill(Store& store, std::uint64_t items, std::string_view id = run_id, std::string_view key = "key-1") {
  REQUIRE_OK(samples::seal(store, samples::items(1, items, 1), id, key));
  model::Changes changes;
  changes.submissions = {samples::submission(1, 1), samples::submission(1, 2)};
  changes.happenings = {{at(30), 1, "uploaded", "uploaded"}, {at(31), 1, "submitted", "submitted"}};
  REQUIRE_OK(store.commit_outcomes(id, samples::in_stage(samples::shard(1, 1, items), model::ShardStage::collected),
                                   samples::outcomes(1, items), changes));
  REQUIRE_OK(store.remember_answers(id));
  model::Changes end;
  end.run = *store.run(id);
  end.run->state = RunState::succeeded;
  end.run->finished_at = at(60);
  end.run->exit_code = 0;
  end.deliveries.push_back({"msg_" + std::string(id), std::string(id), "run.succeeded", "{}", "{}",
                            model::DeliveryState::delivered, 1, at(60), at(60), "HTTP 200"});
  REQUIRE_OK(store.apply(id, end));
}

void sweep(Store& store, std::string_view run = run_id) {
  for (;;) {
    const auto swept = store.sweep_pruned(run);
    REQUIRE_OK(swept);
    if (!*swept) return;
  }
}

std::vector<std::optional<KnownAnswer>> known(Store& store) {
  const std::vector<Hash128> keys{samples::item(1, 1).request_key};
  return store.find_answers("tickets", "8899", keys).value();
}

}  // namespace

void conform_in_pruning(Backend& backend) {
  auto store = backend.opened();

  SUBCASE("a run whose record is pruned is found by nobody, and what stays of it says so") {
    fill(*store, 20);
    REQUIRE_OK(store->prune_run(pruned()));
    const auto run = store->run(run_id);
    REQUIRE_FALSE(run.ok());
    CHECK(run.error().kind == ErrorKind::not_found);
    CHECK(run.error().message.find("record was pruned") != std::string::npos);
    CHECK(run.error().message.find("/out/tickets/") != std::string::npos);
    CHECK_FALSE(store->find_run("tickets", "key-1")->has_value());
    CHECK(store->runs("", 10)->empty());
    CHECK(store->run_ids_with_prefix("01jd", 10)->empty());
    CHECK(store->items(run_id, {}).error().kind == ErrorKind::not_found);
    CHECK_FALSE(known(*store).front().has_value());
    CHECK(store->pruned_runs("tickets", 10).value() == std::vector{pruned()});
    CHECK(store->pruned_runs("reviews", 10)->empty());
    CHECK(store->pruned_runs("", 10, "01jd").value() == std::vector{pruned()});
    CHECK(store->pruned_runs("", 10, "01je")->empty());
  }

  SUBCASE("its key stays taken, and it is known by what it was asked") {
    fill(*store, 20);
    REQUIRE_OK(store->prune_run(pruned()));
    sweep(*store);
    CHECK(store->create_run(samples::run(second_id)).error().kind == ErrorKind::conflict);
    CHECK(store->create_run(samples::run(run_id, "tickets", "key-2")).error().kind == ErrorKind::conflict);
    CHECK(store->pruned_runs_like("tickets", "key-1", {}, 10)->size() == 1);
    CHECK(store->pruned_runs_like("tickets", "another", {7, 8}, 10)->size() == 1);
    CHECK(store->pruned_runs_like("tickets", "key", {}, 10)->empty());
    CHECK(store->pruned_runs_like("reviews", "key-1", {7, 8}, 10)->empty());
  }

  SUBCASE("a key that --new made belongs to the key before the slash") {
    fill(*store, 3, run_id, "key-1/01jd");
    REQUIRE_OK(store->prune_run(pruned(run_id, "key-1/01jd")));
    CHECK(store->pruned_runs_like("tickets", "key-1", {}, 10)->size() == 1);
    CHECK(store->pruned_runs_like("tickets", "key-1/01", {}, 10)->empty());
  }

  SUBCASE("swept, nothing of it is left, and the next run finds a clean place") {
    fill(*store, 50);
    REQUIRE_OK(store->prune_run(pruned()));
    CHECK(store->unswept_runs(10).value() == std::vector{pruned()});
    sweep(*store);
    CHECK(store->unswept_runs(10)->empty());
    CHECK(store->deliveries_of(run_id)->empty());
    REQUIRE_OK(samples::seal(*store, samples::items(1, 3, 1), second_id, "key-2"));
    CHECK(store->recount(second_id)->items == 3);
    CHECK(store->recount(second_id)->outcomes_without_item == 0);
    CHECK(store->shards(second_id)->size() == 1);
    CHECK(store->happenings(second_id, 10)->empty());
    CHECK_FALSE(known(*store).front().has_value());
    REQUIRE_OK(store->check_integrity());
  }

  SUBCASE("a sweep goes in portions, is cut short by a loss of power, and goes on where it was") {
    fill(*store, Store::rows_per_sweep_max + 10);
    REQUIRE_OK(store->prune_run(pruned()));
    int portions = 0;
    for (; portions < 2; ++portions)
      CHECK(store->sweep_pruned(run_id).value());
    REQUIRE_OK(samples::seal(*store, samples::items(1, 3, 1), second_id, "key-2"));
    backend.lose_power();
    store = backend.opened();
    CHECK(store->run(run_id).error().kind == ErrorKind::not_found);
    CHECK(store->unswept_runs(10)->size() == 1);
    for (; store->sweep_pruned(run_id).value();)
      ++portions;
    CHECK(portions > 6);
    CHECK(store->recount(second_id)->items == 3);
    REQUIRE_OK(store->check_integrity());
  }

  SUBCASE("answers of another run stay where they can be found") {
    fill(*store, 20);
    fill(*store, 20, second_id, "key-2");  // the same requests, asked later
    REQUIRE_OK(store->prune_run(pruned()));
    sweep(*store);
    REQUIRE(known(*store).front().has_value());
    CHECK(known(*store).front()->run == second_id);
  }

  SUBCASE("what is not over keeps its record") {
    REQUIRE_OK(samples::seal(*store, samples::items(1, 3, 1)));
    CHECK(store->prune_run(pruned()).error().kind == ErrorKind::conflict);
    CHECK(store->run(run_id).ok());
    CHECK_FALSE(store->sweep_pruned(run_id).value());
  }

  SUBCASE("what was asked of a job stays counted") {
    fill(*store, 20);
    fill(*store, 20, second_id, "key-2");
    REQUIRE_OK(store->request_retry(second_id, model::ReasonSet{model::Reason::missing}));
    model::Changes over;
    over.run = *store->run(second_id);
    over.run->state = RunState::succeeded;
    REQUIRE_OK(store->apply(second_id, over));
    const auto asked = store->asked_so_far("tickets").value();
    CHECK(asked > 2);
    REQUIRE_OK(store->prune_run(pruned(second_id, "key-2")));
    CHECK(store->asked_so_far("tickets").value() == asked);
    sweep(*store, second_id);
    CHECK(store->asked_so_far("tickets").value() == asked);
  }

  SUBCASE("bygone are audit entries, deliveries that are over, and due times behind the newest that do not wait") {
    for (const auto& due : {model::DueRun{"tickets", at(10), DueFate::watched, "", at(10)},
                            model::DueRun{"tickets", at(20), DueFate::begun, "01jd", at(20)},
                            model::DueRun{"tickets", at(25), DueFate::queued, "", at(25)},
                            model::DueRun{"tickets", at(30), DueFate::skipped, "", at(30)},
                            model::DueRun{"reviews", at(5), DueFate::watched, "", at(5)}})
      REQUIRE_OK(store->note_due_run(due));
    for (const int second : {10, 20, 2'000})
      REQUIRE_OK(store->add_audit_entry({0, at(second), "unix socket", "cancel", "run 01jd", ""}));
    using model::DeliveryState;
    model::Changes told;
    const auto add = [&](std::string id, DeliveryState state, int second) {
      told.deliveries.push_back(
          {std::move(id), std::string(run_id), "run.gave_up", "{}", "{}", state, 2, at(second), at(second), "x"});
    };
    add("given up", DeliveryState::given_up, 10);
    add("late", DeliveryState::delivered, 2'000);
    add("pending", DeliveryState::pending, 10);
    REQUIRE_OK(samples::seal(*store, samples::items(1, 3, 1)));
    REQUIRE_OK(store->apply(run_id, told));

    CHECK(store->untold()->failing == 1);
    CHECK(store->untold()->given_up == 1);
    // Of a run that goes on what was told stays: it is not to be told again.
    CHECK(store->bygone(at(1'000)).value() == Bygone{0, 2, 2});
    model::Changes over;
    over.run = *store->run(run_id);
    over.run->state = RunState::failed;
    REQUIRE_OK(store->apply(run_id, over));
    CHECK(store->bygone(at(1'000)).value() == Bygone{1, 2, 2});
    CHECK(store->forget_bygone(at(1'000)).value() == Bygone{1, 2, 2});
    CHECK(store->forget_bygone(at(1'000)).value() == Bygone{});
    CHECK(store->due_runs("tickets", 10)->size() == 2);
    CHECK(store->due_runs("tickets", 1)->front().at == at(30));
    CHECK(store->queued_runs()->size() == 1);
    CHECK(store->due_runs("reviews", 10)->size() == 1);
    CHECK(store->audit_entries(10)->size() == 1);
    CHECK(store->deliveries_of(run_id)->size() == 2);
  }
}

}  // namespace batchd::store
