#include "ground/async/loop.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::async;
using namespace std::chrono_literals;

namespace {

const Time noon = from_unix_seconds(1'795'435'200);

Task<int> seven() { co_return 7; }

Task<void> sleep_then_note(Loop& loop, Duration duration, std::string name, std::vector<std::string>& notes) {
  const Status slept = co_await loop.sleep_for(duration);
  notes.push_back(name + (slept.ok() ? "" : " cancelled"));
}

}  // namespace

TEST_CASE("run returns what the task returned") {
  Loop loop;
  CHECK(loop.run(seven()) == 7);
}

TEST_CASE("an exception that leaves the main task comes out of run") {
  Loop loop;
  auto throws = []() -> Task<int> {
    throw std::runtime_error("out");
    co_return 1;
  };
  CHECK_THROWS_WITH(loop.run(throws()), "out");
}

TEST_CASE("a turned clock passes a day without waiting") {
  TurnedClock clock(noon);
  Loop loop(clock);
  auto sleeper = [&]() -> Task<Status> { co_return co_await loop.sleep_for(24h); };
  CHECK(loop.run(sleeper()).ok());
  CHECK(clock.now() == noon + 24h);
  CHECK(loop.clock().now() == noon + 24h);
}

TEST_CASE("timers ring in the order of their deadlines, equal ones in the order in which they were set") {
  TurnedClock clock(noon);
  Loop loop(clock);
  std::vector<std::string> notes;
  auto main = [&]() -> Task<void> {
    TaskGroup group(loop);
    group.spawn(sleep_then_note(loop, 3s, "c", notes));
    group.spawn(sleep_then_note(loop, 1s, "a1", notes));
    group.spawn(sleep_then_note(loop, 2s, "b", notes));
    group.spawn(sleep_then_note(loop, 1s, "a2", notes));
    group.spawn(sleep_then_note(loop, 1s, "a3", notes));
    co_await group.join();
  };
  loop.run(main());
  CHECK(notes == std::vector<std::string>{"a1", "a2", "a3", "b", "c"});
  CHECK(clock.now() == noon + 3s);
}

TEST_CASE("the consequences of one timer come before the next one that is due at the same time") {
  TurnedClock clock(noon);
  Loop loop(clock);
  std::vector<std::string> notes;
  auto chain = [&](std::string name) -> Task<void> {
    (void)co_await loop.sleep_for(1s);
    notes.push_back(name + " rang");
    co_await seven();
    Wakeup never_used(loop);
    loop.post([&notes, name] { notes.push_back(name + " posted"); });
  };
  auto main = [&]() -> Task<void> {
    TaskGroup group(loop);
    group.spawn(chain("first"));
    group.spawn(chain("second"));
    co_await group.join();
  };
  loop.run(main());
  REQUIRE(notes.size() >= 3);
  CHECK(notes[0] == "first rang");
  CHECK(notes[1] == "first posted");
  CHECK(notes[2] == "second rang");
}

TEST_CASE("sleep_until a time that has passed does not turn the clock back") {
  TurnedClock clock(noon);
  Loop loop(clock);
  auto main = [&]() -> Task<Status> { co_return co_await loop.sleep_until(noon - 1h); };
  CHECK(loop.run(main()).ok());
  CHECK(clock.now() == noon);
}

TEST_CASE("a stopped token wakes a sleeper before its time, on either clock") {
  TurnedClock clock(noon);
  Loop turned(clock);
  Loop real;
  for (Loop* loop : {&turned, &real}) {
    StopToken token;
    auto stop_soon = [&]() -> Task<void> {
      (void)co_await loop->sleep_for(1ms);
      token.stop();
    };
    auto main = [&]() -> Task<Status> {
      loop->spawn(stop_soon());
      const Time tomorrow = loop->clock().now() + 24h;
      co_return co_await loop->sleep_until(tomorrow, token);
    };
    const Status slept = loop->run(main());
    REQUIRE_FALSE(slept.ok());
    CHECK(slept.error().kind == ErrorKind::cancelled);
    auto again = [&]() -> Task<Status> { co_return co_await loop->sleep_for(24h, token); };
    CHECK_FALSE(loop->run(again()).ok());  // already stopped: does not even begin
  }
  CHECK(clock.now() < noon + 1h);
}

TEST_CASE("hooks of a token run once and in order, a dropped one not at all, a late one at once") {
  StopToken token;
  std::string calls;
  auto a = token.on_stop([&] { calls += "a"; });
  auto dropped = token.on_stop([&] { calls += "x"; });
  auto b = token.on_stop([&] { calls += "b"; });
  dropped.reset();
  token.stop();
  token.stop();
  CHECK(calls == "ab");
  auto late = token.on_stop([&] { calls += "l"; });
  CHECK(calls == "abl");
}

TEST_CASE("a token keeps no memory of a hundred thousand dropped hooks") {
  StopToken token;
  auto kept = token.on_stop([] {});
  for (int i = 0; i < 100'000; ++i)
    (void)token.on_stop([] {});
  int calls = 0;
  auto last = token.on_stop([&] { ++calls; });
  token.stop();
  CHECK(calls == 1);
}

TEST_CASE("lane jobs run in order on their own thread and the turned clock waits for them") {
  TurnedClock clock(noon);
  Loop loop(clock);
  Lane lane(loop, "test-lane");
  const auto here = std::this_thread::get_id();
  std::vector<int> order;
  std::vector<std::string> notes;
  auto job = [&](int n) -> Task<void> {
    auto function = [&order, n, here]() -> Result<int> {
      order.push_back(n);
      return std::this_thread::get_id() == here ? -1 : n;
    };
    const Result<int> answer = co_await lane.run(function);
    notes.push_back("job " + std::to_string(*answer));
  };
  auto main = [&]() -> Task<void> {
    TaskGroup group(loop);
    group.spawn(sleep_then_note(loop, 1s, "timer", notes));
    for (int n = 0; n < 100; ++n)
      group.spawn(job(n));
    co_await group.join();
  };
  loop.run(main());
  REQUIRE(order.size() == 100);
  for (int n = 0; n < 100; ++n)
    CHECK(order[static_cast<std::size_t>(n)] == n);
  REQUIRE(notes.size() == 101);
  CHECK(notes.back() == "timer");
  CHECK(notes.front() == "job 0");
}

TEST_CASE("a move-only result comes back from a worker") {
  Loop loop;
  WorkerPool pool(loop, 3);
  CHECK(pool.threads() == 3);
  auto main = [&]() -> Task<int> {
    auto function = [] { return std::make_unique<int>(41); };
    auto answer = co_await pool.run(function);
    co_return *answer + 1;
  };
  CHECK(loop.run(main()) == 42);
}

TEST_CASE("many jobs on many workers all come back") {
  Loop loop;
  WorkerPool pool(loop, 4);
  int sum = 0;
  auto job = [&](int n) -> Task<void> {
    auto function = [n]() -> Result<int> { return n; };
    const Result<int> answer = co_await pool.run(function);
    sum += *answer;
  };
  auto main = [&]() -> Task<void> {
    TaskGroup group(loop);
    for (int n = 1; n <= 2000; ++n)
      group.spawn(job(n));
    co_await group.join();
  };
  loop.run(main());
  CHECK(sum == 2001000);
}

TEST_CASE("a lane finishes what was handed in before it goes, even when nobody waits any more") {
  std::atomic<int> done = 0;
  std::latch gate(1);
  Loop loop;
  {
    Lane lane(loop, "short");
    auto job = [&]() -> Task<void> {
      auto function = [&done, &gate]() -> Result<int> {
        gate.wait();
        return ++done;
      };
      (void)co_await lane.run(function);
    };
    auto main = [&]() -> Task<void> {
      for (int n = 0; n < 10; ++n)
        loop.spawn(job());
      (void)co_await loop.sleep_for(1ms);  // all have begun, none has ended
    };
    loop.run(main());
    CHECK(done == 0);
    gate.count_down();
  }
  CHECK(done == 10);
}

TEST_CASE("unfinished tasks are destroyed with their loop, on either clock") {
  auto witness = std::make_shared<int>(0);
  TurnedClock clock(noon);
  for (const bool turned : {true, false}) {
    auto loop = turned ? std::make_unique<Loop>(clock) : std::make_unique<Loop>();
    auto forever = [](Loop& on, std::shared_ptr<int> held) -> Task<void> {
      (void)co_await on.sleep_for(1000h);
      ++*held;
    };
    loop->spawn(forever(*loop, witness));
    CHECK(loop->run(seven()) == 7);
    auto nap = [&]() -> Task<Status> { co_return co_await loop->sleep_for(1ms); };
    CHECK(loop->run(nap()).ok());
    CHECK(witness.use_count() == 2);
    loop.reset();
    CHECK(witness.use_count() == 1);
  }
  CHECK(*witness == 0);
}

TEST_CASE("a channel hands values over in order and ends when it is closed") {
  TurnedClock clock(noon);
  Loop loop(clock);
  Channel<int> channel(loop);
  auto writer = [&]() -> Task<void> {
    channel.push(1);
    channel.push(2);
    (void)co_await loop.sleep_for(1s);
    channel.push(3);
    channel.close();
  };
  auto reader = [&]() -> Task<std::vector<int>> {
    loop.spawn(writer());
    std::vector<int> got;
    while (auto value = co_await channel.pop())
      got.push_back(*value);
    co_return got;
  };
  CHECK(loop.run(reader()) == std::vector<int>{1, 2, 3});
}

TEST_CASE("a reader of a channel can be told to stop") {
  TurnedClock clock(noon);
  Loop loop(clock);
  Channel<std::string> channel(loop);
  StopToken token;
  auto main = [&]() -> Task<bool> {
    auto stopper = [&]() -> Task<void> {
      (void)co_await loop.sleep_for(1s);
      token.stop();
    };
    loop.spawn(stopper());
    const auto value = co_await channel.pop(token);
    co_return value.has_value();
  };
  CHECK_FALSE(loop.run(main()));
}

TEST_CASE("with_timeout stops work that takes too long and says what took how long") {
  TurnedClock clock(noon);
  Loop loop(clock);
  auto work = [&](Duration needed) -> std::function<Task<Result<int>>(StopToken)> {
    return [&loop, needed](StopToken token) -> Task<Result<int>> {
      const Status slept = co_await loop.sleep_for(needed, token);
      if (!slept.ok()) co_return slept.error();
      co_return 5;
    };
  };
  StopToken outer;
  auto main = [&](Duration needed) -> Task<Result<int>> {
    auto named = work(needed);
    co_return co_await with_timeout<int>(loop, 10s, outer, "the work", named);
  };
  const Result<int> in_time = loop.run(main(9s));
  REQUIRE(in_time.ok());
  CHECK(*in_time == 5);
  const Result<int> too_late = loop.run(main(11s));
  REQUIRE_FALSE(too_late.ok());
  CHECK(too_late.error().kind == ErrorKind::network);
  CHECK(too_late.error().message == "the work took longer than 10 s");
  outer.stop();
  const Result<int> stopped = loop.run(main(1s));
  REQUIRE_FALSE(stopped.ok());
  CHECK(stopped.error().kind == ErrorKind::cancelled);
}

TEST_CASE("post from another thread wakes the loop") {
  Loop loop;
  bool posted = false;
  std::thread thread;
  Wakeup wakeup(loop);
  auto main = [&]() -> Task<void> {
    thread = std::thread([&] {
      loop.post([&] {
        posted = true;
        wakeup.notify();
      });
    });
    while (!posted)
      co_await wakeup.wait();
  };
  loop.run(main());
  thread.join();
  CHECK(posted);
}

TEST_CASE("signals arrive on the loop's thread and are counted") {
  Loop loop;
  std::vector<std::pair<int, int>> seen;
  Wakeup wakeup(loop);
  loop.on_signals([&](int signal, int count) {
    seen.emplace_back(signal, count);
    wakeup.notify();
  });
  auto main = [&]() -> Task<void> {
    std::raise(SIGINT);
    while (seen.size() < 1)
      co_await wakeup.wait();
    std::raise(SIGTERM);
    while (seen.size() < 2)
      co_await wakeup.wait();
  };
  loop.run(main());
  CHECK(seen == std::vector<std::pair<int, int>>{{SIGINT, 1}, {SIGTERM, 2}});
}
