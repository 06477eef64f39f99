#include "ground/http/in_process_transport.hpp"

#include <doctest/doctest.h>

#include "ground/base/compression.hpp"
#include "http/scripted_handler.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::http;
using namespace std::chrono_literals;

namespace {

const Time noon = from_unix_seconds(1'795'435'200);

struct Rehearsal {
  test::TemporaryFolder folder;
  TurnedClock clock{noon};
  async::Loop loop{clock};
  Random random{1};
  test::ScriptedHandler handler;
  InProcessTransport transport{loop, handler, random, folder.path()};
  SendOptions options;

  Result<Response> send(const Request& request) { return loop.run(transport.send(request, options)); }
};

Request post(std::string body) {
  return {.method = Method::post, .url = "http://api.test/v1/x?y=1", .headers = {}, .body = std::move(body)};
}

}  // namespace

TEST_CASE("a request reaches the handler next door as it would over the wire") {
  Rehearsal world;
  const auto answer = world.send(post("body"));
  REQUIRE(answer.ok());
  CHECK(answer->status == 200);
  CHECK(answer->body == "echo body");
  CHECK(answer->headers.find("content-length") == "9");
  CHECK(answer->headers.find("date") == format_http_date(noon));  // the world's time, as a server tells it
  REQUIRE(world.handler.seen.size() == 1);
  CHECK(world.handler.seen[0].target == "/v1/x?y=1");
  CHECK(world.handler.seen[0].headers.find("Host") == "api.test");
  CHECK(world.handler.seen[0].headers.find("Content-Length") == "4");
}

TEST_CASE("a handler that packs its answers is understood as it would be over the wire") {
  Rehearsal world;
  std::string body = gzip("hello");
  std::string coding = "gzip";
  world.handler.respond = [&](ServerRequest&) {
    ServerResponse response;
    response.headers.set("Content-Encoding", coding);
    response.body = body;
    return response;
  };
  const auto answer = world.send(post(""));
  REQUIRE(answer.ok());
  CHECK(answer->body == "hello");
  CHECK_FALSE(answer->headers.has("Content-Encoding"));
  body.resize(body.size() - 3);
  world.options.download_to = world.folder / "out";
  CHECK(world.send(post("")).error().kind == ErrorKind::network);
  coding = "br";
  CHECK(world.send(post("")).error().kind == ErrorKind::protocol);
  CHECK(world.folder.count() == 0);
}

TEST_CASE("a refused call was certainly not sent, a lost answer may have arrived") {
  Rehearsal world;
  Fault fault;
  world.transport.set_faults([&](const Request&) { return fault; });
  fault.refuse = true;
  const auto refused = world.send(post("1"));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::network);
  CHECK(refused.error().nothing_sent);
  CHECK(world.handler.seen.empty());

  fault = Fault{.reset_before_handler = true};
  const auto reset = world.send(post("2"));
  REQUIRE_FALSE(reset.ok());
  CHECK_FALSE(reset.error().nothing_sent);
  CHECK(world.handler.seen.empty());

  fault = Fault{.lose_answer = true};
  const auto lost = world.send(post("3"));
  REQUIRE_FALSE(lost.ok());
  CHECK_FALSE(lost.error().nothing_sent);
  CHECK(world.handler.seen.size() == 1);
}

TEST_CASE("a large upload is spooled, and a large answer goes to a file") {
  Rehearsal world;
  const std::string large(3 << 20, 'x');
  const Path shard = world.folder.write("shard", large);
  world.handler.respond = [&](ServerRequest&) {
    ServerResponse response;
    response.body = FileRange{shard, 10, {}};
    return response;
  };
  world.options.download_to = world.folder / "answer";
  Progress last;
  world.options.on_progress = [&](const Progress& progress) {
    last.sent_bytes = std::max(last.sent_bytes, progress.sent_bytes);
  };
  Request request = post("");
  request.body = FileRange{shard, 0, {}};
  const auto answer = world.send(request);
  REQUIRE(answer.ok());
  CHECK(world.handler.seen[0].spooled);
  CHECK(world.handler.seen[0].body == large);
  CHECK(answer->body.empty());
  CHECK(answer->body_bytes == large.size() - 10);
  CHECK(answer->saved_to == world.folder / "answer");
  CHECK(world.folder.read("answer") == large.substr(10));
  CHECK(last.sent_bytes == large.size());
  CHECK(world.folder.count() == 2);  // the spooled body is gone
}

TEST_CASE("a cut answer is a network error and leaves no file") {
  Rehearsal world;
  world.transport.set_faults([](const Request&) { return Fault{.cut_answer_after_bytes = 3}; });
  world.options.download_to = world.folder / "answer";
  const auto answer = world.send(post("body"));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == ErrorKind::network);
  CHECK(answer.error().message == "api.test closed the connection within its answer after 3 of 9 bytes");
  CHECK(world.folder.count() == 0);
}

TEST_CASE("delays pass on the turned clock, and patience ends") {
  Rehearsal world;
  Fault fault{.delay_before = 20s, .delay_after = 20s};
  world.transport.set_faults([&](const Request&) { return fault; });
  CHECK(world.send(post("")).ok());
  CHECK(world.clock.now() == noon + 40s);
  fault.delay_after = 50s;
  const auto late = world.send(post(""));
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().kind == ErrorKind::network);
  CHECK_FALSE(late.error().nothing_sent);
  CHECK(world.clock.now() == noon + 100s);
  CHECK(world.handler.seen.size() == 2);
}

TEST_CASE("a stopped call is cancelled while the world goes on with it") {
  Rehearsal world;
  world.transport.set_faults([&](const Request&) { return Fault{.delay_before = 20s}; });
  auto stop_soon = [&]() -> async::Task<void> {
    (void)co_await world.loop.sleep_for(5s);
    world.options.stop.stop();
  };
  world.loop.spawn(stop_soon());
  const auto stopped = world.send(post("x"));
  REQUIRE_FALSE(stopped.ok());
  CHECK(stopped.error().kind == ErrorKind::cancelled);
  CHECK_FALSE(stopped.error().nothing_sent);
  auto later = [&]() -> async::Task<Status> { co_return co_await world.loop.sleep_for(60s); };
  CHECK(world.loop.run(later()).ok());
  CHECK(world.handler.seen.size() == 1);
  const auto never = world.send(post("x"));
  REQUIRE_FALSE(never.ok());
  CHECK(never.error().nothing_sent);
}

TEST_CASE("the handler's own misbehaviour shows the same in process") {
  Rehearsal world;
  SUBCASE("reset") {
    world.handler.respond = [](ServerRequest&) { return ServerResponse{.reset = true}; };
    CHECK_FALSE(world.send(post("x")).ok());
  }
  SUBCASE("reset in the middle of the upload") {
    world.handler.plan = [](const ServerRequest&) { return BodyPlan{.reset_after_bytes = 100'000}; };
    const auto cut = world.send(post(std::string(200'000, 'x')));
    REQUIRE_FALSE(cut.ok());
    CHECK_FALSE(cut.error().nothing_sent);
    CHECK(world.handler.seen.empty());
  }
  SUBCASE("too long a body") {
    world.handler.plan = [](const ServerRequest&) { return BodyPlan{.bytes_max = 10}; };
    CHECK(world.send(post(std::string(11, 'x')))->status == 413);
    CHECK(world.send(post(std::string(10, 'x')))->status == 200);
  }
  SUBCASE("an answer without reading") {
    world.handler.plan = [](const ServerRequest&) {
      BodyPlan plan;
      plan.answer_now = ServerResponse{.status = 401};
      return plan;
    };
    CHECK(world.send(post("x"))->status == 401);
    CHECK(world.handler.seen.empty());
  }
}

TEST_CASE("the same seed makes the same bytes") {
  std::vector<std::string> bodies;
  for (int i = 0; i < 2; ++i) {
    Rehearsal world;
    Request request = post("");
    request.body = Multipart{{{.name = "purpose", .content = "batch"}}};
    REQUIRE(world.send(request).ok());
    bodies.push_back(world.handler.seen[0].body);
  }
  CHECK(bodies[0] == bodies[1]);
}
