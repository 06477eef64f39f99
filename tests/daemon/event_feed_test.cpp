#include "doors/daemon/event_feed.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::daemon;

namespace {

struct Desk {
  void report(const char* run) {
    model::Run one;
    one.id = run;
    one.job = "tickets";
    feed.on_reported(one, {}, "");
  }
  // What comes next of a stream; "" when it has ended.
  std::string next(http::BodyStream& stream) {
    const async::StopToken never;
    return loop.run(stream.next(never)).value_or("");
  }
  TurnedClock clock{*parse_utc("2026-11-29T00:00:00Z")};
  async::Loop loop{clock};
  RecordingLog log;
  EventFeed feed{loop, log, "life"};
};

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("who comes new is told so, and then hears what happens") {
  Desk desk;
  desk.report("before");
  const auto stream = desk.feed.follow("");
  CHECK(desk.next(*stream) == "id: life-1\nevent: reset\ndata: {}\n\n");
  desk.report("after");
  CHECK(desk.next(*stream) == "id: life-2\nevent: reported\ndata: {\"run\":\"after\",\"job\":\"tickets\"}\n\n");
}

TEST_CASE("who was away goes on behind the last event it saw") {
  Desk desk;
  for (const char* run : {"first", "second", "third"})
    desk.report(run);
  const auto stream = desk.feed.follow("life-1");
  const auto text = desk.next(*stream);
  CHECK_FALSE(holds(text, "first"));
  CHECK(holds(text, "second"));
  CHECK(holds(text, "third"));
}

TEST_CASE("an id of another process, of the future, or none at all begins anew") {
  Desk desk;
  desk.report("first");
  for (const char* id : {"other-1", "life-2", "life-", "life", "1", "life-x", "life-18446744073709551616"}) {
    CAPTURE(id);
    CHECK(holds(desk.next(*desk.feed.follow(id)), "event: reset"));
  }
}

TEST_CASE("what is forgotten is not skipped in silence") {
  Desk desk;
  for (std::size_t i = 0; i <= EventFeed::events_max; ++i)
    desk.report("run");
  CHECK(holds(desk.next(*desk.feed.follow("life-0")), "event: reset"));
  CHECK_FALSE(holds(desk.next(*desk.feed.follow("life-1")), "event: reset"));
}

TEST_CASE("into a long silence a comment is said, so that a client that has gone is noticed") {
  Desk desk;
  const auto stream = desk.feed.follow("life-0");
  CHECK(desk.feed.followers() == 1);
  CHECK(desk.next(*stream) == ": still here\n\n");
}

TEST_CASE("a feed that is closed ends its streams, and so does a server that stops") {
  Desk desk;
  const auto stream = desk.feed.follow("life-0");
  const async::StopToken gone;
  gone.stop();
  CHECK_FALSE(desk.loop.run(stream->next(gone)).has_value());
  desk.feed.close();
  CHECK(desk.next(*stream).empty());
}

TEST_CASE("what happens to a shard is logged and told with the batch that it is at") {
  Desk desk;
  model::Run run;
  run.id = "01jabc";
  run.job = "tickets";
  model::Shard shard;
  shard.n = 3;
  shard.submission = 2;
  model::Submission earlier;
  earlier.shard = 3;
  earlier.n = 1;
  earlier.batch_id = "batch_old";
  model::Submission newest = earlier;
  newest.n = 2;
  newest.batch_id = "batch_1";
  const auto state = engine::state_from(run, {shard}, {earlier, newest});
  model::Changes changes;
  changes.happenings.push_back({desk.clock.now(), 3, "submitted", "Submitted."});
  changes.happenings.push_back({desk.clock.now(), 0, "resumed", "Resumed."});
  const auto stream = desk.feed.follow("");
  (void)desk.next(*stream);  // the reset
  desk.feed.on_changed(state, changes);
  CHECK(desk.log.has("run=01jabc job=tickets shard=3 batch=batch_1"));
  const auto text = desk.next(*stream);
  CHECK(holds(text, R"("shard":3,"batch":"batch_1","kind":"submitted")"));
  CHECK(holds(text, R"("shard":0,"batch":null,"kind":"resumed")"));
}

TEST_CASE("who may not see content hears what happened without the provider's words") {
  Desk desk;
  model::Run run;
  run.id = "01jabc";
  model::Changes changes;
  changes.happenings.push_back(
      {desk.clock.now(), 1, "refused", "The provider refused the batch: Anna Schmidt is no id"});
  const auto state = engine::state_from(run, {}, {});
  const auto whole = desk.feed.follow("");
  const auto discreet = desk.feed.follow("", false);
  (void)desk.next(*whole);  // the resets
  (void)desk.next(*discreet);
  desk.feed.on_changed(state, changes);
  CHECK(holds(desk.next(*whole), "Anna"));
  const auto text = desk.next(*discreet);
  CHECK_FALSE(holds(text, "Anna"));
  CHECK(holds(text, R"("kind":"refused","text":"The provider refused the batch.")"));
}
