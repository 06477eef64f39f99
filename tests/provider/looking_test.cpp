// Find, poll and cancel through the whole room, against a scripted remote.

#include <fmt/format.h>

#include "provider/rehearsal.hpp"

using namespace batchd;
using namespace std::chrono_literals;
using test::failure_of;
using test::Rehearsal;

namespace {

// A batch in a listing: seconds before noon, its file, its run and shard ("" for no metadata).
std::string batch(int n, int age_s, std::string_view file, std::string_view run = "", std::string_view shard = "") {
  const auto created = 1'795'435'200 - age_s;
  const std::string metadata =
      run.empty() ? "null" : fmt::format(R"({{"batchd_run":"{}","batchd_shard":"{}"}})", run, shard);
  return fmt::format(R"({{"id":"batch_{}","status":"in_progress","input_file_id":"{}","created_at":{},"metadata":{}}})",
                     n, file, created, metadata);
}

std::string page(std::initializer_list<std::string> batches, bool has_more) {
  return fmt::format(R"({{"object":"list","data":[{}],"has_more":{}}})", fmt::join(batches, ","), has_more);
}

std::vector<std::string> ids_of(const std::vector<model::RemoteBatch>& batches) {
  std::vector<std::string> ids;
  for (const auto& one : batches)
    ids.push_back(one.id);
  return ids;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("DashScope is asked for the batches of exactly this file, and not believed blindly") {
  Rehearsal world(model::Profile::dashscope);
  world.remote.then(200, page({batch(9, 10, "file-other"), batch(8, 20, "file-7c1e")}, false));
  const auto found = world.find();
  REQUIRE(found.ok());
  CHECK(ids_of(found->found) == Ids{"batch_8"});
  CHECK(world.remote.lines() == Ids{"GET /v1/batches?limit=100&input_file_ids=file-7c1e"});
}

TEST_CASE("witnesses are asked for with it, and those that are listed are named") {
  Rehearsal world(model::Profile::dashscope);
  world.remote.then(200, page({batch(9, 10, "file-known"), batch(8, 20, "file-7c1e")}, false));
  const auto found = world.find(test::noon - 1h, {{"batch_9", "file-known"}, {"batch_5", "file-older"}});
  REQUIRE(found.ok());
  CHECK(ids_of(found->found) == Ids{"batch_8"});
  CHECK(found->listed == Ids{"batch_9"});
  CHECK(world.remote.lines() == Ids{"GET /v1/batches?limit=100&input_file_ids=file-7c1e%2Cfile-known%2Cfile-older"});
}

TEST_CASE("where files cannot be asked for, the listing is paged back to before the intent") {
  Rehearsal world;
  world.remote.then(200, page({batch(9, 10, "file-x", "01jabc", "4"), batch(8, 60, "file-y", "01jabc", "3")}, true));
  world.remote.then(200, page({batch(7, 120, "file-7c1e"), batch(6, 3599, "file-z")}, true));
  world.remote.then(200, page({batch(5, 3601, "file-7c1e"), batch(4, 9000, "file-z")}, true));
  world.remote.then(500);
  const auto found = world.find();
  REQUIRE(found.ok());
  CHECK(ids_of(found->found) == Ids{"batch_5", "batch_7", "batch_8"});  // oldest first
  CHECK(world.remote.lines() == Ids{"GET /v1/batches?limit=100", "GET /v1/batches?limit=100&after=batch_8",
                                    "GET /v1/batches?limit=100&after=batch_6"});
}

TEST_CASE("a provider without a listing cannot be asked, which is not the same as finding nothing") {
  for (const int status : {404, 405, 501, 400}) {
    Rehearsal world;
    world.remote.then(status, R"({"error":"no such route"})");
    CAPTURE(status);
    CHECK(failure_of(world.find()).kind == ErrorKind::rejected);
    CHECK(world.remote.calls.size() == 1);
  }
}

TEST_CASE("a listing that fails for a while is asked again, and for long is no answer") {
  Rehearsal world;
  world.remote.then(503);
  world.remote.then(200, page({}, false));
  const auto found = world.find();
  REQUIRE(found.ok());
  CHECK(found->found.empty());
  Rehearsal down;
  down.remote.then(503);
  CHECK(failure_of(down.find()).kind == ErrorKind::unavailable);
  CHECK(down.remote.calls.size() == 5);
}

TEST_CASE("a listing that has no end is given up, and said") {
  Rehearsal world;
  int n = 0;
  world.remote.respond = [&](const test::Call&) {
    http::ServerResponse response;
    response.body = page({batch(++n, 0, "file-x")}, true);
    return response;
  };
  const auto error = failure_of(world.find());
  CHECK(error.kind == ErrorKind::rejected);
  CHECK(error.message.find("200 pages") != std::string::npos);
  CHECK(world.remote.calls.size() == 200);
}

TEST_CASE("what DashScope no longer lists is not taken for never sent") {
  Rehearsal world(model::Profile::dashscope);
  world.remote.then(200, page({}, false));
  const auto error = failure_of(world.find(test::noon - 31 * 24h));
  CHECK(error.kind == ErrorKind::rejected);
  CHECK(world.find(test::noon - 29 * 24h).ok());
}

TEST_CASE("DashScope's listing is asked at most a hundred times a minute") {
  Rehearsal world(model::Profile::dashscope);
  world.remote.then(200, page({}, false));
  for (int i = 0; i < 210; ++i)
    REQUIRE(world.find().ok());
  CHECK(world.clock.now() - test::noon >= 2min);
  CHECK(world.clock.now() - test::noon < 3min);
}

TEST_CASE("a poll waits as long as the server asks, and asks again") {
  Rehearsal world;
  world.remote.then(503).headers.set("Retry-After", "30");
  world.remote.then(200, batch(1, 0, "file-7c1e"));
  const auto polled = world.poll();
  REQUIRE(polled.ok());
  CHECK(polled->state == model::BatchState::running);
  REQUIRE(world.remote.calls.size() == 2);
  CHECK(world.remote.calls[1].at - world.remote.calls[0].at >= 30s);
  CHECK(world.log.has("why=\"503 Service Unavailable\""));
}

TEST_CASE("who is throttled makes the whole account wait") {
  Rehearsal world;
  world.remote.then(429).headers.set("Retry-After", "20");
  world.remote.then(200, batch(1, 0, "file-7c1e"));
  async::TaskGroup group(world.loop);
  auto one = [&]() -> async::Task<void> { CHECK((co_await world.provider->poll("batch_1", world.stop)).ok()); };
  auto all = [&]() -> async::Task<void> {
    group.spawn(one());
    co_await world.loop.sleep_for(1s);
    group.spawn(one());
    co_await group.join();
  };
  world.loop.run(all());
  REQUIRE(world.remote.calls.size() == 3);
  CHECK(world.remote.calls[1].at - test::noon >= 20s);
}

TEST_CASE("a poll that is not answered in our words is no answer") {
  for (const std::string body :
       {R"({"id":"batch_2","status":"completed"})", R"({"id":"batch_1"})", "<html>Please log in</html>", ""}) {
    Rehearsal world;
    world.remote.then(200, body);
    CAPTURE(body);
    CHECK(failure_of(world.poll()).kind == ErrorKind::protocol);
  }
}

TEST_CASE("a batch the provider does not know is not found, a refused key is denied") {
  Rehearsal world;
  world.remote.then(404, R"({"error":{"message":"No batch found","code":"not_found"}})");
  CHECK(failure_of(world.poll()).kind == ErrorKind::not_found);
  Rehearsal refused;
  refused.remote.then(401, R"({"code":"InvalidApiKey","message":"Invalid API-key provided.","request_id":"7f-1"})");
  const auto error = failure_of(refused.poll());
  CHECK(error.kind == ErrorKind::denied);
  CHECK(error.http_status == 401);
  CHECK(error.code == "InvalidApiKey");
  CHECK(error.message.find("7f-1") != std::string::npos);
  CHECK(refused.remote.calls.size() == 1);
}

TEST_CASE("ids are opaque: any length and any character reach the path encoded") {
  Rehearsal world;
  const std::string id = "a/b?c=d e%" + std::string(700, 'z');
  world.remote.then(200, R"({"id":")" + id + R"(","status":"running"})");
  CHECK(world.poll(id).ok());
  CHECK(world.remote.calls[0].line == "GET /v1/batches/a%2Fb%3Fc%3Dd%20e%25" + std::string(700, 'z'));
}

TEST_CASE("a cancel may be asked twice, and an answer without a batch is an answer") {
  Rehearsal world;
  world.remote.then(200, R"({"id":"batch_1","status":"cancelling"})");
  world.fault_at(0, {.lose_answer = true});
  const auto cancelled = world.cancel();
  REQUIRE(cancelled.ok());
  CHECK(cancelled->state == model::BatchState::cancelling);
  CHECK(world.remote.lines() == Ids{"POST /v1/batches/batch_1/cancel", "POST /v1/batches/batch_1/cancel"});
  CHECK(world.remote.calls[0].headers.find("Content-Length") == "0");

  Rehearsal curt;
  curt.remote.then(204);
  const auto accepted = curt.cancel();
  REQUIRE(accepted.ok());
  CHECK(accepted->id == "batch_1");
  CHECK(accepted->state == model::BatchState::cancelling);
}

TEST_CASE("whoever is told to stop while waiting says so") {
  Rehearsal world;
  world.remote.then(503).headers.set("Retry-After", "60");
  auto stop_soon = [&]() -> async::Task<void> {
    co_await world.loop.sleep_for(5s);
    world.stop.stop();
  };
  world.loop.spawn(stop_soon());
  CHECK(failure_of(world.poll()).kind == ErrorKind::cancelled);
  CHECK(world.clock.now() == test::noon + 5s);
}
