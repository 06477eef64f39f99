#include <map>

#include <doctest/doctest.h>

#include "simulator/rehearsal.hpp"

using namespace batchd;
using namespace batchd::simulator;

namespace {

std::map<std::string, int> types_in(const std::string& journal) {
  std::map<std::string, int> counts;
  json::Document document;
  for (const auto& line : lines_of(journal)) {
    const auto entry = document.parse(line, {.duplicate_keys_are_errors = false});
    REQUIRE(entry.ok());
    ++counts[std::string(*entry->find("type").as_string())];
    CHECK(entry->find("time").as_string().has_value());
    CHECK(entry->find("dialect").as_string().has_value());
  }
  return counts;
}

}  // namespace

TEST_CASE("the journal has a line for each thing that costs") {
  Rehearsal world;
  const auto file = world.upload(openai, some_requests(3));
  const auto batch = world.create(openai, file.at("/id"), R"(,"metadata":{"batchd_shard":"1"})").at("/id");
  world.pass_until_all_is_done();
  (void)world.get("/v1/batches/" + batch);
  (void)world.post("/v1/chat/completions", request_body("?"));
  const auto other = world.create(openai, file.at("/id")).at("/id");
  (void)world.post("/v1/batches/" + other + "/cancel");
  CHECK(types_in(world.journal()) ==
        std::map<std::string, int>{
            {"upload", 1}, {"batch_created", 2}, {"batch_answered", 1}, {"chat", 1}, {"cancel", 1}});

  json::Document document;
  const auto created = lines_of(world.journal())[1];
  const auto entry = document.parse(created);
  CHECK(entry->find("batch").as_string() == batch);
  CHECK(entry->find("requests").as_int64() == 3);
  CHECK(entry->at_pointer("/metadata/batchd_shard").as_string() == "1");
  CHECK(entry->find("input_xxh3").as_string()->size() == 32);
  CHECK(world.folder().holds("world/files/" + std::string(*entry->find("input_file").as_string())));
}

TEST_CASE("what costs nothing is not in the journal") {
  Rehearsal world(FaultList{{"rate_500", "1"}});
  (void)world.post("/v1/chat/completions", request_body("?"));
  (void)world.upload(openai, "x");
  CHECK(world.journal().empty());
}

TEST_CASE("a line that a kill kept out of the journal is there after the next start, once") {
  Rehearsal world;
  const auto batch = world.create(openai, world.upload(openai, some_requests(2)).at("/id")).at("/id");
  world.pass_until_all_is_done();
  (void)world.get("/v1/batches/" + batch);
  const auto whole = types_in(world.journal());
  // Killed after the record and within the line: a half is all there is.
  const auto lines = lines_of(world.journal());
  world.folder().write("world/journal.jsonl", lines[0] + "\n");
  world.reopen();
  CHECK(types_in(world.journal()) == whole);
  world.reopen();
  CHECK(types_in(world.journal()) == whole);
}

TEST_CASE("a journal may lie elsewhere") {
  Rehearsal world;
  world.settings().journal = world.folder() / "elsewhere.jsonl";
  world.reopen();
  (void)world.upload(openai, "x");
  CHECK(types_in(world.folder().read("elsewhere.jsonl"))["upload"] == 1);
}
