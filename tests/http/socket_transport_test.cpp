#include "ground/http/socket_transport.hpp"

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

TEST_CASE("a request goes out and its answer comes back") {
  SocketWorld world;
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
  SocketWorld world;
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

TEST_CASE("a large file goes up in pieces as multipart, is spooled, and comes down into a file") {
  SocketWorld world;
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
  SocketWorld world;
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

TEST_CASE("a Unix socket serves a client that names it") {
  SocketWorld world;
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
