// Fetch and remove through the whole room, against a scripted remote.

#include "ground/base/hash.hpp"
#include "provider/rehearsal.hpp"

using namespace batchd;
using test::failure_of;
using test::Rehearsal;

namespace {

const std::string lines = "{\"custom_id\":\"a\"}\n{\"custom_id\":\"b\"}\n";

http::ServerResponse& result_file(Rehearsal& world, const std::string& content = lines) {
  auto& response = world.remote.then(200, content);
  response.headers.set("Content-Type", "application/octet-stream");
  return response;
}

}  // namespace

TEST_CASE("a result file lies under its name whole, and nothing lies beside it") {
  Rehearsal world;
  result_file(world);
  const auto answer = world.fetch("file-out/1", world.folder / "out.jsonl");
  REQUIRE(answer.ok());
  CHECK(answer->bytes == lines.size());
  CHECK(answer->sha256 == sha256_hex(lines));
  CHECK(world.folder.read("out.jsonl") == lines);
  CHECK(world.folder.count() == 1);
  CHECK(world.remote.lines() == std::vector<std::string>{"GET /v1/files/file-out%2F1/content"});
}

TEST_CASE("an empty result file is a result file") {
  Rehearsal world;
  result_file(world, "");
  const auto answer = world.fetch("file-1", world.folder / "out.jsonl");
  REQUIRE(answer.ok());
  CHECK(answer->bytes == 0);
  CHECK(world.folder.holds("out.jsonl"));
}

TEST_CASE("a truncated download is repeated") {
  Rehearsal world;
  result_file(world);
  world.fault_at(0, {.cut_answer_after_bytes = 10});
  const auto answer = world.fetch("file-1", world.folder / "out.jsonl");
  REQUIRE(answer.ok());
  CHECK(world.folder.read("out.jsonl") == lines);
  CHECK(world.remote.calls.size() == 2);
}

TEST_CASE("a download that is always cut short leaves no file") {
  Rehearsal world;
  result_file(world).cut_after_body_bytes = 10;
  const auto error = failure_of(world.fetch("file-1", world.folder / "out.jsonl"));
  CHECK(error.kind == ErrorKind::network);
  CHECK(world.remote.calls.size() == 5);
  CHECK(world.folder.count() == 0);
}

TEST_CASE("a file from an earlier time stays until the new one is whole") {
  Rehearsal world;
  world.folder.write("out.jsonl", "old");
  world.folder.write("out.jsonl.partial", "half a file that a crash left behind, longer than what comes now");
  world.remote.then(500);
  CHECK(failure_of(world.fetch("file-1", world.folder / "out.jsonl")).kind == ErrorKind::unavailable);
  CHECK(world.folder.read("out.jsonl") == "old");
  Rehearsal again;
  again.folder.write("out.jsonl.partial", "half a file that a crash left behind, longer than what comes now");
  result_file(again);
  REQUIRE(again.fetch("file-1", again.folder / "out.jsonl").ok());
  CHECK(again.folder.read("out.jsonl") == lines);
  CHECK(again.folder.count() == 1);
}

TEST_CASE("a log-in page is no result file") {
  Rehearsal world;
  world.remote.then(200, "<html>Welcome to the hotel</html>").headers.set("Content-Type", "text/html; charset=utf-8");
  CHECK(failure_of(world.fetch("file-1", world.folder / "out.jsonl")).kind == ErrorKind::protocol);
  CHECK(world.folder.count() == 0);
}

TEST_CASE("a folder that is missing is a local fault, a file that is missing there is not found") {
  Rehearsal world;
  result_file(world);
  CHECK(failure_of(world.fetch("file-1", world.folder / "no/such/out.jsonl")).kind == ErrorKind::io);
  Rehearsal gone;
  gone.remote.then(404, R"({"error":{"message":"No such File object: file-1"}})");
  CHECK(failure_of(gone.fetch("file-1", gone.folder / "out.jsonl")).kind == ErrorKind::not_found);
}

TEST_CASE("a result file that is a URL is fetched from the provider's own address only") {
  Rehearsal world;
  result_file(world);
  REQUIRE(world.fetch("https://API.acme.test:443/results/1?sig=a", world.folder / "out.jsonl").ok());
  CHECK(world.remote.lines() == std::vector<std::string>{"GET /results/1?sig=a"});
  for (const std::string url : {"https://evil.test/results/1?sig=a", "http://api.acme.test/results/1",
                                "https://api.acme.test:8443/x", "https://api.acme.test@evil.test/x", "https://"}) {
    CAPTURE(url);
    const auto error = failure_of(world.fetch(url, world.folder / "out.jsonl"));
    CHECK(error.kind == ErrorKind::rejected);
    CHECK(error.message.find("sig=") == std::string::npos);
  }
  CHECK(world.remote.calls.size() == 1);
}

TEST_CASE("a result file that lies elsewhere is fetched there, and the key is not sent along") {
  Rehearsal world;
  world.remote.then(302).headers.set("Location", "https://store.test/f/1?sig=a%2Fb");
  result_file(world);
  REQUIRE(world.fetch("file-1", world.folder / "out.jsonl").ok());
  CHECK(world.folder.read("out.jsonl") == lines);
  CHECK(world.remote.lines() == std::vector<std::string>{"GET /v1/files/file-1/content", "GET /f/1?sig=a%2Fb"});
  CHECK(world.remote.calls[1].headers.find("Host") == "store.test");
  CHECK(world.remote.calls[0].headers.has("Authorization"));
  CHECK_FALSE(world.remote.calls[1].headers.has("Authorization"));
}

TEST_CASE("back from elsewhere the key is not sent either") {
  Rehearsal world;
  world.remote.then(302).headers.set("Location", "https://store.test/f/1");
  world.remote.then(302).headers.set("Location", "https://api.acme.test/v1/other");
  result_file(world);
  REQUIRE(world.fetch("file-1", world.folder / "out.jsonl").ok());
  CHECK(world.remote.calls[2].headers.find("Host") == "api.acme.test");
  CHECK_FALSE(world.remote.calls[2].headers.has("Authorization"));
}

TEST_CASE("within the provider's own address every look is followed, with the key, three times") {
  Rehearsal world;
  for (const int status : {301, 307, 308})
    world.remote.then(status).headers.set("Location", "/elsewhere/" + std::to_string(status));
  world.remote.then(200, R"({"id":"batch_1","status":"completed"})");
  REQUIRE(world.poll().ok());
  CHECK(world.remote.calls.back().line == "GET /elsewhere/308");
  CHECK(world.remote.calls.back().headers.has("Authorization"));

  Rehearsal round;
  round.remote.then(302).headers.set("Location", "/v1/batches/batch_1");
  CHECK(failure_of(round.poll()).kind == ErrorKind::denied);
  CHECK(round.remote.calls.size() == 4);
}

TEST_CASE("what leads the key, a form or a batch elsewhere is not followed, and the place is named") {
  for (const std::string place : {"https://evil.test/v1/batches/batch_1?sig=x", "https://api.acme.test:8443/v1",
                                  "http://api.acme.test/v1", "ftp://x/", ""}) {
    CAPTURE(place);
    Rehearsal world;
    world.remote.then(302).headers.set("Location", place);
    const auto error = failure_of(world.poll());
    CHECK(error.kind == ErrorKind::denied);
    CHECK(error.text().find("sig=") == std::string::npos);
    CHECK(world.remote.calls.size() == 1);
    CHECK_FALSE(world.create().ok());
    CHECK(world.remote.calls.size() == 2);
  }
  Rehearsal moved;
  moved.remote.then(308).headers.set("Location", "https://new.acme.test/v2/batches/batch_1?sig=x");
  CHECK(failure_of(moved.poll()).hint ==
        "base_url (https://api.acme.test/v1) leads to https://new.acme.test/v2/batches/batch_1; write the address it "
        "leads to.");
  Rehearsal in_the_clear;
  in_the_clear.remote.then(302).headers.set("Location", "http://store.test/f/1");
  CHECK(failure_of(in_the_clear.fetch("file-1", in_the_clear.folder / "out.jsonl")).kind == ErrorKind::denied);
  CHECK(in_the_clear.remote.calls.size() == 1);
}

TEST_CASE("a file that is already gone is removed") {
  Rehearsal world;
  world.remote.then(404, R"({"error":{"message":"No such File object"}})");
  CHECK(world.remove("file-1").ok());
  CHECK(world.remote.lines() == std::vector<std::string>{"DELETE /v1/files/file-1"});
  Rehearsal there;
  there.remote.then(200, R"({"id":"file-1","deleted":true})");
  CHECK(there.remove("file-1").ok());
  Rehearsal refused;
  refused.remote.then(403, R"({"error":{"message":"no"}})");
  CHECK(failure_of(refused.remove("file-1")).kind == ErrorKind::denied);
}
