#include "ground/http/socket_transport.hpp"

#include <doctest/doctest.h>

#include "ground/http/server.hpp"
#include "http/raw_server.hpp"
#include "http/scripted_handler.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::http;
using namespace std::chrono_literals;
using test::answers;
using test::RawConnection;
using test::RawServer;

namespace {

// A client and its world on one loop, over real sockets.
struct World {
  test::TemporaryFolder folder;
  async::Loop loop;
  RecordingLog log;
  test::ScriptedHandler handler;
  Server server{loop, handler, log, ServerOptions{.spool_folder = folder.path()}};
  std::uint16_t port = server.listen_tcp("127.0.0.1", 0).value();
  SocketTransport transport{loop, {}};
  SendOptions options;

  std::string url(const std::string& target = "/") const { return "http://127.0.0.1:" + std::to_string(port) + target; }
  Result<Response> send(const Request& request) { return loop.run(transport.send(request, options)); }
  Result<Response> get(const std::string& target = "/") { return send({.url = url(target)}); }
  Result<Response> post(std::string body) {
    return send({.method = Method::post, .url = url("/x"), .body = std::move(body)});
  }
};

struct RawWorld {
  explicit RawWorld(std::vector<RawServer::Script> scripts) : server(loop, std::move(scripts)) {}
  async::Loop loop;
  RawServer server;
  SocketTransport transport{loop, {.kept_idle_max_unrepeatable = 30s}};
  SendOptions options;

  Result<Response> get() {
    const Request request{.url = server.url()};
    return loop.run(transport.send(request, options));
  }
  Result<Response> post(std::string body) {
    const Request request{.method = Method::post, .url = server.url(), .body = std::move(body)};
    return loop.run(transport.send(request, options));
  }
};

const std::string ok_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace

TEST_CASE("a request goes out and its answer comes back") {
  World world;
  Request request{.method = Method::post, .url = world.url("/v1/x?a=b%20c"), .body = "body"};
  request.headers.add("Authorization", "Bearer sk-test");
  request.headers.add("Content-Type", "application/json");
  const auto answer = world.send(request);
  REQUIRE(answer.ok());
  CHECK(answer->status == 200);
  CHECK(answer->body == "echo body");
  CHECK(answer->body_bytes == 9);
  CHECK(parse_http_date(*answer->headers.find("Date")).has_value());
  REQUIRE(world.handler.seen.size() == 1);
  const auto& seen = world.handler.seen[0];
  CHECK(seen.method == Method::post);
  CHECK(seen.target == "/v1/x?a=b%20c");
  CHECK(seen.headers.find("authorization") == "Bearer sk-test");
  CHECK(seen.headers.find("accept-encoding") == "identity");
  CHECK(seen.headers.find("host") == "127.0.0.1:" + std::to_string(world.port));
  CHECK(seen.headers.find("content-length") == "4");
}

TEST_CASE("every status is an answer, and HEAD and 204 have no body") {
  World world;
  int status = 404;
  world.handler.respond = [&](ServerRequest&) {
    ServerResponse response;
    response.status = status;
    response.body = "text";
    return response;
  };
  CHECK(world.get()->status == 404);
  status = 503;
  CHECK(world.get()->status == 503);
  status = 204;
  CHECK(world.get()->body.empty());
  status = 200;
  const auto head = world.send({.method = Method::head, .url = world.url()});
  REQUIRE(head.ok());
  CHECK(head->body.empty());
  CHECK(head->headers.find("Content-Length") == "4");
  CHECK(world.transport.counts().connections_opened == 1);
}

TEST_CASE("a connection is kept and used again") {
  World world;
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
  World world;
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

TEST_CASE("a large file goes up in pieces as multipart, is spooled, and comes down into a file") {
  World world;
  std::string shard;
  for (int i = 0; shard.size() < (8u << 20); ++i)
    shard += "{\"custom_id\":\"" + std::to_string(i) + "\"}\n";
  const Path path = world.folder.write("shard.jsonl", shard);
  Request upload{.method = Method::post, .url = world.url("/v1/files")};
  upload.body = Multipart{{{.name = "purpose", .content = "batch"},
                           {.name = "file", .content = FileRange{path, 0, {}}, .filename = "shard.jsonl"}}};
  Progress last;
  world.options.on_progress = [&](const Progress& progress) { last = progress; };
  REQUIRE(world.send(upload).ok());
  CHECK(last.sent_bytes == last.sent_bytes_total);
  CHECK(last.sent_bytes > shard.size());
  CHECK(world.handler.seen[0].spooled);
  CHECK(world.handler.seen[0].body.find(shard) != std::string::npos);
  CHECK(world.handler.seen[0].headers.find("content-type")->starts_with("multipart/form-data; boundary="));
  CHECK(world.folder.count() == 1);  // the spooled body has gone with its request

  world.handler.respond = [&](ServerRequest&) {
    ServerResponse response;
    response.body = FileRange{path, 100, shard.size() - 300};
    return response;
  };
  world.options.download_to = world.folder / "output.jsonl";
  const auto download = world.get();
  REQUIRE(download.ok());
  CHECK(download->saved_to == world.folder / "output.jsonl");
  CHECK(download->body_bytes == shard.size() - 300);
  CHECK(world.folder.read("output.jsonl") == shard.substr(100, shard.size() - 300));
  CHECK(last.received_bytes == shard.size() - 300);
  CHECK(last.received_bytes_total == shard.size() - 300);
}

TEST_CASE("a refused download leaves no file and its text can be read") {
  World world;
  world.handler.respond = [](ServerRequest&) {
    ServerResponse response;
    response.status = 404;
    response.body = "No such File object";
    return response;
  };
  world.options.download_to = world.folder / "output.jsonl";
  const auto answer = world.get();
  REQUIRE(answer.ok());
  CHECK(answer->body == "No such File object");
  CHECK_FALSE(answer->saved_to.has_value());
  CHECK(world.folder.count() == 0);
}

TEST_CASE("a download that is cut short is a network error that says how far it came, and leaves no file") {
  World world;
  world.handler.respond = [](ServerRequest&) {
    ServerResponse response;
    response.body = std::string(300'000, 'x');
    response.cut_after_body_bytes = 123'456;
    return response;
  };
  world.options.download_to = world.folder / "output.jsonl";
  const auto answer = world.get();
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == ErrorKind::network);
  CHECK(answer.error().message.find("after 123,456 of 300,000 bytes") != std::string::npos);
  CHECK_FALSE(answer.error().nothing_sent);
  CHECK(world.folder.count() == 0);
}

TEST_CASE("limits on what is taken hold, in memory and in a file") {
  World world;
  world.handler.respond = [](ServerRequest&) {
    ServerResponse response;
    response.body = std::string(5000, 'x');
    return response;
  };
  world.options.body_bytes_max = 4999;
  const auto too_long = world.get();
  REQUIRE_FALSE(too_long.ok());
  CHECK(too_long.error().kind == ErrorKind::protocol);
  world.options.body_bytes_max = 5000;
  CHECK(world.get().ok());
  world.options.download_to = world.folder / "x";
  world.options.download_bytes_max = 4999;
  CHECK(world.get().error().kind == ErrorKind::protocol);
  CHECK(world.folder.count() == 0);
}

TEST_CASE("a refusal with an endless page is still a refusal") {
  RawWorld world({answers("HTTP/1.1 403 Forbidden\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x'))});
  world.options.body_bytes_max = 1000;
  const auto answer = world.get();
  REQUIRE(answer.ok());
  CHECK(answer->status == 403);
}

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
  World world;
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
  World world;
  world.handler.respond = [](ServerRequest&) { return ServerResponse{.reset = true}; };
  const auto answer = world.post("spend");
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == ErrorKind::network);
  CHECK_FALSE(answer.error().nothing_sent);
  CHECK(world.handler.seen.size() == 1);  // and it did
}

TEST_CASE("a reset in the middle of an upload may have arrived") {
  World world;
  world.handler.plan = [](const ServerRequest&) { return BodyPlan{.reset_after_bytes = 1'000'000}; };
  const auto answer = world.post(std::string(20'000'000, 'x'));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == ErrorKind::network);
  CHECK_FALSE(answer.error().nothing_sent);
  CHECK(world.handler.seen.empty());
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
  World world;
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

TEST_CASE("a server that refuses early is heard before the last byte of the upload") {
  RawWorld world({[&](RawConnection& connection) -> async::Task<void> {
    (void)co_await connection.read_until("\r\n\r\n");
    (void)co_await connection.say("HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\n\r\nkey");
    // Reads no further and keeps the connection open: who waits to be through waits until it is cut off.
    (void)co_await world.loop.sleep_for(1h);
  }});
  world.options.idle_timeout = 500ms;
  const auto answer = world.post(std::string(50'000'000, 'x'));
  REQUIRE(answer.ok());
  CHECK(answer->status == 401);
  CHECK(answer->body == "key");
}

TEST_CASE("interim answers are passed over") {
  RawWorld world({answers("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok_answer)});
  const auto answer = world.get();
  REQUIRE(answer.ok());
  CHECK(answer->body == "ok");
}

TEST_CASE("a chunked answer is put together, a chunked one that is cut is not taken for whole") {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  RawWorld world({answers(head + "5\r\nhello\r\n6; x=y\r\n world\r\n0\r\nTrailer: x\r\n\r\n"),
                  answers(head + "5\r\nhello\r\n6\r\n wor"), answers(head + "5\r\nhello\r\n")});
  const auto whole = world.get();
  REQUIRE(whole.ok());
  CHECK(whole->body == "hello world");
  for (int i = 0; i < 2; ++i) {
    const auto cut = world.get();
    REQUIRE_FALSE(cut.ok());
    CHECK(cut.error().kind == ErrorKind::network);
  }
}

TEST_CASE("a body without a length ends with the connection") {
  RawWorld world(
      {answers("HTTP/1.1 200 OK\r\n\r\nuntil the end"), answers("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")});
  const auto answer = world.get();
  REQUIRE(answer.ok());
  CHECK(answer->body == "until the end");
  CHECK(world.get()->body == "ok");
  CHECK(world.transport.counts().connections_reused == 0);
}

TEST_CASE("what is not HTTP is a protocol error that says so") {
  RawWorld world({answers("SSH-2.0-OpenSSH_9.2\r\n"), answers("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
                  answers("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx"),
                  answers("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"),
                  answers("HTTP/1.1 101 Switching Protocols\r\n\r\n")});
  for (int i = 0; i < 5; ++i) {
    const auto answer = world.get();
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().kind == ErrorKind::protocol);
    CHECK(answer.error().message.find("127.0.0.1") != std::string::npos);
    CHECK_FALSE(answer.error().nothing_sent);
  }
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

TEST_CASE("a Unix socket serves a client that names it") {
  World world;
  const Path path = world.folder / "batchd.sock";
  REQUIRE(world.server.listen_unix(path).ok());
  CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::mask) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  SocketTransport transport(world.loop, {.unix_socket = path});
  const Request request{.url = "http://batchd/status"};
  const auto answer = world.loop.run(transport.send(request, world.options));
  REQUIRE(answer.ok());
  CHECK(world.handler.seen[0].target == "/status");
  world.server.stop();
  CHECK_FALSE(world.folder.holds("batchd.sock"));

  SocketTransport too_late(world.loop, {.unix_socket = path});
  const auto gone = world.loop.run(too_late.send(request, world.options));
  REQUIRE_FALSE(gone.ok());
  CHECK(gone.error().nothing_sent);
  CHECK(gone.error().message.find("batchd.sock") != std::string::npos);
  SocketTransport unfit(world.loop, {.unix_socket = "/" + std::string(200, 'x')});
  CHECK(world.loop.run(unfit.send(request, world.options)).error().kind == ErrorKind::invalid);
}
