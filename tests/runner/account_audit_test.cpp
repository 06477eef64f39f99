#include "core/runner/account_audit.hpp"

#include <doctest/doctest.h>

#include "core/runner/preparation.hpp"
#include "store/samples.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::runner {
namespace {

using model::BatchState;
using model::ShardStage;
namespace samples = store::samples;

const std::string run_id(samples::run_id);

model::RemoteBatch batch(std::string id, std::string_view run, int shard, BatchState state = BatchState::running) {
  model::RemoteBatch batch;
  batch.id = std::move(id);
  batch.state = state;
  batch.counts = {2, 1, 0};
  batch.input_file_id = "file-of-" + batch.id;
  batch.created_at = samples::at(30);
  if (!run.empty())
    batch.metadata = {{"batchd_job", "tickets"},
                      {"batchd_run", std::string(run)},
                      {"batchd_shard", std::to_string(shard)},
                      {"batchd_submission", "3"},
                      {"batchd_requests", "ccdd"}};
  return batch;
}

// Shard 1 in flight as batch-2, shard 2 planned, shard 3 collected.
KnownRuns known() {
  KnownRun one;
  one.run = samples::run();
  one.run.state = model::RunState::running;
  one.run.owner.clear();
  one.shards = {samples::in_stage(samples::shard(1, 1, 2), ShardStage::in_flight), samples::shard(2, 3, 4),
                samples::in_stage(samples::shard(3, 5, 6), ShardStage::collected)};
  one.shards[2].input_file_id = "file-3";
  one.submissions = {samples::submission(1, 2)};
  return {{run_id, one}};
}

const UnownedBatch& only(const AccountAudit& audit) {
  REQUIRE(audit.batches.size() == 1);
  return audit.batches.front();
}

TEST_CASE("a batch that a run submitted is owned; one of a shard that was never sent can be adopted") {
  auto owned = batch("batch-2", run_id, 1);
  const auto audit = audit_account(known(), {owned, batch("lost", run_id, 2)}, {});
  CHECK(audit.owned_batches == 1);
  CHECK(only(audit).batch.id == "lost");
  CHECK(only(audit).is_adoptable);
}

TEST_CASE("a batch says its run's key, and what --new has begun of a question is of the same question") {
  const std::string question = "00112233445566778899aabbccddeeff";
  CHECK(key_mark_of(question) == question);
  CHECK(question_of_mark(key_mark_of(question + "/" + run_id)) == question);
  CHECK(question_of_mark("api/" + run_id) == "api/" + run_id);
  CHECK(question_of_mark("orders/17") == "orders/17");
  const std::string very_long(1'000, 'k');
  CHECK(key_mark_of(very_long).size() < 100);
  CHECK(key_mark_of(very_long) != key_mark_of(very_long + "k"));
  auto marked = batch("b", run_id, 1);
  marked.metadata["batchd_key"] = question;
  marked.metadata["batchd_attempt"] = "2";
  CHECK(mark_of(marked)->key_mark == question);
  CHECK(mark_of(marked)->attempt == 2);
}

TEST_CASE("what cannot be adopted says why") {
  const auto why = [](const model::RemoteBatch& one) { return only(audit_account(known(), {one}, {})).why; };
  CHECK(why(batch("x", "01jd0000000000000000000009", 1)) == "its run is not known here");
  CHECK(why(batch("x", run_id, 9)) == "its run has no shard 9");
  CHECK(why(batch("x", run_id, 1)) == "its shard has another batch under way, batch-2");
  CHECK(why(batch("x", run_id, 3)) == "its shard has its answers from another batch");
  CHECK(why(batch("x", run_id, 2, BatchState::cancelling)) == "it is cancelling");
  auto other = batch("x", run_id, 2);
  other.metadata["batchd_requests"] = "eeff";
  CHECK(why(other) == "its requests are not those of its shard");
  CHECK(why(batch("x", "", 2)) == "it does not carry batchd's mark");
}

TEST_CASE("a batch that came to nothing is not adopted, one that is done is") {
  auto failed = batch("x", run_id, 2, BatchState::failed);
  failed.counts.completed = 0;
  CHECK_FALSE(only(audit_account(known(), {failed}, {})).is_adoptable);
  CHECK(only(audit_account(known(), {batch("x", run_id, 2, BatchState::completed)}, {})).is_adoptable);
}

TEST_CASE("without metadata the input file tells whose a batch is: by its id here, else by its name") {
  auto by_id = batch("x", "", 0);
  by_id.input_file_id = "file-1";
  CHECK(only(audit_account(known(), {by_id}, {})).mark->shard == 1);
  model::RemoteFile file{"file-of-y", 12'345, filename_of(run_id, 2), "batch", {}};
  const auto audit = audit_account(known(), {batch("y", "", 0)}, {file});
  CHECK(only(audit).is_adoptable);
  CHECK(only(audit).bytes == 12'345);
  REQUIRE(audit.files.size() == 1);
  CHECK(audit.files[0].feeds_live_batch);
}

TEST_CASE("files are ours by their name, owned by their id, and somebody else's otherwise") {
  const auto audit = audit_account(known(), {},
                                   {{"file-1", 1, filename_of(run_id, 1), "batch", {}},
                                    {"file-out", 1, "whatever.jsonl", "batch_output", {}},
                                    {"file-orphan", 7, filename_of(run_id, 1), "batch", {}},
                                    {"file-theirs", 1, "batchd-notes.jsonl", "batch", {}}});
  CHECK(audit.owned_files == 2);
  CHECK(audit.foreign_files == 1);
  REQUIRE(audit.files.size() == 1);
  CHECK(audit.files[0].file.id == "file-orphan");
  CHECK_FALSE(audit.files[0].feeds_live_batch);
}

TEST_CASE("what a living process is just sending is not taken for lost") {
  auto runs = known();
  auto& one = runs.at(run_id);
  one.shards[1].stage = ShardStage::creating;
  CHECK(audit_account(runs, {batch("x", run_id, 2)}, {}).batches.size() == 1);
  one.run.owner = to_text(this_process());
  CHECK(audit_account(runs, {batch("x", run_id, 2)}, {}).batches.empty());
}

TEST_CASE("a file's name says run and shard, and nothing else is taken for one") {
  const auto mark = mark_of_filename(filename_of(run_id, 12));
  REQUIRE(mark);
  CHECK(mark->run == run_id);
  CHECK(mark->shard == 12);
  for (const auto* name : {"batchd-.jsonl", "batchd-01jd-0001.jsonl", "tickets.jsonl", "batchd-probe.jsonl",
                           "batchd-01jd0000000000000000000001-00x1.jsonl"})
    CHECK_FALSE(mark_of_filename(name));
}

struct Kept {
  test::TemporaryFolder folder;
  std::unique_ptr<store::Store> store;
  Kept() {
    auto opened = store::Store::open(folder.path() / "batchd.db", store::Mode::read_write);
    REQUIRE(opened.ok());
    store = std::move(*opened);
    auto items = samples::items(1, 4, 1);
    items[2].shard = items[3].shard = 2;
    REQUIRE(samples::seal(*store, items).ok());
    REQUIRE(store->take_ownership(run_id, "host/boot/1/2", "", samples::at(21)).ok());
  }
  UnownedBatch found(model::RemoteBatch batch) const {
    auto runs = known_runs(*store, "");
    REQUIRE(runs.ok());
    return only(audit_account(*runs, {std::move(batch)}, {}));
  }
};

TEST_CASE("an adopted batch is a submission of its shard, in flight, and said so") {
  Kept kept;
  REQUIRE(adopt(*kept.store, kept.found(batch("lost", run_id, 2)), samples::at(50)).ok());
  const auto shards = kept.store->shards(run_id);
  const auto submissions = kept.store->submissions(run_id);
  REQUIRE((shards.ok() && submissions.ok()));
  CHECK(shards->at(1).stage == ShardStage::in_flight);
  CHECK(shards->at(1).input_file_id == "file-of-lost");
  CHECK(shards->at(1).submission == 3);
  REQUIRE(submissions->size() == 1);
  CHECK(submissions->front().batch_id == "lost");
  CHECK(submissions->front().n == 3);
  CHECK(kept.store->happenings(run_id, 1)->front().kind == "adopted");
  CHECK(audit_account(*known_runs(*kept.store, ""), {batch("lost", run_id, 2)}, {}).owned_batches == 1);
}

TEST_CASE("an intent whose answer was lost gets the batch that came of it") {
  Kept kept;
  auto creating = kept.store->shards(run_id)->at(1);
  creating.stage = ShardStage::unknown;
  creating.submission = 3;
  model::Submission intent;
  intent.shard = 2;
  intent.n = 3;
  intent.intended_at = samples::at(25);
  model::Changes changes;
  changes.shards = {creating};
  changes.submissions = {intent};
  REQUIRE(kept.store->apply(run_id, changes).ok());
  REQUIRE(adopt(*kept.store, kept.found(batch("lost", run_id, 2)), samples::at(50)).ok());
  const auto submissions = kept.store->submissions(run_id);
  REQUIRE(submissions->size() == 1);
  CHECK(submissions->front().intended_at == samples::at(25));
  CHECK(submissions->front().batch_id == "lost");
}

TEST_CASE("a batch is adopted once: the second for a shard is refused") {
  Kept kept;
  const auto second = kept.found(batch("twin", run_id, 2));
  REQUIRE(adopt(*kept.store, kept.found(batch("lost", run_id, 2)), samples::at(50)).ok());
  const auto refused = adopt(*kept.store, second, samples::at(51));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK(refused.error().message == "twin cannot be adopted: its shard has another batch under way, lost");
}

// -- owners

model::Run owned_by(Kept& kept, const ProcessIdentity& process, Time heard) {
  const auto run = kept.store->run(run_id);
  REQUIRE(run.ok());
  REQUIRE(kept.store->take_ownership(run_id, run->owner, to_text(process), heard).ok());
  return *kept.store->run(run_id);
}

TEST_CASE("a living owner keeps its run, and is named") {
  Kept kept;
  auto living = this_process();
  const auto run = owned_by(kept, living, samples::at(0));
  auto other = living;
  other.pid += 1;
  const auto taken = own(*kept.store, run, other, samples::at(0) + 100 * lease);
  REQUIRE_FALSE(taken.ok());
  CHECK(taken.error().kind == ErrorKind::conflict);
  CHECK(taken.error().message.find("process " + std::to_string(living.pid)) == 0);
}

TEST_CASE("a dead owner on this machine is taken over at once") {
  Kept kept;
  auto dead = this_process();
  dead.start_ticks += 1;
  const auto run = owned_by(kept, dead, samples::at(0));
  CHECK(own(*kept.store, run, this_process(), samples::at(0)).ok());
  CHECK(kept.store->run(run_id)->owner == to_text(this_process()));
}

TEST_CASE("an owner on another machine is taken over when its lease is up, and not before") {
  Kept kept;
  auto elsewhere = this_process();
  elsewhere.host = "another.example";
  const auto run = owned_by(kept, elsewhere, samples::at(0));
  const auto early = own(*kept.store, run, this_process(), samples::at(0) + lease - Duration(1));
  REQUIRE_FALSE(early.ok());
  CHECK(early.error().kind == ErrorKind::conflict);
  CHECK(early.error().message.find("another.example") != std::string::npos);
  CHECK(own(*kept.store, run, this_process(), samples::at(0) + lease).ok());
}

TEST_CASE("of two that see the same dead owner one gets the run, and the other is told who") {
  Kept kept;
  auto dead = this_process();
  dead.start_ticks += 1;
  const auto seen = owned_by(kept, dead, samples::at(0));
  auto rival = this_process();
  REQUIRE(own(*kept.store, seen, rival, samples::at(1)).ok());
  auto slower = this_process();
  slower.pid += 1;
  const auto taken = own(*kept.store, seen, slower, samples::at(1));
  REQUIRE_FALSE(taken.ok());
  CHECK(taken.error().kind == ErrorKind::conflict);
  CHECK(taken.error().message.find("process " + std::to_string(rival.pid)) == 0);
}

}  // namespace
}  // namespace batchd::runner
