#include "store/conformance.hpp"

namespace batchd::store {

using model::Settlement;
using samples::at;
using samples::run_id;

namespace {

// Shard 1 in a doubt that only a person can settle: its second submission.
void put_in_doubt(Store& store) {
  model::Changes changes;
  changes.shards = {samples::in_stage(samples::shard(1, 1, 2), model::ShardStage::unknown)};
  auto lost = samples::submission(1, 2);
  lost.batch_id.clear();
  lost.state_text = model::submission_unknown;
  changes.submissions = {samples::submission(1, 1), lost};
  REQUIRE_OK(store.apply(run_id, changes));
}

model::Resolution adopted() { return {1, 2, Settlement::adopt, "batch-9", "file-9", at(50)}; }

model::Pause of_job() { return {model::PauseOf::job, "tickets", at(50)}; }

}  // namespace

void conform_in_wishes(Backend& backend) {
  auto store = backend.opened();
  REQUIRE_OK(samples::seal(*store, samples::items(1, 2, 1)));

  SUBCASE("what a person settles comes back as it was said, also when the machine has lost its power") {
    put_in_doubt(*store);
    REQUIRE_OK(store->resolve(run_id, adopted()));
    backend.lose_power();
    const auto words = backend.opened()->resolutions(run_id);
    REQUIRE_OK(words);
    REQUIRE(words->size() == 1);
    const auto& word = words->front();
    CHECK(word.shard == 1);
    CHECK(word.submission == 2);
    CHECK(word.by == Settlement::adopt);
    CHECK(word.batch_id == "batch-9");
    CHECK(word.input_file_id == "file-9");
    CHECK(word.decided_at == at(50));
  }

  SUBCASE("said again it changes nothing, also after it was carried out; said otherwise it is a conflict") {
    put_in_doubt(*store);
    REQUIRE_OK(store->resolve(run_id, adopted()));
    auto again = adopted();
    again.decided_at = at(60);
    REQUIRE_OK(store->resolve(run_id, again));
    model::Changes changes;
    changes.shards = {samples::in_stage(samples::shard(1, 1, 2), model::ShardStage::in_flight)};
    REQUIRE_OK(store->apply(run_id, changes));
    REQUIRE_OK(store->resolve(run_id, again));
    CHECK(store->resolutions(run_id)->front().decided_at == at(50));
    auto otherwise = adopted();
    otherwise.batch_id = "batch-8";
    CHECK(store->resolve(run_id, otherwise).error().kind == ErrorKind::conflict);
    otherwise.by = Settlement::fail;
    CHECK(store->resolve(run_id, otherwise).error().kind == ErrorKind::conflict);
    CHECK(store->resolutions(run_id)->size() == 1);
  }

  SUBCASE("there is nothing to settle of a shard that is not in doubt") {
    const auto refused = [&](const model::Resolution& word) {
      const auto status = store->resolve(run_id, word);
      return !status && status.error().kind == ErrorKind::conflict;
    };
    CHECK(refused(adopted()));  // planned
    put_in_doubt(*store);
    auto other = adopted();
    other.submission = 1;
    CHECK(refused(other));
    other = adopted();
    other.shard = 7;
    CHECK(refused(other));
    model::Changes changes;  // it is asked about, and may yet be told
    changes.submissions = {samples::submission(1, 2)};
    changes.submissions[0].batch_id.clear();
    changes.submissions[0].state_text.clear();
    REQUIRE_OK(store->apply(run_id, changes));
    CHECK(refused(adopted()));
    CHECK(store->resolutions(run_id)->empty());
    CHECK(store->resolve("01jd0000000000000000000009", adopted()).error().kind == ErrorKind::not_found);
  }

  SUBCASE("a pause comes back as it was said first, and is ended once; nobody needs to have a run") {
    CHECK(store->pauses()->empty());
    CHECK(store->pause(of_job()).value());
    auto again = of_job();
    again.since = at(60);
    CHECK_FALSE(store->pause(again).value());
    CHECK(store->pause({model::PauseOf::provider, "tickets", at(40)}).value());  // another thing of the same name
    CHECK(store->pause({model::PauseOf::run, std::string(run_id), at(45)}).value());
    backend.lose_power();
    auto later = backend.opened();
    const auto pauses = later->pauses();
    REQUIRE_OK(pauses);
    REQUIRE(pauses->size() == 3);
    CHECK(pauses->at(0).of == model::PauseOf::provider);
    CHECK(pauses->at(1).name == run_id);
    CHECK(pauses->at(2) == of_job());
    CHECK(later->unpause(model::PauseOf::job, "tickets").value());
    CHECK_FALSE(later->unpause(model::PauseOf::job, "tickets").value());
    CHECK(later->pauses()->size() == 2);
  }

  SUBCASE("a run that is dropped leaves no pause") {
    REQUIRE_OK(store->create_run(samples::run("01jd0000000000000000000002", "tickets", "key-2")));
    CHECK(store->pause({model::PauseOf::run, "01jd0000000000000000000002", at(45)}).value());
    REQUIRE_OK(store->drop_unsent_run("01jd0000000000000000000002"));
    CHECK(store->pauses()->empty());
  }
}

}  // namespace batchd::store
