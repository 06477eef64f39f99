// Answers that come packed though nobody asked for it.

#include <doctest/doctest.h>

#include "ground/base/compression.hpp"
#include "ground/http/socket_transport.hpp"
#include "http/raw_server.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::http;
using test::answers;
using test::RawServer;

namespace {

std::string answer_of(int status, const std::string& body, const std::string& coding = "gzip") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Encoding: " + coding +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct World {
  explicit World(std::vector<RawServer::Script> scripts) : server(loop, std::move(scripts)) {}
  explicit World(const std::string& answer) : World(std::vector<RawServer::Script>{answers(answer, false)}) {}

  test::TemporaryFolder folder;
  async::Loop loop;
  RawServer server;
  SocketTransport transport{loop, {}};
  SendOptions options;

  Result<Response> get() {
    const Request request{.url = server.url()};
    return loop.run(transport.send(request, options));
  }
  Result<Response> download() {
    options.download_to = folder / "out.jsonl";
    return get();
  }
};

std::string rows(int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += "{\"custom_id\":\"row-" + std::to_string(i) + "\"}\n";
  return text;
}

}  // namespace

TEST_CASE("a gzip answer is unpacked in memory, and the connection is used again") {
  for (const char* coding : {"gzip", "GZIP", "x-gzip"}) {
    World world(answer_of(200, gzip("hello"), coding));
    for (int i = 0; i < 2; ++i) {
      const auto answer = world.get();
      REQUIRE(answer.ok());
      CHECK(answer->body == "hello");
      CHECK(answer->body_bytes == 5);
      CHECK_FALSE(answer->headers.has("Content-Encoding"));
      CHECK_FALSE(answer->headers.has("Content-Length"));
    }
    CHECK(world.transport.counts().connections_opened == 1);
  }
}

TEST_CASE("a gzip answer is unpacked on its way into a file; progress counts what travels") {
  const std::string plain = rows(100'000);
  const std::string packed = gzip(plain);
  World world(answer_of(200, packed));
  std::uint64_t last = 0;
  world.options.on_progress = [&](const Progress& progress) { last = progress.received_bytes; };
  const auto answer = world.download();
  REQUIRE(answer.ok());
  CHECK(answer->body_bytes == plain.size());
  CHECK(answer->saved_to == world.folder / "out.jsonl");
  CHECK(world.folder.read("out.jsonl") == plain);
  CHECK(last == packed.size());
}

TEST_CASE("several gzip members are one body, also in chunks") {
  const std::string packed = gzip("one ") + gzip("two");
  std::string chunked = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char byte : packed)
    chunked += std::string("1\r\n") + byte + "\r\n";
  World world(chunked + "0\r\n\r\n");
  CHECK(world.get()->body == "one two");
}

TEST_CASE("an empty gzip answer is an empty one") {
  World world(answer_of(200, ""));
  const auto answer = world.get();
  REQUIRE(answer.ok());
  CHECK(answer->body.empty());
}

TEST_CASE("the limits hold for what an answer unpacks to") {
  const std::string bomb = gzip(std::string(10'000'000, 'x'));
  REQUIRE(bomb.size() < 20'000);
  World world(answer_of(200, bomb));
  world.options.body_bytes_max = 9'999'999;
  const auto in_memory = world.get();
  REQUIRE_FALSE(in_memory.ok());
  CHECK(in_memory.error().kind == ErrorKind::protocol);
  CHECK(in_memory.error().message.find("longer than the limit") != std::string::npos);
  world.options.download_bytes_max = 9'999'999;
  CHECK(world.download().error().kind == ErrorKind::protocol);
  CHECK(world.folder.count() == 0);
  world.options.download_bytes_max = 10'000'000;
  CHECK(world.download().ok());
}

TEST_CASE("a row of empty gzip members does not go on for ever") {
  std::string nothing;
  while (nothing.size() < 200'000)
    nothing += gzip("");
  World world(answer_of(200, nothing));
  world.options.body_bytes_max = 1'000;
  const auto answer = world.get();
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == ErrorKind::protocol);
}

TEST_CASE("a gzip body that ends too early is an answer cut short, and leaves no file") {
  const std::string packed = gzip(rows(1'000));
  for (const std::size_t kept : {packed.size() - 1, packed.size() / 2, std::size_t(5)}) {
    World world(answer_of(200, packed.substr(0, kept)));
    const auto answer = world.download();
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().kind == ErrorKind::network);
    CHECK(answer.error().message.find("its gzip body ends too early") != std::string::npos);
    CHECK_FALSE(answer.error().nothing_sent);
    CHECK(world.folder.count() == 0);
  }
}

TEST_CASE("what calls itself gzip and is not, or is packed in another way, is a protocol error") {
  std::string damaged = gzip(rows(1'000));
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
  World world({answers(answer_of(200, "{\"plain\":1}")), answers(answer_of(200, damaged)),
               answers(answer_of(200, "xx", "br")), answers(answer_of(200, "xx", "gzip, gzip"))});
  for (int i = 0; i < 4; ++i) {
    const auto answer = world.download();
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().kind == ErrorKind::protocol);
    CHECK(answer.error().message.find("127.0.0.1") != std::string::npos);
    CHECK(world.folder.count() == 0);
  }
}

TEST_CASE("a packed refusal is unpacked; one that cannot be is still a refusal") {
  World world({answers(answer_of(401, gzip("{\"error\":\"key\"}"))), answers(answer_of(401, "no gzip")),
               answers(answer_of(401, gzip("words").substr(0, 20))), answers(answer_of(401, "\x01\x02", "br"))});
  for (const std::string body : {"{\"error\":\"key\"}", "", "words", ""}) {
    const auto answer = world.get();
    REQUIRE(answer.ok());
    CHECK(answer->status == 401);
    if (body != "words") CHECK(answer->body == body);
  }
}
