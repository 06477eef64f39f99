#include "doors/simulator/faults.hpp"

#include <set>

#include <doctest/doctest.h>

#include "simulator/fault_runs.hpp"

using namespace batchd;
using namespace batchd::simulator;

TEST_CASE("a fault that does not exist is refused with a suggestion, a value it cannot have with what it may be") {
  const auto unknown = parse_faults({{"rate_492", "1"}});
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().kind == ErrorKind::invalid);
  CHECK(unknown.error().hint.find("rate_429") != std::string::npos);
  for (const std::string value : {"1.5", "-1", "x", "", "0.5x", "nan"})
    CHECK_FALSE(parse_faults({{"rate_429", value}}).ok());
  for (const std::string value : {"-1", "0.5", "x", ""})
    CHECK_FALSE(parse_faults({{"slow_ms", value}}).ok());
  // A name whose letters are far from any is answered with those that share a word with it.
  CHECK(parse_faults({{"create_lost", "1"}}).error().hint.find("lose_create_answer") != std::string::npos);
  CHECK(parse_faults({{"zzz", "1"}}).error().hint.find("--list-faults") != std::string::npos);
  CHECK(parse_faults({{"rate_429", "20%"}}).error().message ==
        "the fault rate_429 wants a share between 0 and 1, not \"20%\"");
  CHECK(parse_faults({{"slow_ms", "2s"}})->slow_ms.value == std::chrono::seconds(2));
  CHECK(parse_faults({{"huge_bytes", "2MB"}})->huge_bytes.value == 2'000'000);
  CHECK(parse_faults({{"huge_bytes", "4096"}})->huge_bytes.value == 4'096);
  CHECK(parse_faults({{"storm_429", "3"}, {"storm_429", "5"}})->storm_429.value == 5);
  const auto faults = parse_faults({{"rate_429", "0.25"}, {"slow_ms", "30"}});
  REQUIRE(faults.ok());
  CHECK(faults->rate_429.value == 0.25);
  CHECK(faults->slow_ms.value == std::chrono::milliseconds(30));
  std::set<std::string_view> names;
  for (const FaultName& fault : fault_names()) {
    CHECK(parse_faults({{std::string(fault.name), "1"}}).ok());
    CHECK(names.insert(fault.name).second);
    CHECK(fault.explained.size() > 10);
    CHECK(fault.explained.find('\n') == std::string_view::npos);
  }
}

TEST_CASE("a share hits about that share, and the same ones every time") {
  const Share some{"x", 0.3};
  const Share all{"x", 1};
  const Share none{"x", 0};
  int struck = 0;
  for (std::uint64_t key = 0; key < 2'000; ++key) {
    const bool hit = some.hits(7, key);
    CHECK(hit == some.hits(7, key));
    struck += hit ? 1 : 0;
    CHECK(all.hits(7, key));
    CHECK_FALSE(none.hits(7, key));
  }
  CHECK(struck > 500);
  CHECK(struck < 700);
}

TEST_CASE("calls are answered 401, 429, 500 and 503, and say how long to wait") {
  Rehearsal world;
  const auto status_with = [&](FaultList faults) {
    world.reopen_with(std::move(faults));
    return world.get("/v1/batches");
  };
  CHECK(status_with({{"auth", "1"}}).status == 401);
  CHECK(status_with({{"auth", "1"}}).at("/error/code") == "invalid_api_key");
  CHECK(status_with({{"rate_500", "1"}}).status == 500);
  CHECK(status_with({{"rate_503", "1"}}).status == 503);
  const auto throttled = status_with({{"rate_429", "1"}, {"retry_after_ms", "1500"}});
  CHECK(throttled.status == 429);
  CHECK(throttled.headers.find("retry-after-ms") == "1500");
  CHECK(throttled.headers.find("Retry-After") == "2");
  CHECK(status_with({{"rate_429", "1"}}).headers.find("Retry-After") == std::nullopt);
}

TEST_CASE("slow_ms delays every answer on the clock") {
  Rehearsal world(FaultList{{"slow_ms", "700"}});
  const Time before = world.clock().now();
  CHECK(world.get("/v1/batches").status == 200);
  CHECK(world.clock().now() - before == std::chrono::milliseconds(700));
}

TEST_CASE("the first uploads are cut off in the middle and leave nothing") {
  Rehearsal world(FaultList{{"reset_upload", "2"}});
  CHECK(world.upload(openai, some_requests(5)).lost);
  CHECK(world.upload(openai, some_requests(5)).lost);
  CHECK(world.get("/v1/files").body().find("data").size() == 0);
  CHECK(world.upload(openai, some_requests(5)).status == 200);
}

TEST_CASE("a create loses its answer or its request") {
  Rehearsal world(FaultList{{"lose_create_answer", "1"}});
  const auto file = world.upload(openai, some_requests(1)).at("/id");
  CHECK(world.create(openai, file).lost);
  CHECK(world.get("/v1/batches").body().find("data").size() == 1);
  world.reopen_with({{"lose_create_request", "1"}});
  CHECK(world.create(openai, file).lost);
  CHECK(world.get("/v1/batches").body().find("data").size() == 1);
}

TEST_CASE("a download is cut off half-way") {
  Rehearsal world(FaultList{{"truncate_download", "1"}});
  const auto file = world.upload(openai, some_requests(5)).at("/id");
  CHECK(world.get("/v1/files/" + file + "/content").lost);
}

TEST_CASE("a new batch is not in lists for a while; a new file cannot be used for a while") {
  Rehearsal world(FaultList{{"list_lag_ms", "5000"}, {"file_lag_ms", "2000"}});
  const auto file = world.upload(openai, some_requests(1)).at("/id");
  const auto too_early = world.create(openai, file);
  CHECK(too_early.status == 400);
  CHECK(too_early.at("/error/message").starts_with("Cannot find file"));
  world.pass(std::chrono::milliseconds(2000));
  const auto batch = world.create(openai, file).at("/id");
  CHECK(world.get("/v1/batches/" + batch).status == 200);
  CHECK(world.get("/v1/batches").body().find("data").size() == 0);
  world.pass(std::chrono::milliseconds(5000));
  CHECK(world.get("/v1/batches").body().find("data").size() == 1);
}

TEST_CASE("batches get stuck, fail for nothing, run into the token limit and expire") {
  CHECK(Run(FaultList{{"stuck_validating", "1"}}).batch.at("/status") == "validating");
  const Run failed(FaultList{{"fail_validation", "1"}});
  CHECK(failed.batch.at("/status") == "failed");
  CHECK(failed.batch.at("/errors/data/0/code") == "server_error");
  CHECK(Run(FaultList{{"token_limit", "1"}}).batch.at("/errors/data/0/code") == "token_limit_exceeded");
  const Run expired(FaultList{{"expire", "1"}});
  CHECK(expired.batch.at("/status") == "expired");
  CHECK(expired.batch.at("/expired_at") == expired.batch.at("/expires_at"));
  CHECK(expired.output.size() + expired.errors.size() == 10);
  CHECK(expired.errors.size() > 0);
}

TEST_CASE("a stuck batch can be cancelled") {
  Run stuck(FaultList{{"stuck_validating", "1"}});
  const auto path = "/v1/batches/" + stuck.batch.at("/id");
  CHECK(stuck.world.post(path + "/cancel").at("/status") == "cancelling");
  stuck.world.pass(std::chrono::seconds(1));
  CHECK(stuck.world.get(path).at("/status") == "cancelled");
}

TEST_CASE("lines are missing, double, unreadable or in another order, and the counts do not know") {
  const Run missing(FaultList{{"missing_lines", "1"}});
  CHECK(missing.output.empty());
  CHECK(missing.batch.at("/request_counts/completed") == "10");
  const Run some(FaultList{{"missing_lines", "0.5"}});
  CHECK(some.output.size() > 0);
  CHECK(some.output.size() < 10);

  const Run twice(FaultList{{"duplicate_lines", "1"}});
  REQUIRE(twice.output.size() == 20);
  CHECK(twice.output[0] == twice.output[1]);

  const Run garbage(FaultList{{"garbage_lines", "1"}});
  REQUIRE(garbage.output.size() == 10);
  CHECK(at(garbage.output[0], "") == "(not JSON)");

  const Run ordered(FaultList{});
  const Run shuffled(FaultList{{"shuffle", "1"}});
  REQUIRE(shuffled.output.size() == 10);
  CHECK(shuffled.output != ordered.output);
  auto sorted = shuffled.output;
  auto expected = ordered.output;
  std::sort(sorted.begin(), sorted.end());
  std::sort(expected.begin(), expected.end());
  CHECK(sorted == expected);
}

TEST_CASE("items fail in the dialect's way") {
  const Run here(FaultList{{"error_lines", "1"}}, openai, 40);
  CHECK(here.batch.at("/output_file_id") == "null");
  CHECK(here.batch.at("/request_counts/failed") == "40");
  bool bad_request = false;
  bool server = false;
  for (const auto& line : here.errors) {
    CHECK(at(line, "/error") == "null");
    CHECK(at(line, "/response/body/error/message") != "(absent)");
    bad_request |= at(line, "/response/status_code") == "400";
    server |= at(line, "/response/status_code") == "500";
  }
  CHECK(bad_request);
  CHECK(server);

  // DashScope: in the error file with the reason beside it, or in the output file with another status than 200.
  const Run there(FaultList{{"error_lines", "1"}}, dashscope, 40);
  CHECK(there.output.size() > 0);
  CHECK(there.errors.size() > 0);
  CHECK(there.output.size() + there.errors.size() == 40);
  for (const auto& line : there.errors) {
    CHECK(at(line, "/response/body") == "null");
    CHECK(at(line, "/error/code") != "(absent)");
  }
  for (const auto& line : there.output) {
    CHECK(at(line, "/response/status_code") != "200");
    CHECK(at(line, "/response/body/error/message") != "(absent)");
  }
}

TEST_CASE("answers are prose, break the schema, are cut, wrapped or refused") {
  CHECK(at(Run(FaultList{{"not_json", "1"}}).output[0], said).front() != '{');
  CHECK(at(Run(FaultList{{"schema_mismatch", "1"}}).output[0], said) == "{}");
  const auto cut = Run(FaultList{{"truncated", "1"}}).output[0];
  CHECK(at(cut, finish_reason) == "length");
  const auto wrapped = at(Run(FaultList{{"wrapped_json", "1"}}).output[0], said);
  CHECK(wrapped.find("```json\n{\"a\":") != std::string::npos);
  const auto refused = Run(FaultList{{"refused", "1"}}).output[0];
  CHECK(at(refused, said) == "null");
  CHECK(at(refused, "/response/body/choices/0/message/refusal").find("sorry") != std::string::npos);
  const Run blocked(FaultList{{"refused", "1"}}, dashscope);
  CHECK(blocked.batch.at("/request_counts/failed") == "10");
  REQUIRE(blocked.errors.size() > 0);
  CHECK(at(blocked.errors[0], "/error/code") == "data_inspection_failed");
}

TEST_CASE("a fault of an item is drawn anew when it is asked again, and the same way in a replay") {
  const auto body = request_body("Will this one fail?");
  const auto fate_of_ten = [&](std::uint64_t seed) {
    Rehearsal world(FaultList{{"error_lines", "0.5"}}, seed);
    std::string fates;
    for (int i = 0; i < 10; ++i)
      fates += world.post("/v1/chat/completions", body).status == 200 ? '+' : '-';
    return fates;
  };
  const auto fates = fate_of_ten(3);
  CHECK(fates.find('+') != std::string::npos);
  CHECK(fates.find('-') != std::string::npos);
  CHECK(fates == fate_of_ten(3));
  CHECK(fates != fate_of_ten(4));
}
