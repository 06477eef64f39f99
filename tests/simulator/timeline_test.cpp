#include "doors/simulator/timeline.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::simulator;

namespace {

constexpr Pace pace{
    .validating = Duration(100), .finalizing = Duration(50), .cancelling = Duration(50), .requests_per_second = 1'000};
const Time begin = from_unix_seconds(1'790'000'000);

Batch batch_of(std::uint64_t requests, Fate fate = Fate::normal) {
  Batch batch;
  batch.created = begin;
  batch.requests = requests;
  batch.fate = fate;
  settle_instants(batch, pace, std::chrono::hours(24));
  batch.check = Check{"[]", fate != Fate::refused && fate != Fate::token_limit, "m"};
  return batch;
}
Time at(int ms) { return begin + Duration(ms); }

}  // namespace

TEST_CASE("a batch goes its way by the clock alone") {
  const Batch batch = batch_of(200);
  CHECK(state_of(batch, at(0)) == State::validating);
  CHECK(state_of(batch, at(99)) == State::validating);
  CHECK(state_of(batch, at(100)) == State::in_progress);
  CHECK(state_of(batch, at(299)) == State::in_progress);
  CHECK(state_of(batch, at(300)) == State::finalizing);
  CHECK(state_of(batch, at(349)) == State::finalizing);
  CHECK(state_of(batch, at(350)) == State::completed);
  CHECK(end_of(batch) == at(350));
  CHECK(done_by(batch, at(100)) == 0);
  CHECK(done_by(batch, at(200)) == 100);
  CHECK(done_by(batch, at(300)) == 200);
  CHECK(instants_of(batch, at(99)).in_progress == std::nullopt);
  CHECK(instants_of(batch, at(350)).completed == at(350));
}

TEST_CASE("a batch is checked when its validation is over, and answered when it has ended") {
  Batch batch = batch_of(200);
  batch.check.reset();
  CHECK_FALSE(needs_check(batch, at(99)));
  CHECK(needs_check(batch, at(100)));
  batch.check = Check{"[]", true, "m"};
  CHECK_FALSE(needs_check(batch, at(100)));
  CHECK_FALSE(needs_outcome(batch, at(349)));
  CHECK(needs_outcome(batch, at(350)));
  batch.outcome = Outcome();
  CHECK_FALSE(needs_outcome(batch, at(350)));
}

TEST_CASE("a batch that failed its check ends there, without results") {
  const Batch batch = batch_of(200, Fate::refused);
  CHECK(state_of(batch, at(100)) == State::failed);
  CHECK(end_of(batch) == at(100));
  CHECK_FALSE(needs_outcome(batch, at(1'000)));
  CHECK(done_by(batch, at(1'000)) == 0);
  CHECK(instants_of(batch, at(100)).failed == at(100));
  CHECK(instants_of(batch, at(100)).in_progress == std::nullopt);
}

TEST_CASE("a cancel stops the work and ends the batch a little later") {
  struct Row {
    int cancelled_at;
    std::uint64_t done;
  };
  for (const auto& [cancelled_at, done] : {Row{50, 0}, Row{200, 100}, Row{320, 200}}) {
    Batch batch = batch_of(200);
    if (cancelled_at < 100) batch.check.reset();
    settle_cancel(batch, pace, at(cancelled_at));
    CHECK(state_of(batch, at(cancelled_at)) == State::cancelling);
    CHECK(state_of(batch, at(cancelled_at + 49)) == State::cancelling);
    CHECK(state_of(batch, at(cancelled_at + 50)) == State::cancelled);
    CHECK(done_by(batch, at(10'000)) == done);
    CHECK_FALSE(needs_check(batch, at(10'000)));
    CHECK(needs_outcome(batch, at(10'000)));
    const Instants instants = instants_of(batch, at(10'000));
    CHECK(instants.cancelled == at(cancelled_at + 50));
    CHECK(instants.completed == std::nullopt);
    CHECK(instants.in_progress.has_value() == (cancelled_at >= 100));
    CHECK(instants.finalizing.has_value() == (cancelled_at >= 300));
  }
}

TEST_CASE("a batch that expires stops half-way; a stuck one never ends") {
  const Batch expires = batch_of(200, Fate::expires);
  CHECK(state_of(expires, at(199)) == State::in_progress);
  CHECK(state_of(expires, at(200)) == State::expired);
  CHECK(done_by(expires, at(10'000)) == 100);
  CHECK(instants_of(expires, at(200)).expired == at(200));
  CHECK(instants_of(expires, at(200)).finalizing == std::nullopt);

  const Batch stuck = batch_of(200, Fate::stuck);
  CHECK(state_of(stuck, begin + std::chrono::hours(1'000)) == State::validating);
  CHECK(end_of(stuck) == std::nullopt);
}

TEST_CASE("an empty batch needs no time to work") {
  const Batch batch = batch_of(0);
  CHECK(state_of(batch, at(100)) == State::finalizing);
  CHECK(done_by(batch, at(100)) == 0);
}
