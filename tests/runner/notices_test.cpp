#include "core/runner/notices.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using model::NotifyOn;
using model::RunState;

namespace {

engine::State state_of(RunState run) {
  engine::State state;
  state.run.id = "01jd0000000000000000000001";
  state.run.state = run;
  if (model::is_final(run)) state.run.finished_at = *parse_utc("2026-11-29T02:00:00Z");
  return state;
}

engine::Decision with(engine::Action action) {
  engine::Decision decision;
  decision.actions.push_back(std::move(action));
  return decision;
}

engine::Halt halt(int exit_code) {
  return {exit_code, Error(ErrorKind::denied, "acme refuses the key", "set ACME_KEY")};
}

}  // namespace

TEST_CASE("the end of a run is told by how it ended, and a cancel, which a person has asked for, is not") {
  const std::pair<RunState, NotifyOn> ends[] = {{RunState::succeeded, NotifyOn::success},
                                                {RunState::failed, NotifyOn::failure},
                                                {RunState::stopped, NotifyOn::limit}};
  for (const auto& [state, on] : ends) {
    const auto occasions = runner::occasions_of(state_of(state), with(engine::Finish{}));
    REQUIRE(occasions.size() == 1);
    CHECK(occasions[0].on == on);
    CHECK(occasions[0].event == "run." + std::string(name_of(state)));
  }
  CHECK(runner::occasions_of(state_of(RunState::cancelled), with(engine::Finish{})).empty());
}

TEST_CASE("a run that a retry has ended again is told again") {
  auto later = state_of(RunState::succeeded);
  later.run.finished_at = *later.run.finished_at + std::chrono::hours(1);
  const auto first = runner::occasions_of(state_of(RunState::succeeded), with(engine::Finish{})).at(0);
  const auto second = runner::occasions_of(later, with(engine::Finish{})).at(0);
  CHECK(first.occurrence != second.occurrence);
}

TEST_CASE("giving up is told with why and what to do, once for the same trouble") {
  const auto first = runner::occasions_of(state_of(RunState::running), with(halt(4)));
  REQUIRE(first.size() == 1);
  CHECK(first[0].on == NotifyOn::failure);
  CHECK(first[0].event == notify::event_gave_up);
  CHECK(first[0].why == "acme refuses the key; set ACME_KEY");
  const auto again = runner::occasions_of(state_of(RunState::running), with(halt(4)));
  CHECK(again[0].occurrence == first[0].occurrence);
  CHECK(runner::occasions_of(state_of(RunState::running), with(halt(7)))[0].occurrence != first[0].occurrence);
}

TEST_CASE("a shard that only a person can settle is told once, and the halt that follows is not told besides") {
  auto state = state_of(RunState::running);
  model::Shard shard;
  shard.n = 2;
  shard.submission = 1;
  shard.stage = model::ShardStage::unknown;
  shard.error = "The provider cannot say what became of submission 1";
  state.shards[2] = shard;
  state.sessions[2].undecided = true;
  engine::Decision decision = with(engine::Halt{1, Error(ErrorKind::unknown, "shard 2: cannot be told")});
  decision.changes.shards.push_back(shard);
  const auto occasions = runner::occasions_of(state, decision);
  REQUIRE(occasions.size() == 1);
  CHECK(occasions[0].on == NotifyOn::decision);
  CHECK(occasions[0].occurrence == "2/1");
  CHECK(occasions[0].why.find("shard 2: The provider cannot say") != std::string::npos);
  // A refused key beside it is another trouble.
  decision.actions.front() = halt(4);
  CHECK(runner::occasions_of(state, decision).size() == 2);
}

TEST_CASE("of a rehearsal nobody is told") {
  auto state = state_of(RunState::failed);
  state.run.simulated = true;
  CHECK(runner::occasions_of(state, with(engine::Finish{})).empty());
}

TEST_CASE("most decisions tell nobody anything") {
  CHECK(runner::occasions_of(state_of(RunState::running), with(engine::Count{})).empty());
  CHECK(runner::occasions_of(state_of(RunState::running), {}).empty());
}
