// The account's lists, against a scripted remote.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "line/provider/batch_answer.hpp"
#include "provider/rehearsal.hpp"

using namespace batchd;
using namespace std::chrono_literals;
using test::Rehearsal;

namespace {

std::string batch(int n, int age_s) {
  return fmt::format(R"({{"id":"batch_{}","status":"in_progress","created_at":{}}})", n, 1'795'435'200 - age_s);
}

std::string page(std::initializer_list<std::string> entries, bool has_more) {
  return fmt::format(R"({{"object":"list","data":[{}],"has_more":{}}})", fmt::join(entries, ","), has_more);
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("the list of batches is read page by page, and not further back than asked") {
  Rehearsal world;
  world.remote.then(200, page({batch(9, 10), batch(8, 20)}, true));
  world.remote.then(200, page({batch(7, 7'000), batch(6, 8'000)}, true));
  world.remote.then(200, page({batch(5, 9'000)}, true));
  const auto list = world.loop.run(world.provider->list_batches(test::noon - 1h, world.stop));
  REQUIRE(list.ok());
  CHECK(list->batches.size() == 4);
  CHECK(list->is_whole);
  CHECK(list->server_time == test::noon);
  CHECK(world.remote.lines() == Lines{"GET /v1/batches?limit=100", "GET /v1/batches?limit=100&after=batch_8"});
}

TEST_CASE("a list that does not go on is said not to be whole") {
  Rehearsal world;
  world.remote.then(200, page({batch(9, 10)}, true));
  const auto list = world.loop.run(world.provider->list_batches(test::noon - 1h, world.stop));
  REQUIRE(list.ok());
  CHECK_FALSE(list->is_whole);
}

TEST_CASE("files come with their name, size and age") {
  Rehearsal world;
  world.remote.then(200, page({R"({"id":"file-1","bytes":"91234","filename":"batchd-x-0001.jsonl","purpose":"batch",)"
                               R"("created_at":1795435100})"},
                              true));
  world.remote.then(200, page({R"({"id":"file-2"})"}, false));
  const auto list = world.loop.run(world.provider->list_files(world.stop));
  REQUIRE(list.ok());
  REQUIRE(list->files.size() == 2);
  CHECK(list->files[0].bytes == 91'234);
  CHECK(list->files[0].filename == "batchd-x-0001.jsonl");
  CHECK(list->files[0].created_at == test::noon - 100s);
  CHECK(list->is_whole);
  CHECK(world.remote.lines()[0] == "GET /v1/files?limit=1000");
}

TEST_CASE("a refused list is refused in words that name it") {
  Rehearsal world;
  world.remote.then(404, R"({"error":{"message":"no such route"}})");
  const auto list = world.loop.run(world.provider->list_files(world.stop));
  REQUIRE_FALSE(list.ok());
  CHECK(list.error().message.find("list its files") != std::string::npos);
}
