#include "store/conformance.hpp"

namespace batchd::store {

using samples::at;
using samples::run_id;

void conform_in_runs(Backend& backend) {
  auto store = backend.opened();

  SUBCASE("a run comes back as it was written, as `created`") {
    model::Run given = samples::run();
    given.state = model::RunState::finalizing;
    REQUIRE_OK(store->create_run(given));
    const auto kept = store->run(run_id);
    REQUIRE_OK(kept);
    CHECK(kept->id == run_id);
    CHECK(kept->job == "tickets");
    CHECK(kept->key == "key-1");
    CHECK(kept->state == model::RunState::created);
    CHECK(kept->stopped_by == "operator");
    CHECK(kept->waiting.what == model::WaitingFor::disk);
    CHECK(kept->waiting.since == at(1));
    CHECK(kept->waiting.next_try_at == at(2));
    CHECK(kept->waiting.detail == "the disk is full");
    CHECK(kept->provider == "dashscope-intl");
    CHECK(kept->simulated);
    CHECK(kept->sample);
    CHECK(kept->ask_hash == "00112233");
    CHECK(kept->frozen_job == R"({"name":"tickets"})");
    CHECK(kept->answer_rule == "8899");
    CHECK(kept->output_folder == "/out/tickets");
    CHECK(kept->created_at == at(3));
    CHECK_FALSE(kept->started_at);
    CHECK_FALSE(kept->finished_at);
    CHECK_FALSE(kept->cancel_requested_at);
    CHECK(kept->owner == "host/boot/1/2");
    CHECK(kept->heartbeat_at == at(4));
    CHECK(kept->rows == 5);
    CHECK(kept->rejected == 6);
    CHECK(kept->items == 7);
    CHECK(kept->prompt_sha == "aabb");
    CHECK(kept->exit_code == 8);
    CHECK(kept->anomalies == given.anomalies);
    REQUIRE(kept->inputs.size() == 2);
    CHECK(kept->inputs[0].path == "/data/a.jsonl");
    CHECK(kept->inputs[0].identity == given.inputs[0].identity);
    CHECK(kept->inputs[1].path == "/data/ü b.jsonl");
    CHECK(kept->inputs[1].hash == given.inputs[1].hash);
  }

  SUBCASE("a job and a key have one run: the second is told the first one's id") {
    REQUIRE_OK(store->create_run(samples::run("01jd0000000000000000000001", "tickets", "k")));
    const auto second = store->create_run(samples::run("01jd0000000000000000000002", "tickets", "k"));
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().kind == ErrorKind::conflict);
    CHECK(second.error().hint == "01jd0000000000000000000001");
    CHECK(store->run("01jd0000000000000000000002").error().kind == ErrorKind::not_found);
    REQUIRE_OK(store->create_run(samples::run("01jd0000000000000000000003", "other", "k")));
    REQUIRE_OK(store->create_run(samples::run("01jd0000000000000000000004", "tickets", "l")));

    const auto found = store->find_run("other", "k");
    REQUIRE_OK(found);
    REQUIRE(found->has_value());
    CHECK((*found)->id == "01jd0000000000000000000003");
    CHECK((*found)->inputs.size() == 2);
    CHECK_FALSE(store->find_run("other", "l")->has_value());
    CHECK_FALSE(store->find_run("nobody", "k")->has_value());
  }

  SUBCASE("runs are listed newest first, of one job or of all") {
    for (int n = 1; n <= 4; ++n) {
      model::Run run = samples::run("01jd000000000000000000000" + std::to_string(n), n % 2 ? "odd" : "even",
                                    "k" + std::to_string(n));
      run.created_at = at(n);
      REQUIRE_OK(store->create_run(run));
    }
    const auto all = store->runs("", 3);
    REQUIRE_OK(all);
    REQUIRE(all->size() == 3);
    CHECK((*all)[0].key == "k4");
    CHECK((*all)[2].key == "k2");
    const auto odd = store->runs("odd", 10);
    REQUIRE(odd->size() == 2);
    CHECK((*odd)[0].key == "k3");
    CHECK(store->runs("nobody", 10)->empty());
  }

  SUBCASE("a prefix finds the ids that begin so, and no others") {
    for (const std::string_view id : {"01jd1", "01jd12", "01jd2", "01jz"})
      REQUIRE_OK(store->create_run(samples::run(id, "tickets", id)));
    CHECK(*store->run_ids_with_prefix("01jd1", 10) == std::vector<std::string>{"01jd1", "01jd12"});
    CHECK(store->run_ids_with_prefix("01j", 10)->size() == 4);
    CHECK(store->run_ids_with_prefix("", 2)->size() == 2);
    CHECK(store->run_ids_with_prefix("01JD1", 10)->empty());
    CHECK(store->run_ids_with_prefix("%", 10)->empty());
  }

  SUBCASE("an unknown run is not_found, whatever is asked") {
    const auto is_unknown = [](const auto& result) { return !result && result.error().kind == ErrorKind::not_found; };
    model::Changes changes;
    changes.happenings.push_back({at(1), 0, "polled", "x"});
    CHECK(is_unknown(store->run("nobody")));
    CHECK(is_unknown(store->drop_unsent_run("nobody")));
    CHECK(is_unknown(store->take_ownership("nobody", "", "me", at(1))));
    CHECK(is_unknown(store->request_cancel("nobody", model::CancelScope::everything, at(1))));
    CHECK(is_unknown(store->add_items("nobody", {})));
    CHECK(is_unknown(store->seal_prepared(samples::run("nobody"), {}, {}, at(1))));
    CHECK(is_unknown(store->apply("nobody", changes)));
    CHECK(is_unknown(store->shards("nobody")));
    CHECK(is_unknown(store->submissions("nobody")));
    CHECK(is_unknown(store->happenings("nobody", 1)));
    CHECK(is_unknown(store->commit_outcomes("nobody", samples::shard(1, 1, 1), {}, {})));
    CHECK(is_unknown(store->items("nobody", {})));
    CHECK(is_unknown(store->items_of_shard("nobody", 1)));
    CHECK(is_unknown(store->item("nobody", 1)));
    CHECK(is_unknown(store->item_by_id("nobody", "x")));
    CHECK(is_unknown(store->attempts("nobody", 1)));
    CHECK(is_unknown(store->counts("nobody")));
    CHECK(is_unknown(store->usage("nobody")));
  }

  SUBCASE("a run is taken only from the owner it was seen with") {
    model::Run given = samples::run();
    given.owner = "";
    REQUIRE_OK(store->create_run(given));
    REQUIRE_OK(store->take_ownership(run_id, "", "first", at(5)));
    const auto second = store->take_ownership(run_id, "", "second", at(6));
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().kind == ErrorKind::conflict);
    CHECK(second.error().message.find("first") != std::string::npos);
    CHECK(store->run(run_id)->owner == "first");
    CHECK(store->run(run_id)->heartbeat_at == at(5));

    REQUIRE_OK(store->take_ownership(run_id, "first", "first", at(7)));  // a heartbeat
    CHECK(store->run(run_id)->heartbeat_at == at(7));
    REQUIRE_OK(store->take_ownership(run_id, "first", "second", at(8)));  // from a dead process
    CHECK(store->take_ownership(run_id, "first", "first", at(9)).error().kind == ErrorKind::conflict);
    REQUIRE_OK(store->take_ownership(run_id, "second", "", at(10)));  // given back
    CHECK(store->run(run_id)->owner.empty());
    CHECK_FALSE(store->run(run_id)->heartbeat_at);
  }

  SUBCASE("the first request to cancel stands, and a final run is left alone") {
    REQUIRE_OK(samples::seal(*store, samples::items(1, 1, 1)));
    REQUIRE_OK(store->request_cancel(run_id, model::CancelScope::everything, at(30)));
    REQUIRE_OK(store->request_cancel(run_id, model::CancelScope::everything, at(31)));
    CHECK(store->run(run_id)->cancel_requested_at == at(30));

    REQUIRE_OK(samples::seal(*store, samples::items(1, 1, 1), "01jd0000000000000000000009", "key-9"));
    model::Changes done;
    done.run = store->run("01jd0000000000000000000009").value();
    done.run->state = model::RunState::succeeded;
    REQUIRE_OK(store->apply("01jd0000000000000000000009", done));
    REQUIRE_OK(store->request_cancel("01jd0000000000000000000009", model::CancelScope::everything, at(32)));
    CHECK_FALSE(store->run("01jd0000000000000000000009")->cancel_requested_at);
  }

  SUBCASE("a cancel that keeps what is in flight is widened by one that does not, and not the other way round") {
    using model::CancelScope;
    REQUIRE_OK(samples::seal(*store, samples::items(1, 1, 1)));
    REQUIRE_OK(store->request_cancel(run_id, CancelScope::unsent, at(30)));
    CHECK(store->run(run_id)->cancel_scope == CancelScope::unsent);
    REQUIRE_OK(store->request_cancel(run_id, CancelScope::everything, at(31)));
    REQUIRE_OK(store->request_cancel(run_id, CancelScope::unsent, at(32)));
    CHECK(store->run(run_id)->cancel_scope == CancelScope::everything);
    CHECK(store->run(run_id)->cancel_requested_at == at(30));
  }

  SUBCASE("runs are listed from behind one of them on, newest first") {
    for (const char* id : {"01jd0000000000000000000002", "01jd0000000000000000000003"})
      REQUIRE_OK(store->create_run(samples::run(id, "tickets", id)));
    REQUIRE_OK(store->create_run(samples::run("01jd0000000000000000000004", "reviews", "key-4")));
    const auto behind = store->runs("", 10, "01jd0000000000000000000003");
    REQUIRE_OK(behind);
    REQUIRE(behind->size() == 1);
    CHECK(behind->front().id == "01jd0000000000000000000002");
    CHECK(store->runs("tickets", 1, "01jd0000000000000000000004")->front().id == "01jd0000000000000000000003");
    CHECK(store->runs("", 10, "01jd0000000000000000000002")->empty());
  }

  SUBCASE("a run is not sealed when another of its job has begun since it was looked at") {
    const std::string other = "01jd0000000000000000000009";
    const auto looked = store->asked_so_far("tickets");
    REQUIRE_OK(looked);
    REQUIRE_OK(store->create_run(samples::run()));
    CHECK(store->asked_so_far("tickets").value() == *looked);  // what is being prepared asks nothing yet
    REQUIRE_OK(samples::seal(*store, samples::items(1, 1, 1), other, "key-9"));
    const auto sealed = store->seal_prepared(samples::run(), {}, {}, at(30), *looked);
    REQUIRE_OK(sealed);
    CHECK_FALSE(*sealed);
    CHECK(store->run(run_id)->state == model::RunState::created);
    const auto again = store->asked_so_far("tickets");
    CHECK(store->asked_so_far("reviews").value() == 0);
    REQUIRE_OK(store->request_retry(other, model::ReasonSet{model::Reason::missing}));
    CHECK(store->asked_so_far("tickets").value() > *again);
  }

  SUBCASE("a run whose preparation was killed is dropped with all it left, and its key is free again") {
    REQUIRE_OK(store->create_run(samples::run()));
    REQUIRE_OK(store->add_items(run_id, samples::items(1, 40, 1)));
    model::Changes changes;
    changes.happenings.push_back({at(1), 0, "created", "x"});
    REQUIRE_OK(store->apply(run_id, changes));
    REQUIRE_OK(store->drop_unsent_run(run_id));
    CHECK(store->run(run_id).error().kind == ErrorKind::not_found);
    CHECK_FALSE(store->find_run("tickets", "key-1")->has_value());
    // The next run may get the same place: nothing of the old one may show.
    REQUIRE_OK(store->create_run(samples::run("01jd0000000000000000000002")));
    CHECK(store->items("01jd0000000000000000000002", {})->empty());
    CHECK(store->counts("01jd0000000000000000000002")->pending == 0);
    CHECK(store->happenings("01jd0000000000000000000002", 10)->empty());
    CHECK(store->run("01jd0000000000000000000002")->inputs.size() == 2);
    CHECK(store->check_integrity().ok());
  }

  SUBCASE("a run that is prepared and has sent nothing is dropped, and what was asked does not count backwards") {
    REQUIRE_OK(samples::seal(*store, samples::items(1, 3, 1)));
    const auto asked = store->asked_so_far("tickets").value();
    REQUIRE_OK(store->drop_unsent_run(run_id));
    CHECK(store->run(run_id).error().kind == ErrorKind::not_found);
    CHECK(store->asked_so_far("tickets").value() == asked);
    CHECK(store->check_integrity().ok());
  }

  SUBCASE("a run that may have sent something is not dropped") {
    REQUIRE_OK(samples::seal(*store, samples::items(1, 3, 1)));
    model::Changes uploading;
    uploading.shards.push_back(store->shards(run_id)->front());
    uploading.shards.front().stage = model::ShardStage::uploading;
    REQUIRE_OK(store->apply(run_id, uploading));
    const auto dropped = store->drop_unsent_run(run_id);
    REQUIRE_FALSE(dropped.ok());
    CHECK(dropped.error().kind == ErrorKind::conflict);
    CHECK(store->items(run_id, {})->size() == 3);
  }
}

}  // namespace batchd::store
