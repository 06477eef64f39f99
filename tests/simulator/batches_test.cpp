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

namespace {

Came create_raw(Rehearsal& world, std::string_view base, std::string_view body) {
  return world.post(std::string(base) + "/batches", std::string(body));
}

std::string path_of(std::string_view base, const Came& batch) {
  return std::string(base) + "/batches/" + batch.at("/id");
}

}  // namespace

TEST_CASE("a create that cannot be is refused at once, with the code and the parameter") {
  Rehearsal world;
  const auto file = world.upload(openai, some_requests(1)).at("/id");
  const auto other = world.upload(openai, "hello", "hello.txt", "user_data").at("/id");
  const auto with = [&](std::string id, std::string endpoint, std::string window, std::string more = {}) {
    return R"({"input_file_id":")" + id + R"(","endpoint":")" + endpoint + R"(","completion_window":")" + window +
           "\"" + more + "}";
  };
  const std::string chat(chat_endpoint);
  std::string many_pairs;
  for (int i = 0; i < 17; ++i)
    many_pairs += (i ? "," : "") + ("\"k" + std::to_string(i) + "\":\"v\"");
  const std::string long_key = "\"" + std::string(65, 'k') + "\":\"v\"";
  const std::string long_value = "\"k\":\"" + std::string(513, 'v') + "\"";

  struct Wrong {
    std::string body;
    std::string code;
    std::string param;
  };
  const std::vector<Wrong> wrong{
      {"{", "null", "null"},
      {"[]", "null", "null"},
      {R"({"endpoint":"/v1/chat/completions","completion_window":"24h"})", "missing_required_parameter",
       "input_file_id"},
      {R"({"input_file_id":"f","completion_window":"24h"})", "missing_required_parameter", "endpoint"},
      {R"({"input_file_id":"f","endpoint":"/v1/chat/completions"})", "missing_required_parameter", "completion_window"},
      {R"({"input_file_id":7,"endpoint":"/v1/chat/completions","completion_window":"24h"})", "invalid_type",
       "input_file_id"},
      {with(file, "/v1/nonsense", "24h"), "invalid_value", "endpoint"},
      {with(file, chat, "48h"), "invalid_value", "completion_window"},
      {with("file-unknown", chat, "24h"), "null", "input_file_id"},
      {with(other, chat, "24h"), "invalid_value", "input_file_id"},
      {with(file, chat, "24h", R"(,"metadata":[])"), "invalid_type", "metadata"},
      {with(file, chat, "24h", R"(,"metadata":{"k":1})"), "invalid_type", "metadata.k"},
      {with(file, chat, "24h", ",\"metadata\":{" + many_pairs + "}"), "object_above_max_properties", "metadata"},
      {with(file, chat, "24h", ",\"metadata\":{" + long_key + "}"), "string_above_max_length", "metadata"},
      {with(file, chat, "24h", ",\"metadata\":{" + long_value + "}"), "string_above_max_length", "metadata.k"},
  };
  for (const auto& [body, code, param] : wrong) {
    CAPTURE(body);
    const auto refused = create_raw(world, openai, body);
    CHECK(refused.status == 400);
    CHECK(refused.at("/error/type") == "invalid_request_error");
    CHECK(refused.at("/error/code") == code);
    CHECK(refused.at("/error/param") == param);
    CHECK(!refused.at("/error/message").empty());
  }
  CHECK(world.get("/v1/batches").body().find("data").size() == 0);
  CHECK(create_raw(world, openai, with(file, chat, "24h", R"(,"metadata":null)")).status == 200);
}

TEST_CASE("DashScope takes longer windows and any metadata but an overlong name") {
  Rehearsal world;
  const auto file = world.upload(dashscope, some_requests(1)).at("/id");
  CHECK(file.starts_with("file-batch-"));
  const auto create = [&](std::string window, std::string metadata) {
    return create_raw(world, dashscope,
                      R"({"input_file_id":")" + file + R"(","endpoint":"/v1/chat/completions","completion_window":")" +
                          window + R"(","metadata":{)" + metadata + "}}");
  };
  for (const std::string& window : std::vector<std::string>{"24h", "336h", "1d", "14d"})
    CHECK(create(window, "").status == 200);
  for (const std::string& window : std::vector<std::string>{"23h", "337h", "15d", "0d", "24", "h", "24m", ""})
    CHECK(create(window, "").at("/error/param") == "completion_window");
  CHECK(create("24h", R"("anything":")" + std::string(5000, 'x') + "\"").status == 200);
  CHECK(create("24h", R"("ds_name":")" + std::string(100, 'x') + "\"").status == 200);
  CHECK(create("24h", R"("ds_name":")" + std::string(101, 'x') + "\"").status == 400);
  CHECK(create("24h", R"("ds_description":")" + std::string(201, 'x') + "\"").status == 400);

  const auto batch = create("24h", "");
  CHECK(batch.at("/expires_at") == "null");
  CHECK(batch.at("/usage") == "(absent)");
  world.pass_until_all_is_done();
  const auto completed = world.get(path_of(dashscope, batch));
  CHECK(completed.at("/expires_at") != "null");
  CHECK(completed.at("/output_file_id").starts_with("file-batch_output-"));
}

TEST_CASE("what is made under one prefix is not seen under the other") {
  Rehearsal world;
  const auto file = world.upload(openai, some_requests(1)).at("/id");
  const auto batch = world.create(openai, file).at("/id");
  CHECK(world.get("/compatible-mode/v1/files/" + file).status == 404);
  CHECK(world.get("/compatible-mode/v1/batches/" + batch).status == 404);
  CHECK(world.create(dashscope, file).status == 400);
  CHECK(world.get("/compatible-mode/v1/batches").body().find("data").size() == 0);
}

TEST_CASE("batches are listed newest first, page by page") {
  Rehearsal world;
  const auto file = world.upload(openai, some_requests(1)).at("/id");
  std::vector<std::string> made;
  for (int i = 0; i < 25; ++i)
    made.push_back(world.create(openai, file).at("/id"));

  const auto usual = world.get("/v1/batches");
  CHECK(usual.body().find("data").size() == 20);
  CHECK(usual.at("/object") == "list");
  CHECK(usual.at("/has_more") == "true");
  CHECK(usual.at("/first_id") == made.back());
  CHECK(usual.at("/last_id") == made[5]);

  std::vector<std::string> seen;
  std::string after;
  for (;;) {
    const auto page = world.get("/v1/batches?limit=7" + (after.empty() ? "" : "&after=" + after));
    for (const json::View batch : page.body().find("data").elements())
      seen.emplace_back(*batch.find("id").as_string());
    if (page.at("/has_more") == "false") break;
    after = page.at("/last_id");
  }
  CHECK(seen == std::vector<std::string>(made.rbegin(), made.rend()));

  CHECK(world.get("/v1/batches?limit=0").at("/error/code") == "integer_below_min_value");
  CHECK(world.get("/v1/batches?limit=101").at("/error/code") == "integer_above_max_value");
  CHECK(world.get("/v1/batches?limit=x").at("/error/code") == "invalid_type");
  CHECK(world.get("/v1/batches?after=batch_none").status == 404);
  const auto past = world.get("/v1/batches?after=" + made.front());
  CHECK(past.at("/first_id") == "null");
  CHECK(past.at("/has_more") == "false");
}

TEST_CASE("only DashScope can be asked for the batches of a file, of a name or of a state") {
  Rehearsal world;
  for (const std::string& base : {std::string(openai), std::string(dashscope)}) {
    const auto first = world.upload(base, some_requests(1)).at("/id");
    const auto second = world.upload(base, some_requests(2)).at("/id");
    world.create(base, first, R"(,"metadata":{"ds_name":"nightly-0001"})");
    const auto wanted = world.create(base, second, R"(,"metadata":{"ds_name":"other"})").at("/id");
    const auto by_file = world.get(base + "/batches?input_file_ids=" + second);
    const bool filters = base == dashscope;
    CHECK(by_file.body().find("data").size() == (filters ? 1 : 2));
    CHECK(by_file.at("/data/0/id") == wanted);
    CHECK(world.get(base + "/batches?input_file_ids=" + first + "," + second).body().find("data").size() == 2);
    CHECK(world.get(base + "/batches?ds_name=nightly").body().find("data").size() == (filters ? 1 : 2));
    CHECK(world.get(base + "/batches?status=completed,failed").body().find("data").size() == (filters ? 0 : 2));
  }
  std::string many = "f";
  for (int i = 0; i < 20; ++i)
    many += ",f";
  CHECK(world.get("/compatible-mode/v1/batches?input_file_ids=" + many).status == 400);
}

TEST_CASE("a batch that is cancelled keeps what was done and says what was not") {
  for (const std::string& base : {std::string(openai), std::string(dashscope)}) {
    CAPTURE(base);
    Rehearsal world;
    world.settings().requests_per_second = 10;
    world.reopen();
    const auto file = world.upload(base, some_requests(10)).at("/id");
    const auto batch = world.create(base, file);
    world.pass(std::chrono::milliseconds(200 + 400));
    const auto cancelling = world.post(path_of(base, batch) + "/cancel");
    CHECK(cancelling.status == 200);
    CHECK(cancelling.at("/status") == "cancelling");
    CHECK(world.post(path_of(base, batch) + "/cancel").at("/status") == "cancelling");
    world.pass(std::chrono::milliseconds(200));
    const auto cancelled = world.get(path_of(base, batch));
    CHECK(cancelled.at("/status") == "cancelled");
    CHECK(cancelled.at("/cancelled_at") != "null");
    CHECK(cancelled.at("/completed_at") == "null");
    CHECK(cancelled.at("/request_counts/completed") == "4");
    CHECK(lines_of(world.output(base, cancelled)).size() == 4);
    const auto undone = lines_of(world.errors(base, cancelled));
    CHECK(undone.size() == (base == openai ? 6 : 0));
    for (const auto& line : undone)
      CHECK(line.find("\"response\":null,\"error\":{\"code\":\"batch_cancelled\"") != std::string::npos);
    CHECK(world.post(path_of(base, batch) + "/cancel").status == 409);
  }
}

TEST_CASE("a batch that is cancelled while it is validated leaves no files") {
  Rehearsal world;
  const auto batch = world.create(openai, world.upload(openai, some_requests(2)).at("/id"));
  CHECK(world.post(path_of(openai, batch) + "/cancel").at("/status") == "cancelling");
  world.pass_until_all_is_done();
  const auto cancelled = world.get(path_of(openai, batch));
  CHECK(cancelled.at("/status") == "cancelled");
  CHECK(cancelled.at("/in_progress_at") == "null");
  CHECK(cancelled.at("/output_file_id") == "null");
  CHECK(cancelled.at("/error_file_id") == "null");
}

TEST_CASE("a batch slower than its window expires with what was done until then") {
  Rehearsal world;
  world.settings().requests_per_second = 1;
  world.settings().validating = std::chrono::seconds(86'400 - 6);
  world.reopen();
  const auto batch = world.create(openai, world.upload(openai, some_requests(10)).at("/id"));
  world.pass(std::chrono::hours(25));
  const auto expired = world.get(path_of(openai, batch));
  CHECK(expired.at("/status") == "expired");
  CHECK(expired.at("/expired_at") == expired.at("/expires_at"));
  CHECK(expired.at("/request_counts/total") == "10");
  CHECK(lines_of(world.output(openai, expired)).size() == 6);
  const auto undone = lines_of(world.errors(openai, expired));
  CHECK(undone.size() == 4);
  CHECK(undone.front().find("\"code\":\"batch_expired\"") != std::string::npos);
}

TEST_CASE("a completed batch all of whose requests failed has no output file") {
  Rehearsal world;
  const auto batch = world.run_batch(
      openai, request_line("a", R"({"model":"m"})") + request_line("b", R"({"model":"m","messages":[]})"));
  CHECK(batch.at("/status") == "completed");
  CHECK(batch.at("/output_file_id") == "null");
  CHECK(batch.at("/request_counts/failed") == "2");
  const auto failed = lines_of(world.errors(openai, batch));
  REQUIRE(failed.size() == 2);
  json::Document document;
  const auto line = document.parse(failed.front());
  CHECK(line->find("error").is_null());
  CHECK(line->at_pointer("/response/status_code").as_int64() == 400);
  CHECK(line->at_pointer("/response/body/error/param").as_string() == "messages");
}

TEST_CASE("the world goes on after a kill: what was made is there, and what was due meanwhile has happened") {
  Rehearsal world;
  const auto file = world.upload(openai, some_requests(5));
  const auto batch = world.create(openai, file.at("/id"), R"(,"metadata":{"k":"v"})");
  world.reopen();
  CHECK(world.get("/v1/files/" + file.at("/id")).text == world.get("/v1/files/" + file.at("/id")).text);
  CHECK(world.get("/v1/files/" + file.at("/id")).at("/bytes") == file.at("/bytes"));
  CHECK(world.get(path_of(openai, batch)).at("/status") == "validating");
  world.pass_until_all_is_done();
  world.reopen();
  const auto completed = world.get(path_of(openai, batch));
  CHECK(completed.at("/status") == "completed");
  CHECK(completed.at("/metadata/k") == "v");
  const auto output = world.output(openai, completed);
  CHECK(lines_of(output).size() == 5);
  world.reopen();
  CHECK(world.output(openai, world.get(path_of(openai, batch))) == output);
  CHECK(world.upload(openai, "x").at("/id") != file.at("/id"));
}

TEST_CASE("a number is given once: what is made after a kill does not take the name of results to come") {
  for (const std::string& base : {std::string(openai), std::string(dashscope)}) {
    Rehearsal world;
    const auto batch = world.create(
        base, world.upload(base, some_requests(1) + request_line("bad", R"({"model":"qwen-plus"})")).at("/id"));
    world.reopen();
    std::vector<std::string> uploaded;
    for (int i = 0; i < 3; ++i)
      uploaded.push_back(world.upload(base, "upload " + std::to_string(i)).at("/id"));
    world.pass_until_all_is_done();
    CHECK(lines_of(world.output(base, world.get(path_of(base, batch)))).size() >= 1);
    for (std::size_t i = 0; i < uploaded.size(); ++i)
      CHECK(world.get(base + "/files/" + uploaded[i] + "/content").text == "upload " + std::to_string(i));
  }
}
