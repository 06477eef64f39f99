// Answers in every form that HTTP allows, and in some that it does not.

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

TEST_CASE("a download that is cut short is a network error that says how far it came, and leaves no file") {
  SocketWorld world;
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
  SocketWorld world;
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
