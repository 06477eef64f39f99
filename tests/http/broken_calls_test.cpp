// Calls that come to nothing: how, and whether the request may have arrived.

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

TEST_CASE("nothing listens: certainly not sent, and the sentence says where and what to do") {
  async::Loop loop;
  std::uint16_t port = 0;
  {
    const boost::asio::ip::tcp::acceptor gone(loop.io(), {boost::asio::ip::make_address("127.0.0.1"), 0});
    port = gone.local_endpoint().port();
  }
  SocketTransport transport(loop, {});
  const Request request{.method = Method::post, .url = "http://127.0.0.1:" + std::to_string(port) + "/"};
  const SendOptions options;
  const auto answer = loop.run(transport.send(request, options));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == ErrorKind::network);
  CHECK(answer.error().nothing_sent);
  CHECK(answer.error().message == "nothing listens at 127.0.0.1:" + std::to_string(port) + " (connection refused)");
  CHECK(answer.error().hint.find("base_url") != std::string::npos);
}

TEST_CASE("a name without an address: certainly not sent") {
  async::Loop loop;
  SocketTransport transport(loop, {});
  const Request request{.url = "http://no-such-host.invalid/"};
  const SendOptions options;
  const auto answer = loop.run(transport.send(request, options));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == ErrorKind::network);
  CHECK(answer.error().nothing_sent);
  CHECK(answer.error().message.find("no-such-host.invalid") != std::string::npos);
}

TEST_CASE("what is wrong on our side is found before anything is sent") {
  SocketWorld world;
  const auto wrong_url = world.send({.url = "not a url"});
  REQUIRE_FALSE(wrong_url.ok());
  CHECK(wrong_url.error().kind == ErrorKind::invalid);
  CHECK(wrong_url.error().nothing_sent);
  Request missing{.method = Method::post, .url = world.url()};
  missing.body = FileRange{world.folder / "missing", 0, {}};
  const auto no_file = world.send(missing);
  REQUIRE_FALSE(no_file.ok());
  CHECK(no_file.error().kind == ErrorKind::not_found);
  CHECK(no_file.error().nothing_sent);
  CHECK(world.server.connections_accepted() == 0);
}

TEST_CASE("a reset after the request was sent may have arrived") {
  SocketWorld world;
  world.handler.respond = [](ServerRequest&) { return ServerResponse{.reset = true}; };
  const auto answer = world.post("spend");
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == ErrorKind::network);
  CHECK_FALSE(answer.error().nothing_sent);
  CHECK(world.handler.seen.size() == 1);  // and it did
}

TEST_CASE("a reset in the middle of an upload may have arrived") {
  SocketWorld world;
  world.handler.plan = [](const ServerRequest&) { return BodyPlan{.reset_after_bytes = 1'000'000}; };
  const auto answer = world.post(std::string(20'000'000, 'x'));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == ErrorKind::network);
  CHECK_FALSE(answer.error().nothing_sent);
  CHECK(world.handler.seen.empty());
}

TEST_CASE("a server that says nothing is given up after the idle time-out") {
  RawWorld world(
      {[](RawConnection& connection) -> async::Task<void> { (void)co_await connection.read_until("never comes"); }});
  world.options.idle_timeout = 40ms;
  const auto answer = world.get();
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == ErrorKind::network);
  CHECK(answer.error().message.find("not a byte from or to 127.0.0.1") != std::string::npos);
  CHECK_FALSE(answer.error().nothing_sent);
}

TEST_CASE("a server that drips is given up when it is slower than the limit for long") {
  RawWorld world({[&](RawConnection& connection) -> async::Task<void> {
    (void)co_await connection.read_until("\r\n\r\n");
    (void)co_await connection.say("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 1000; ++i) {
      (void)co_await connection.say("x");
      (void)co_await world.loop.sleep_for(5ms);
    }
  }});
  world.options.idle_timeout = 200ms;
  world.options.low_speed_bytes_per_second = 10'000;
  world.options.low_speed_window = 150ms;
  const auto answer = world.get();
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == ErrorKind::network);
  CHECK(answer.error().message.find("slower than 10.0 kB/s") != std::string::npos);
}

TEST_CASE("a stopped token ends a call wherever it is") {
  RawWorld world(
      {[](RawConnection& connection) -> async::Task<void> { (void)co_await connection.read_until("never comes"); }});
  auto stop_soon = [&]() -> async::Task<void> {
    (void)co_await world.loop.sleep_for(10ms);
    world.options.stop.stop();
  };
  world.loop.spawn(stop_soon());
  const auto under_way = world.get();
  REQUIRE_FALSE(under_way.ok());
  CHECK(under_way.error().kind == ErrorKind::cancelled);
  CHECK_FALSE(under_way.error().nothing_sent);
  const auto before = world.get();
  REQUIRE_FALSE(before.ok());
  CHECK(before.error().kind == ErrorKind::cancelled);
  CHECK(before.error().nothing_sent);
  CHECK(world.server.accepted == 1);
}

TEST_CASE("calls under way are destroyed with their loop") {
  test::TemporaryFolder folder;
  auto loop = std::make_unique<async::Loop>();
  RecordingLog log;
  test::ScriptedHandler handler;
  handler.respond = [](ServerRequest&) { return ServerResponse{.delay = 1h}; };
  const Request request{.method = Method::post, .url = "", .body = std::string(5'000'000, 'x')};
  Request sent = request;
  const SendOptions options;
  {
    Server server(*loop, handler, log, ServerOptions{.spool_folder = folder.path()});
    SocketTransport transport(*loop, {});
    sent.url = "http://127.0.0.1:" + std::to_string(server.listen_tcp("127.0.0.1", 0).value()) + "/";
    auto call = [&]() -> async::Task<void> { (void)co_await transport.send(sent, options); };
    auto main = [&]() -> async::Task<void> {
      for (int i = 0; i < 5; ++i)
        loop->spawn(call());
      while (handler.seen.size() < 3)
        (void)co_await loop->sleep_for(1ms);
    };
    loop->run(main());
  }
  loop.reset();
  CHECK(handler.seen.size() >= 3);
}
