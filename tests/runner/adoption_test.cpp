#include "core/runner/adoption.hpp"

#include <doctest/doctest.h>

#include "store/samples.hpp"

namespace batchd::runner {
namespace {

namespace samples = store::samples;

const std::string run_id(samples::run_id);

// Shard 2 is in doubt, shard 1 is batch-2 and was batch-1.
KnownRuns known() {
  KnownRun one;
  one.run = samples::run();
  one.shards = {samples::shard(1, 1, 2), samples::shard(2, 3, 4)};
  auto given_up = samples::submission(2, 1);
  given_up.batch_id = "twin";
  one.submissions = {samples::submission(1, 2), given_up};
  return {{run_id, one}};
}

model::Shard in_doubt() { return samples::in_stage(samples::shard(2, 3, 4), model::ShardStage::unknown); }

model::RemoteBatch its_batch() {
  model::RemoteBatch batch;
  batch.id = "lost";
  batch.state = model::BatchState::running;
  batch.counts = {2, 0, 0};
  batch.input_file_id = "file-1";
  batch.metadata = {{"batchd_run", run_id}, {"batchd_shard", "2"}, {"batchd_requests", "ccdd"}};
  return batch;
}

std::string why(const model::RemoteBatch& batch) { return why_not_named(known(), run_id, in_doubt(), batch); }

TEST_CASE("a batch that says it is of this shard may be named for it, whatever file it was made of") {
  CHECK(why(its_batch()).empty());
  auto uploaded_again = its_batch();
  uploaded_again.input_file_id = "file-of-before";
  CHECK(why(uploaded_again).empty());
}

TEST_CASE("of a batch that says nothing the file and the number of requests speak") {
  auto silent = its_batch();
  silent.metadata.clear();
  CHECK(why(silent).empty());
  silent.input_file_id = "file-7";
  CHECK(why(silent) == "it was made of the file file-7, and this shard's is file-1");
  silent.input_file_id.clear();
  silent.counts.total = 3;
  CHECK(why(silent) == "it holds 3 requests, and this shard has 2");
  silent.counts.total = 0;  // not counted yet, and nothing else is said: a person's word counts
  CHECK(why(silent).empty());
}

TEST_CASE("what is clearly something else is refused with what it says") {
  auto other = its_batch();
  other.metadata["batchd_run"] = "01jd0000000000000000000009";
  CHECK(why(other) == "it says that it is of run 01jd0000000000000000000009");
  other = its_batch();
  other.metadata["batchd_shard"] = "1";
  CHECK(why(other) == "it says that it is of shard 1");
  other = its_batch();
  other.metadata["batchd_requests"] = "eeff";
  CHECK(why(other) == "its requests are not those of its shard");
  other = its_batch();
  other.id = "batch-2";
  CHECK(why(other) == "it belongs to shard 1 of run " + run_id);
  other.id = "twin";
  CHECK(why(other) == "it is known as submission 1 of this shard, and was given up");
}

TEST_CASE("a batch that has come to nothing is not worth adopting") {
  auto ended = its_batch();
  ended.state = model::BatchState::failed;
  CHECK(why(ended) == "it is failed");
  ended.state = model::BatchState::expired;
  ended.counts.completed = 1;
  CHECK(why(ended).empty());
}

}  // namespace
}  // namespace batchd::runner
