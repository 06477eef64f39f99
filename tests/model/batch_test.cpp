#include "rules/model/batch.hpp"

#include <doctest/doctest.h>

#include "rules/model/run.hpp"

using namespace batchd::model;

TEST_CASE("every provider's spelling of a state is ours, whatever its case") {
  CHECK(batch_state_from_text("in_queue") == BatchState::validating);
  CHECK(batch_state_from_text("PROGRESS") == BatchState::running);
  CHECK(batch_state_from_text("COMPLETED") == BatchState::completed);
  CHECK(batch_state_from_text("timeout_exceeded") == BatchState::expired);
  CHECK(batch_state_from_text("Canceled") == BatchState::cancelled);
}

TEST_CASE("an unknown spelling is never terminal") {
  CHECK(batch_state_from_text("paused_by_moon") == BatchState::unrecognised);
  CHECK_FALSE(is_terminal(BatchState::unrecognised));
  CHECK_FALSE(is_terminal(BatchState::cancelling));
}

TEST_CASE("states and stages have names that lead back to them") {
  for (int i = 0; i <= static_cast<int>(RunState::cancelled); ++i)
    CHECK(run_state_from_name(name_of(static_cast<RunState>(i))) == static_cast<RunState>(i));
  for (int i = 0; i <= static_cast<int>(ShardStage::collected); ++i)
    CHECK(shard_stage_from_name(name_of(static_cast<ShardStage>(i))) == static_cast<ShardStage>(i));
  CHECK_FALSE(is_final(RunState::finalizing));
  CHECK(is_final(RunState::succeeded));
}
