// The same said otherwise: how other providers spell batches, frames and errors.
#include "doors/simulator/spelling.hpp"

#include <set>

#include <doctest/doctest.h>

#include "doors/simulator/disguise.hpp"
#include "simulator/fault_runs.hpp"

using namespace batchd;
using namespace batchd::simulator;

namespace {

// The states a batch passes through, as they are spelled.
std::vector<std::string> walk(FaultList faults) {
  Rehearsal world(std::move(faults));
  world.settings().requests_per_second = 1'000;
  world.reopen();
  const auto made = world.create(openai, world.upload(openai, some_requests(200)).at("/id"));
  std::vector<std::string> states{made.at("/status")};
  for (int i = 0; i < 40; ++i) {
    world.pass(Duration(20));
    const auto state = world.get("/v1/batches/" + made.at("/id")).at("/status");
    if (state != states.back()) states.push_back(state);
  }
  return states;
}

using States = std::vector<std::string>;

}  // namespace

TEST_CASE("states come in capitals, in others' words and in words nobody has heard of") {
  CHECK(walk({}) == States{"validating", "in_progress", "finalizing", "completed"});
  CHECK(walk({{"upper_case_states", "1"}}) == States{"VALIDATING", "IN_PROGRESS", "FINALIZING", "COMPLETED"});
  CHECK(walk({{"foreign_states", "1"}}) == States{"in_queue", "running", "finalizing", "success"});
  CHECK(walk({{"unknown_states", "1"}}) == States{"warming_up", "spread_over_hosts", "wrapping_up", "completed"});
  CHECK(walk({{"unknown_states", "1"}, {"foreign_states", "1"}, {"upper_case_states", "1"}}).back() == "SUCCESS");
}

TEST_CASE("counts are null or lie flat; times are texts") {
  const Run none(FaultList{{"null_counts", "1"}});
  CHECK(none.batch.at("/request_counts") == "null");
  CHECK(none.output.size() == 10);
  const Run flat(FaultList{{"flat_counts", "1"}});
  CHECK(flat.batch.at("/request_counts") == "(absent)");
  CHECK(flat.batch.at("/total") == "10");
  CHECK(flat.batch.at("/completed") == "10");
  CHECK(flat.batch.at("/failed") == "0");
  CHECK(Run(FaultList{{"iso_times", "1"}}).batch.at("/created_at") == "2026-09-21T14:13:20Z");
}

TEST_CASE("what validation found is a text") {
  Rehearsal world(FaultList{{"text_findings", "1"}});
  const auto batch = world.run_batch(openai, "{\n");
  CHECK(batch.at("/errors") == "invalid_json_line: This line is not parseable as valid JSON. (line 1)");
}

TEST_CASE("uploads and creates are wrapped, lists are bare, files are uploaded and not processed") {
  Rehearsal world(
      FaultList{{"wrapped_upload", "1"}, {"wrapped_create", "1"}, {"bare_lists", "1"}, {"uploaded_status", "1"}});
  const auto file = world.upload(openai, some_requests(1));
  CHECK(file.at("/code") == "20000");
  CHECK(file.at("/id") == "(absent)");
  CHECK(file.at("/data/status") == "uploaded");
  const auto batch = world.create(openai, file.at("/data/id"));
  CHECK(batch.at("/job/status") == "validating");
  CHECK(world.get("/v1/batches/" + batch.at("/job/id")).at("/status") == "validating");
  CHECK(world.get("/v1/batches").at("/0/id") == batch.at("/job/id"));
  CHECK(world.get("/v1/files").at("/0/status") == "uploaded");
}

TEST_CASE("a refusal keeps its status and its words, in every form seen elsewhere") {
  Rehearsal world(FaultList{{"odd_errors", "1"}});
  std::set<char> forms;
  for (int i = 0; i < 40; ++i) {
    const auto came = world.get("/v1/files/none");
    CHECK(came.status == 404);
    const bool html = came.text.starts_with('<');
    CHECK((html || came.text.find("No such File object: none") != std::string::npos));
    forms.insert(came.text.starts_with(R"({"error":")") ? 't' : came.text.front());
    CHECK(came.at("/error/message") == "(absent)");
  }
  CHECK(forms == std::set<char>{'t', '{', '"', '<'});
}

TEST_CASE("ids are as long as a proxy makes them, and are found by them after a restart") {
  Rehearsal world(FaultList{{"long_ids", "1"}});
  const auto file = world.upload(dashscope, some_requests(3)).at("/id");
  CHECK(file.size() > 200);
  CHECK(file.starts_with("file-batch-"));
  const auto made = world.create(dashscope, file).at("/id");
  CHECK(made.size() > 200);
  world.pass_until_all_is_done();
  world.reopen();
  const auto batch = world.get("/compatible-mode/v1/batches/" + made);
  CHECK(batch.at("/output_file_id").size() > 200);
  CHECK(lines_of(world.output(dashscope, batch)).size() == 3);
}

TEST_CASE("a batch never leaves finalizing, until it is cancelled, with all that was done") {
  Run stuck(FaultList{{"stuck_finalizing", "1"}});
  CHECK(stuck.batch.at("/status") == "finalizing");
  CHECK(stuck.batch.at("/request_counts/completed") == "10");
  CHECK(stuck.batch.at("/output_file_id") == "null");
  stuck.world.reopen();
  const auto path = "/v1/batches/" + stuck.batch.at("/id");
  CHECK(stuck.world.post(path + "/cancel").at("/status") == "cancelling");
  stuck.world.pass(std::chrono::seconds(1));
  const auto cancelled = stuck.world.get(path);
  CHECK(cancelled.at("/status") == "cancelled");
  CHECK(lines_of(stuck.world.output(openai, cancelled)).size() == 10);
}

TEST_CASE("a cancel takes as long as it is told to") {
  Rehearsal world(FaultList{{"cancel_ms", "10m"}});
  const auto path = "/v1/batches/" + world.create(openai, world.upload(openai, some_requests(1)).at("/id")).at("/id");
  CHECK(world.post(path + "/cancel").at("/status") == "cancelling");
  world.pass(std::chrono::minutes(9));
  CHECK(world.get(path).at("/status") == "cancelling");
  world.pass(std::chrono::minutes(1));
  CHECK(world.get(path).at("/status") == "cancelled");
}

TEST_CASE("the batch beyond the enqueued tokens fails, and the same file passes when there is room again") {
  const auto lines = some_requests(10);
  Rehearsal world(FaultList{{"enqueued_tokens_max", std::to_string(lines.size() / 4 + 10)}});
  const auto file = world.upload(openai, lines).at("/id");
  const auto first = world.create(openai, file).at("/id");
  const auto second = world.create(openai, file).at("/id");
  world.pass_until_all_is_done();
  CHECK(world.get("/v1/batches/" + first).at("/status") == "completed");
  const auto failed = world.get("/v1/batches/" + second);
  CHECK(failed.at("/status") == "failed");
  CHECK(failed.at("/errors/data/0/code") == "token_limit_exceeded");
  const auto third = world.create(openai, file).at("/id");
  world.pass_until_all_is_done();
  CHECK(world.get("/v1/batches/" + third).at("/status") == "completed");
}
