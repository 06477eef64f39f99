#include "ground/http/server.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <doctest/doctest.h>

#include "ground/http/socket_transport.hpp"
#include "http/raw_server.hpp"
#include "http/scripted_handler.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::http;
using namespace std::chrono_literals;
using test::RawConnection;
namespace asio = boost::asio;

namespace {

struct World {
  explicit World(ServerOptions more = {}) : server(loop, handler, log, with_spool(std::move(more))) {
    port = server.listen_tcp("127.0.0.1", 0).value();
  }
  ServerOptions with_spool(ServerOptions more) {
    more.spool_folder = folder.path();
    return more;
  }

  // Says `text` on a connection of its own and gives back all that is answered until the server closes.
  std::string talk(const std::string& text) {
    auto main = [&]() -> async::Task<std::string> {
      RawConnection connection(co_await connect());
      (void)co_await connection.say(text);
      (void)co_await connection.read_until("never comes");
      co_return connection.received;
    };
    return loop.run(main());
  }
  async::Task<asio::ip::tcp::socket> connect() {
    asio::ip::tcp::socket socket(loop.io());
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address("127.0.0.1"), port);
    co_await socket.async_connect(endpoint, asio::use_awaitable);
    co_return socket;
  }

  test::TemporaryFolder folder;
  async::Loop loop;
  RecordingLog log;
  test::ScriptedHandler handler;
  Server server;
  std::uint16_t port = 0;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("requests that come together are answered one after the other on one connection") {
  World world;
  const std::string answers = world.talk(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"
      "GET /3?q=a+b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  REQUIRE(world.handler.seen.size() == 3);
  CHECK(world.handler.seen[1].body == "ab");
  CHECK(world.handler.seen[2].target == "/3?q=a+b");
  CHECK(has(answers, "echo ab"));
  CHECK(has(answers, "Connection: close\r\n"));
  CHECK(world.server.connections_accepted() == 1);
  CHECK(world.server.requests_served() == 3);
}

TEST_CASE("what is not HTTP gets 400, an unknown method 501, too long a header is refused") {
  World world;
  CHECK(has(world.talk("nonsense\r\n\r\n"), "HTTP/1.1 400 Bad Request\r\n"));
  CHECK(has(world.talk("GET x HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 400 "));
  CHECK(has(world.talk("BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 501 "));
  CHECK(has(world.talk("GET / HTTP/1.1\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"), "HTTP/1.1 400 "));
  CHECK(has(world.talk("POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), "HTTP/1.1 400 "));
  CHECK(world.handler.seen.empty());
}

TEST_CASE("a chunked body is put together, also into the spool") {
  World world;
  world.handler.plan = [](const ServerRequest&) { return BodyPlan{.memory_bytes_max = 8}; };
  world.talk(
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: "
      "close\r\n\r\n6\r\n{\"a\":1\r\n4\r\n}\n{}\r\n0\r\n\r\n");
  REQUIRE(world.handler.seen.size() == 1);
  CHECK(world.handler.seen[0].body == "{\"a\":1}\n{}");
  CHECK(world.handler.seen[0].spooled);
  CHECK(world.folder.count() == 0);
}

TEST_CASE("bug: a body in a coding that is not known here was taken for none") {
  World world;
  for (const std::string coding : {"gzip", "gzip, chunked"}) {
    CAPTURE(coding);
    const auto answer =
        world.talk("POST /runs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + coding + "\r\n\r\n0\r\n\r\n");
    CHECK(has(answer, "HTTP/1.1 501 "));
    CHECK(has(answer, "chunked"));
  }
  CHECK(world.handler.seen.empty());
}

TEST_CASE("bug: a body whose chunks are broken was dropped without a word") {
  World world;
  const auto answer = world.talk("POST /runs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
  CHECK(has(answer, "HTTP/1.1 400 "));
  CHECK(has(answer, "cannot be read"));
  CHECK(world.handler.seen.empty());
}

TEST_CASE("too long a body is refused, whether its length is told or found out") {
  World world;
  world.handler.plan = [](const ServerRequest&) { return BodyPlan{.bytes_max = 9}; };
  CHECK(has(world.talk("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n0123456789"), "HTTP/1.1 413 "));
  CHECK(has(world.talk("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n"),
            "HTTP/1.1 413 "));
  CHECK(world.handler.seen.empty());
  CHECK(has(world.talk("POST / HTTP/1.1\r\nContent-Length: 9\r\nConnection: close\r\n\r\n012345678"), "HTTP/1.1 200 "));
}

TEST_CASE("what the server itself refuses is refused in its handler's form") {
  World world;
  world.handler.plan = [](const ServerRequest&) { return BodyPlan{.bytes_max = 9}; };
  world.handler.refuse = [](int status, const std::string& text) {
    ServerResponse response;
    response.status = status;
    response.body = "{" + text + "}";
    return response;
  };
  CHECK(has(world.talk("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n0123456789"), "{The body is too long.}"));
  CHECK(has(world.talk("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n"),
            "{The body is too long.}"));
  CHECK(has(world.talk("BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n"), "{This method is not known here.}"));
  CHECK(has(world.talk("nonsense\r\n\r\n"), "{The request cannot be read"));
}

TEST_CASE("a client that says everything before it listens still hears an early refusal") {
  World world;
  world.handler.plan = [](const ServerRequest&) { return BodyPlan{.bytes_max = 9}; };
  auto main = [&]() -> async::Task<bool> {
    RawConnection connection(co_await world.connect());
    const bool taken =
        co_await connection.say("POST / HTTP/1.1\r\nContent-Length: 20000000\r\n\r\n" + std::string(20'000'000, 'x'));
    co_return taken&& co_await connection.read_until("HTTP/1.1 413 ");
  };
  CHECK(world.loop.run(main()));
}

TEST_CASE("a client that waits to be told goes on is told so, unless it is refused") {
  World world;
  const std::string request =
      "POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";
  auto main = [&]() -> async::Task<bool> {
    RawConnection connection(co_await world.connect());
    (void)co_await connection.say(request);
    const bool told = co_await connection.read_until("HTTP/1.1 100 Continue\r\n\r\n");
    (void)co_await connection.say("ok");
    co_return told&& co_await connection.read_until("echo ok");
  };
  CHECK(world.loop.run(main()));
  world.handler.plan = [](const ServerRequest&) {
    BodyPlan plan;
    ServerResponse refusal;
    refusal.status = 401;
    plan.answer_now = refusal;
    return plan;
  };
  const std::string refused = world.talk(request);
  CHECK(refused.starts_with("HTTP/1.1 401 "));
  CHECK_FALSE(has(refused, "100 Continue"));
}

TEST_CASE("a client that goes away within its request is not served, and its spooled body is removed") {
  World world;
  auto main = [&]() -> async::Task<void> {
    {
      RawConnection connection(co_await world.connect());
      (void)co_await connection.say("POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n" + std::string(3'000'000, 'x'));
      while (world.folder.count() == 0)
        (void)co_await world.loop.sleep_for(1ms);
    }
    while (world.server.connections_open() > 0)
      (void)co_await world.loop.sleep_for(1ms);
  };
  world.loop.run(main());
  CHECK(world.handler.seen.empty());
  CHECK(world.folder.count() == 0);
}

TEST_CASE("an idle connection is closed after keep_alive, a stuck one after idle_timeout") {
  World world({.keep_alive = 30ms, .idle_timeout = 30ms});
  CHECK(world.talk("") == "");
  CHECK(world.talk("GET / HT") == "");
  CHECK(has(world.talk("GET / HTTP/1.1\r\n\r\n"), "hello"));
  CHECK(world.talk("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab") == "");
}

TEST_CASE("a client that drips its request is given up although it never idles") {
  World world({.idle_timeout = 60ms, .receive_bytes_per_second_min = 100'000});
  auto main = [&]() -> async::Task<bool> {
    RawConnection connection(co_await world.connect());
    bool taken = co_await connection.say("GET / HTTP/1.1\r\nX: ");
    for (int i = 0; i < 1000 && taken; ++i) {
      taken = co_await connection.say("x");
      (void)co_await world.loop.sleep_for(5ms);
    }
    co_return taken;
  };
  CHECK_FALSE(world.loop.run(main()));
}

TEST_CASE("connections beyond the limit wait until one has gone") {
  World world({.connections_max = 2});
  auto main = [&]() -> async::Task<std::uint64_t> {
    auto first = std::make_unique<RawConnection>(co_await world.connect());
    RawConnection second(co_await world.connect());
    RawConnection third(co_await world.connect());
    (void)co_await third.say("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    (void)co_await second.say("GET / HTTP/1.1\r\n\r\n");
    (void)co_await second.read_until("hello");
    const std::uint64_t accepted_before = world.server.connections_accepted();
    first.reset();
    (void)co_await third.read_until("hello");
    co_return accepted_before;
  };
  CHECK(world.loop.run(main()) == 2);
  CHECK(world.server.connections_accepted() == 3);
}

TEST_CASE("stop lets the one at work finish, closes the idle, and drained waits for both") {
  World world;
  world.handler.respond = [](ServerRequest&) {
    ServerResponse response;
    response.delay = 20ms;
    response.body = "late";
    return response;
  };
  auto main = [&]() -> async::Task<bool> {
    RawConnection idle(co_await world.connect());
    RawConnection busy(co_await world.connect());
    (void)co_await busy.say("GET / HTTP/1.1\r\n\r\n");
    while (world.handler.seen.empty())
      (void)co_await world.loop.sleep_for(1ms);
    world.server.stop();
    const bool answered = co_await busy.read_until("Connection: close\r\n\r\nlate");
    const bool idle_heard = co_await idle.read_until("x");
    co_await world.server.drained();
    co_return answered && !idle_heard;
  };
  CHECK(world.loop.run(main()));
  CHECK(world.server.connections_open() == 0);
}

TEST_CASE("cut ends those at work, too") {
  World world;
  world.handler.respond = [](ServerRequest&) { return ServerResponse{.delay = 1h}; };
  auto main = [&]() -> async::Task<bool> {
    RawConnection busy(co_await world.connect());
    (void)co_await busy.say("GET / HTTP/1.1\r\n\r\n");
    while (world.handler.seen.empty())
      (void)co_await world.loop.sleep_for(1ms);
    world.server.cut();
    const bool answered = co_await busy.read_until("HTTP");
    co_await world.server.drained();
    co_return answered;
  };
  CHECK_FALSE(world.loop.run(main()));
}

TEST_CASE("an answer whose file is missing is a 500 and a line in the log") {
  World world;
  world.handler.respond = [&](ServerRequest&) {
    ServerResponse response;
    response.body = FileRange{world.folder / "missing", 0, {}};
    return response;
  };
  CHECK(has(world.talk("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 500 "));
  CHECK(world.log.has("cannot read the file of an answer"));
}

TEST_CASE("a temporary file behind an answer is removed when the answer is over") {
  World world;
  const Path path = world.folder.write("temporary", "content");
  world.handler.respond = [&](ServerRequest&) {
    ServerResponse response;
    response.body = FileRange{path, 0, {}};
    response.remove_afterwards = path;
    return response;
  };
  CHECK(has(world.talk("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), "\r\n\r\ncontent"));
  CHECK(world.folder.count() == 0);
}

TEST_CASE("a port or socket that is taken is a conflict, a stale socket file is replaced") {
  World world;
  const auto taken = world.server.listen_tcp("127.0.0.1", world.port);
  REQUIRE_FALSE(taken.ok());
  CHECK(taken.error().kind == ErrorKind::conflict);
  CHECK_FALSE(world.server.listen_tcp("localhost", 0).ok());

  const Path path = world.folder / "s";
  {
    asio::local::stream_protocol::acceptor killed(world.loop.io(),
                                                  asio::local::stream_protocol::endpoint(path.string()));
  }
  CHECK(world.folder.holds("s"));
  REQUIRE(world.server.listen_unix(path).ok());
  const Status again = world.server.listen_unix(path);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().kind == ErrorKind::conflict);
  CHECK_FALSE(world.server.listen_unix(world.folder.write("file", "precious")).ok());
  CHECK(world.folder.read("file") == "precious");
}

namespace {

// Says so many pieces, one a moment, and then nothing more.
class Pieces final : public BodyStream {
 public:
  Pieces(async::Loop& loop, int count) : loop_(loop), left_(count) {}
  async::Task<std::optional<std::string>> next(async::StopToken gone) override {
    if (auto slept = co_await loop_.sleep_for(Duration(5), gone); !slept) co_return std::nullopt;
    if (left_-- == 0) co_return std::nullopt;
    co_return "piece " + std::to_string(left_) + "\n";
  }

 private:
  async::Loop& loop_;
  int left_;
};

}  // namespace

TEST_CASE("a body whose end nobody knows goes out piece by piece, and the connection ends behind it") {
  World world;
  world.handler.respond = [&](ServerRequest&) {
    ServerResponse response;
    response.headers.set("Content-Type", "text/event-stream");
    response.stream = std::make_shared<Pieces>(world.loop, 3);
    return response;
  };
  const auto answer = world.talk("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(has(answer, "Connection: close\r\n"));
  CHECK_FALSE(has(answer, "Content-Length"));
  CHECK(answer.ends_with("\r\n\r\npiece 2\npiece 1\npiece 0\n"));
}

TEST_CASE("a server that is cut ends the streams that are under way") {
  World world;
  world.handler.respond = [&](ServerRequest&) {
    ServerResponse response;
    response.stream = std::make_shared<Pieces>(world.loop, 1'000'000);
    return response;
  };
  auto main = [&]() -> async::Task<bool> {
    RawConnection connection(co_await world.connect());
    (void)co_await connection.say("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
    const bool begun = co_await connection.read_until("piece");
    world.server.cut();
    co_await world.server.drained();
    co_return begun;
  };
  CHECK(world.loop.run(main()));
  CHECK(world.server.connections_open() == 0);
}
