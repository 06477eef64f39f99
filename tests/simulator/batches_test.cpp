#include <doctest/doctest.h>

#include "simulator/rehearsal.hpp"

using namespace batchd;
using namespace batchd::simulator;

TEST_CASE("an uploaded file and a batch over it go through every state to results in input order") {
  Rehearsal world;
  const auto file = world.upload(openai, some_requests(3));
  REQUIRE(file.status == 200);
  CHECK(file.at("/object") == "file");
  CHECK(file.at("/id").starts_with("file-"));
  CHECK(file.at("/purpose") == "batch");
  CHECK(file.at("/filename") == "input.jsonl");
  CHECK(file.at("/created_at") == "1790000000");

  const auto created = world.create(openai, file.at("/id"), R"(,"metadata":{"batchd_run":"r1"})");
  REQUIRE(created.status == 200);
  CHECK(created.at("/id").starts_with("batch_"));
  CHECK(created.at("/status") == "validating");
  CHECK(created.at("/request_counts/total") == "0");
  CHECK(created.at("/in_progress_at") == "null");
  CHECK(created.at("/metadata/batchd_run") == "r1");
  const auto path = "/v1/batches/" + created.at("/id");

  world.settings();
  world.pass(std::chrono::milliseconds(200));
  const auto working = world.get(path);
  CHECK(working.at("/status") == "in_progress");
  CHECK(working.at("/request_counts/total") == "3");
  world.pass(std::chrono::milliseconds(1));
  CHECK(world.get(path).at("/status") == "finalizing");
  world.pass(std::chrono::milliseconds(199));
  CHECK(world.get(path).at("/output_file_id") == "null");
  world.pass(std::chrono::milliseconds(1));
  const auto completed = world.get(path);
  CHECK(completed.at("/status") == "completed");
  CHECK(completed.at("/request_counts/completed") == "3");
  CHECK(completed.at("/error_file_id") == "null");

  const auto lines = lines_of(world.output(openai, completed));
  REQUIRE(lines.size() == 3);
  json::Document document;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto line = document.parse(lines[i]);
    REQUIRE(line.ok());
    CHECK(line->find("id").as_string()->starts_with("batch_req_"));
    CHECK(line->find("custom_id").as_string() == "i-" + std::to_string(i));
    CHECK(line->find("error").is_null());
    CHECK(line->at_pointer("/response/status_code").as_int64() == 200);
    CHECK(line->at_pointer("/response/body/object").as_string() == "chat.completion");
    CHECK(line->at_pointer("/response/body/choices/0/finish_reason").as_string() == "stop");
    CHECK(line->at_pointer("/response/body/choices/0/message/role").as_string() == "assistant");
  }
}
