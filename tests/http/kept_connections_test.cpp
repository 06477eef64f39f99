// Connections: kept, used again, found dead, waited for.

#include <doctest/doctest.h>

#include "http/socket_world.hpp"

using namespace batchd;
using namespace batchd::http;
using namespace std::chrono_literals;
using test::answers;
using test::ok_answer;
using test::RawConnection;
using test::RawWorld;
using test::SocketWorld;

TEST_CASE("a connection is kept and used again") {
  SocketWorld world;
  for (int i = 0; i < 5; ++i)
    REQUIRE(world.post("x").ok());
  CHECK(world.transport.counts().connections_opened == 1);
  CHECK(world.transport.counts().connections_reused == 4);
  CHECK(world.server.connections_accepted() == 1);
  world.transport.close_idle();
  REQUIRE(world.get().ok());
  CHECK(world.server.connections_accepted() == 2);
}

TEST_CASE("more calls than connections wait their turn, first come, first served") {
  SocketWorld world;
  SocketTransport narrow(world.loop, {.connections_per_host_max = 2});
  std::vector<Request> requests;
  for (int i = 0; i < 20; ++i)
    requests.push_back({.url = world.url("/" + std::to_string(i))});
  int succeeded = 0;
  auto one = [&](const Request& request) -> async::Task<void> {
    const auto answer = co_await narrow.send(request, world.options);
    if (answer.ok()) ++succeeded;
  };
  auto all = [&]() -> async::Task<void> {
    async::TaskGroup group(world.loop);
    for (const auto& request : requests)
      group.spawn(one(request));
    co_await group.join();
  };
  world.loop.run(all());
  CHECK(succeeded == 20);
  CHECK(world.server.connections_accepted() == 2);
  for (std::size_t i = 0; i + 2 < 20; i += 2)
    CHECK(world.handler.seen[i].target == "/" + std::to_string(i));
}

TEST_CASE("a kept connection that the server has closed meanwhile is replaced, whatever the call") {
  for (const bool repeatable : {true, false}) {
    RawWorld world({[&](RawConnection& connection) -> async::Task<void> {
                      (void)co_await connection.read_until("\r\n\r\n");
                      (void)co_await connection.say(ok_answer);
                    },
                    answers(ok_answer)});
    world.options.repeatable = repeatable;
    REQUIRE(world.get().ok());
    // Let the close arrive: it is then seen before a byte is sent.
    auto nap = [&]() -> async::Task<Status> { co_return co_await world.loop.sleep_for(20ms); };
    REQUIRE(world.loop.run(nap()).ok());
    CHECK(world.get().ok());
    CHECK(world.server.accepted == 2);
    CHECK(world.transport.counts().stale_replaced == 1);
  }
}

TEST_CASE("a kept connection that dies under the second request: a repeatable call is sent again at once") {
  // The first connection answers once and is cut when the next request has come, before a byte of an answer.
  const auto dies = [](RawConnection& connection) -> async::Task<void> {
    (void)co_await connection.read_until("\r\n\r\n");
    (void)co_await connection.say(ok_answer);
    (void)co_await connection.read_until("\r\n\r\n");
    connection.reset();
  };
  RawWorld world({dies, answers(ok_answer)});
  world.options.repeatable = true;
  REQUIRE(world.get().ok());
  CHECK(world.get().ok());
  CHECK(world.server.accepted == 2);
}

TEST_CASE("a kept connection that dies under a spending request: it may have arrived, and is not repeated") {
  const auto dies = [](RawConnection& connection) -> async::Task<void> {
    (void)co_await connection.read_until("\r\n\r\n");
    (void)co_await connection.say(ok_answer);
    (void)co_await connection.read_until("\r\n\r\n");
    connection.close();
  };
  RawWorld world({dies, answers(ok_answer)});
  REQUIRE(world.get().ok());
  const auto second = world.post("spend");
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().kind == ErrorKind::network);
  CHECK_FALSE(second.error().nothing_sent);
  CHECK(world.server.accepted == 1);
}

TEST_CASE("a fresh connection that dies is not replaced, also for a repeatable call: that is for the backoff") {
  RawWorld world({[](RawConnection& connection) -> async::Task<void> {
    (void)co_await connection.read_until("\r\n\r\n");
    connection.reset();
  }});
  world.options.repeatable = true;
  CHECK_FALSE(world.get().ok());
  CHECK(world.server.accepted == 1);
}

TEST_CASE("a spending call does not use a connection that has idled for long") {
  SocketWorld world;
  SocketTransport transport(world.loop, {.kept_idle_max_unrepeatable = 5ms});
  auto nap = [&]() -> async::Task<Status> { co_return co_await world.loop.sleep_for(30ms); };
  const Request request{.url = world.url()};
  REQUIRE(world.loop.run(transport.send(request, world.options)).ok());
  REQUIRE(world.loop.run(nap()).ok());
  REQUIRE(world.loop.run(transport.send(request, world.options)).ok());
  CHECK(transport.counts().connections_opened == 2);
  REQUIRE(world.loop.run(nap()).ok());
  world.options.repeatable = true;
  REQUIRE(world.loop.run(transport.send(request, world.options)).ok());
  CHECK(transport.counts().connections_opened == 2);
}
