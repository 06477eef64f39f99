#include "store/conformance.hpp"

namespace batchd::store {

using samples::at;
using samples::run_id;

void conform_in_decisions(Backend& backend) {
  auto store = backend.opened();
  REQUIRE_OK(samples::seal(*store, samples::items(1, 2, 1)));

  SUBCASE("a decision writes of the run what a decision may change, and nothing else") {
    const model::Run before = store->run(run_id).value();
    REQUIRE_OK(store->take_ownership(run_id, before.owner, "another", at(60)));
    REQUIRE_OK(store->request_cancel(run_id, model::CancelScope::everything, at(61)));
    model::Changes changes;
    model::Run& to = changes.run.emplace(before);  // read before the other process wrote
    to.state = model::RunState::stopped;
    to.stopped_by = "budget";
    to.waiting = {model::WaitingFor::provider, at(70), std::nullopt, "no answer"};
    to.started_at = at(71);
    to.finished_at = at(72);
    to.exit_code = 5;
    to.anomalies = {10, 20, 30, 40, 50};
    to.job = "x";
    to.key = "x";
    to.provider = "x";
    to.frozen_job = "x";
    to.output_folder = "x";
    to.inputs.clear();
    to.rows = to.items = to.rejected = 99;
    REQUIRE_OK(store->apply(run_id, changes));

    const model::Run after = store->run(run_id).value();
    CHECK(after.state == model::RunState::stopped);
    CHECK(after.stopped_by == "budget");
    CHECK(after.waiting.what == model::WaitingFor::provider);
    CHECK(after.waiting.since == at(70));
    CHECK_FALSE(after.waiting.next_try_at);
    CHECK(after.waiting.detail == "no answer");
    CHECK(after.started_at == at(71));
    CHECK(after.finished_at == at(72));
    CHECK(after.exit_code == 5);
    CHECK(after.anomalies == to.anomalies);

    CHECK(after.owner == "another");
    CHECK(after.heartbeat_at == at(60));
    CHECK(after.cancel_requested_at == at(61));
    CHECK(after.job == before.job);
    CHECK(after.key == before.key);
    CHECK(after.provider == before.provider);
    CHECK(after.frozen_job == before.frozen_job);
    CHECK(after.output_folder == before.output_folder);
    CHECK(after.inputs.size() == 2);
    CHECK(after.rows == 2);
    CHECK(after.items == 2);
    CHECK(after.rejected == 0);
  }

  SUBCASE("shards and submissions come back as they were decided") {
    model::Changes changes;
    changes.shards = {samples::in_stage(samples::shard(1, 1, 2), model::ShardStage::ended, model::EndKind::batch)};
    changes.submissions = {samples::submission(1, 1), samples::submission(1, 2)};
    REQUIRE_OK(store->apply(run_id, changes));

    const auto shards = store->shards(run_id);
    REQUIRE_OK(shards);
    REQUIRE(shards->size() == 1);
    const model::Shard& shard = shards->front();
    CHECK(shard.stage == model::ShardStage::ended);
    CHECK(shard.end == model::EndKind::batch);
    CHECK(shard.submission == 2);
    CHECK(shard.lane == "batch");
    CHECK(shard.model == "qwen-plus");
    CHECK(shard.thinking == "false");
    CHECK(shard.requests == 2);
    CHECK(shard.bytes == 12'345);
    CHECK(shard.first_sequence == 1);
    CHECK(shard.last_sequence == 2);
    CHECK(shard.requests_file == "spool/r/0001.requests.jsonl");
    CHECK(shard.rows_file == "spool/r/0001.rows.jsonl");
    CHECK(shard.requests_hash == "ccdd");
    CHECK(shard.error == "trouble");
    CHECK(shard.input_file_id == "file-1");
    CHECK(shard.output_file == "answers/r/output.jsonl");
    CHECK(shard.error_file == "answers/r/errors.jsonl");
    CHECK(shard.outcome_file == "answers/r/0001.outcomes.jsonl");

    const auto submissions = store->submissions(run_id);
    REQUIRE_OK(submissions);
    REQUIRE(submissions->size() == 2);
    const model::Submission& second = submissions->back();
    CHECK(second.shard == 1);
    CHECK(second.n == 2);
    CHECK(second.intended_at == at(10));
    CHECK(second.server_time == at(11));
    CHECK(second.batch_id == "batch-2");
    CHECK(second.state == model::BatchState::failed);
    CHECK(second.state_text == "FAILED");
    CHECK(second.counts == model::RequestCounts{100, 40, 60});
    CHECK(second.output_file_id == "file-out");
    CHECK(second.error_file_id == "file-err");
    CHECK(second.created_at == at(12));
    CHECK(second.expires_at == at(13));
    CHECK(second.ended_at == at(14));
    CHECK(second.given_up);
    CHECK(second.missed_at == at(15));
    CHECK(second.usage.known);
    CHECK(second.usage.input_tokens == 70);
    CHECK(second.usage.output_tokens == 9);
    CHECK(second.usage.reasoning_tokens == 4);
    CHECK(second.usage.cached_tokens == 2);
    REQUIRE(second.errors.size() == 2);
    CHECK(second.errors[0].code == "invalid");
    CHECK(second.errors[0].message == "line is no JSON");
    CHECK(second.errors[0].line == 7);
    CHECK(second.errors[0].item == "T-7");
    CHECK_FALSE(second.errors[1].line);
  }

  SUBCASE("a decision applied twice changes nothing") {
    model::Changes changes;
    changes.run = store->run(run_id).value();
    changes.run->waiting.detail = "once";
    changes.shards = {samples::in_stage(samples::shard(1, 1, 2), model::ShardStage::in_flight)};
    changes.submissions = {samples::submission(1, 1)};
    changes.happenings = {{at(1), 1, "submitted", "as batch-1"}, {at(1), 2, "submitted", "as batch-1"}};
    REQUIRE_OK(store->apply(run_id, changes));
    REQUIRE_OK(store->apply(run_id, changes));
    CHECK(store->shards(run_id)->size() == 1);
    REQUIRE(store->submissions(run_id)->size() == 1);
    CHECK(store->submissions(run_id)->front().errors.size() == 2);
    CHECK(store->happenings(run_id, 10)->size() == 2);
    CHECK(store->run(run_id)->waiting.detail == "once");
  }

  SUBCASE("a later decision replaces the rows it holds") {
    model::Changes changes;
    changes.submissions = {samples::submission(1, 1)};
    REQUIRE_OK(store->apply(run_id, changes));
    changes.submissions[0].errors.clear();
    changes.submissions[0].server_time.reset();
    changes.submissions[0].batch_id = "found later";
    REQUIRE_OK(store->apply(run_id, changes));
    const model::Submission kept = store->submissions(run_id)->front();
    CHECK(kept.errors.empty());
    CHECK_FALSE(kept.server_time);
    CHECK(kept.batch_id == "found later");
  }

  SUBCASE("of a decision that cannot be kept whole, nothing is kept") {
    model::Changes changes;
    changes.happenings = {{at(1), 0, "submitted", "x"}};
    changes.shards = {samples::in_stage(samples::shard(1, 1, 2), model::ShardStage::uploading)};
    changes.submissions = {samples::submission(7, 1)};  // of a shard that does not exist
    CHECK_FALSE(store->apply(run_id, changes).ok());
    CHECK(store->shards(run_id)->front().stage == model::ShardStage::planned);
    CHECK(store->happenings(run_id, 10)->empty());
  }

  SUBCASE("happenings are told oldest first, and the newest are kept when there are too many") {
    model::Changes changes;
    changes.happenings = {{at(3), 0, "c", "3"}, {at(1), 0, "a", "1"}, {at(2), 1, "b", "2"}, {at(2), 1, "b", "2 too"}};
    REQUIRE_OK(store->apply(run_id, changes));
    const auto all = store->happenings(run_id, 10);
    REQUIRE(all->size() == 4);
    CHECK((*all)[0].text == "1");
    CHECK((*all)[1].text == "2");
    CHECK((*all)[2].text == "2 too");
    CHECK((*all)[2].shard == 1);
    CHECK((*all)[3].kind == "c");
    CHECK((*all)[3].at == at(3));
    const auto newest = store->happenings(run_id, 2);
    REQUIRE(newest->size() == 2);
    CHECK(newest->front().text == "2 too");
  }
}

}  // namespace batchd::store
