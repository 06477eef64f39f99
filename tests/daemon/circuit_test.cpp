#include "doors/daemon/circuit.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::daemon;
using namespace std::chrono_literals;

namespace {

struct Door {
  void fall_silent() {
    for (int i = 0; i < Circuit::failures_max; ++i)
      circuit.heard(silence, now);
  }
  bool lets_out() { return !circuit.open_until(now); }

  Time now = *parse_utc("2026-11-29T00:00:00Z");
  const Error silence{ErrorKind::network, "connection refused"};
  Circuit circuit;
};

}  // namespace

TEST_CASE("a door that was silent some times in a row is left alone for a while") {
  Door door;
  for (int i = 1; i < Circuit::failures_max; ++i) {
    door.circuit.heard(door.silence, door.now);
    CHECK(door.lets_out());
  }
  door.circuit.heard(door.silence, door.now);
  CHECK(door.circuit.is_open());
  CHECK(door.circuit.open_until(door.now) == door.now + Circuit::pause_first);
  CHECK(door.circuit.last_error() == "connection refused");
}

TEST_CASE("any answer in between, also a refusal, begins the count anew") {
  for (const auto kind : {ErrorKind::throttled, ErrorKind::denied, ErrorKind::rejected, ErrorKind::not_found}) {
    Door door;
    for (int i = 0; i < 3 * Circuit::failures_max; ++i) {
      door.circuit.heard(door.silence, door.now);
      if (i % 3 == 2) door.circuit.heard(Error(kind, "heard"), door.now);
    }
    CHECK_FALSE(door.circuit.is_open());
  }
}

TEST_CASE("after the pause one call goes out, and the others wait for what comes of it") {
  Door door;
  door.fall_silent();
  door.now += Circuit::pause_first;
  CHECK(door.lets_out());
  CHECK_FALSE(door.lets_out());
  SUBCASE("an answer opens it for all") {
    door.circuit.heard(std::nullopt, door.now);
    CHECK(door.lets_out());
    CHECK(door.lets_out());
  }
  SUBCASE("silence closes it for twice as long, up to a limit") {
    auto pause = Circuit::pause_first;
    for (int i = 0; i < 10; ++i) {
      door.circuit.heard(door.silence, door.now);
      pause = std::min<Duration>(2 * pause, Circuit::pause_max);
      CHECK(door.circuit.open_until(door.now) == door.now + pause);
      door.now += pause;
      CHECK(door.lets_out());
    }
  }
  SUBCASE("one that was cut short by ourselves lets the next one try") {
    door.circuit.heard(Error(ErrorKind::cancelled, "stopped"), door.now);
    CHECK(door.lets_out());
  }
  SUBCASE("one whose end nobody tells of does not block the door for ever") {
    door.now += 11min;
    CHECK(door.lets_out());
  }
}

TEST_CASE("calls that were out already when the door closed count once") {
  Door door;
  door.fall_silent();
  const auto until = door.circuit.open_until(door.now);
  for (int i = 0; i < 20; ++i)
    door.circuit.heard(door.silence, door.now + 1s);
  CHECK(door.circuit.open_until(door.now) == until);
}

TEST_CASE("what was our own fault says nothing of the door") {
  Door door;
  for (int i = 0; i < 3 * Circuit::failures_max; ++i)
    door.circuit.heard(Error(ErrorKind::io, "the disk is full"), door.now);
  CHECK_FALSE(door.circuit.is_open());
}
