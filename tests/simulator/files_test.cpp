#include <doctest/doctest.h>

#include "simulator/rehearsal.hpp"

using namespace batchd;
using namespace batchd::simulator;

TEST_CASE("a call without a key is answered 401, whatever it asks") {
  Rehearsal world;
  for (const std::string path : {"/v1/files", "/v1/batches", "/v1/models", "/compatible-mode/v1/files/x"}) {
    http::Request request;
    request.url = "http://world.invalid" + path;
    const auto refused = world.send(request);
    CHECK(refused.status == 401);
    CHECK(refused.at("/error/type") == "invalid_request_error");
    request.headers.set("Authorization", "Basic abc");
    CHECK(world.send(request).status == 401);
    request.headers.set("Authorization", "Bearer ");
    CHECK(world.send(request).status == 401);
  }
}

TEST_CASE("what is not there is answered 404 in the provider's words") {
  Rehearsal world;
  CHECK(world.get("/v1/files/file-none").at("/error/message") == "No such File object: file-none");
  CHECK(world.get("/v1/files/file-none/content").status == 404);
  CHECK(world.call(http::Method::delete_, "/v1/files/file-none").status == 404);
  CHECK(world.get("/v1/batches/batch_none").at("/error/message") == "No batch found with id 'batch_none'.");
  CHECK(world.post("/v1/batches/batch_none/cancel").status == 404);
  CHECK(world.get("/v1/nothing").at("/error/message") == "Invalid URL (GET /v1/nothing)");
  CHECK(world.get("/elsewhere").status == 404);
  CHECK(world.get("/v1").status == 404);
  CHECK(world.get("/v1/models/none").at("/error/code") == "model_not_found");
  CHECK(world.get("/v1/models").body().find("data").size() > 0);
}

TEST_CASE("every answer tells the world's time") {
  Rehearsal world;
  CHECK(world.get("/v1/batches").headers.find("Date") == "Mon, 21 Sep 2026 14:13:20 GMT");
  world.pass(std::chrono::seconds(1));
  CHECK(world.get("/v1/files/x").headers.find("Date") == "Mon, 21 Sep 2026 14:13:21 GMT");
}

TEST_CASE("an upload is refused for its form, never for its lines") {
  Rehearsal world;
  CHECK(world.upload(openai, "not json\n").status == 200);
  CHECK(world.upload(openai, "").status == 200);
  CHECK(world.upload(openai, "{}", "input.json").at("/error/message") ==
        "Invalid file format for Batch API. Must be .jsonl");
  CHECK(world.upload(openai, "{}", "input.json", "user_data").status == 200);
  CHECK(world.upload(openai, "{}", "input.jsonl", "nonsense").at("/error/param") == "purpose");
  CHECK(world.upload(dashscope, "{}", "input.jsonl", "user_data").status == 400);
  CHECK(world.post("/v1/files", "{}").status == 400);
}

TEST_CASE("a file comes back byte for byte, also one too large for memory") {
  Rehearsal world;
  std::string large;
  for (int i = 0; large.size() < 3'000'000; ++i)
    large += "line " + std::to_string(i) + " \xF0\x9F\x8C\xB7\n";
  for (const std::string& content : {std::string("a\nb"), std::string(), large}) {
    const auto file = world.upload(openai, content);
    CHECK(file.at("/bytes") == std::to_string(content.size()));
    const auto back = world.get("/v1/files/" + file.at("/id") + "/content");
    CHECK(back.status == 200);
    CHECK(back.text == content);
  }
}

TEST_CASE("files are listed newest first, by purpose, page by page; deleted ones are gone") {
  Rehearsal world;
  std::vector<std::string> made;
  for (int i = 0; i < 5; ++i) {
    made.push_back(world.upload(openai, std::to_string(i)).at("/id"));
    world.pass(std::chrono::seconds(1));
  }
  (void)world.upload(openai, "x", "x.txt", "user_data");
  const auto first = world.get("/v1/files?purpose=batch&limit=2");
  CHECK(first.at("/data/0/id") == made[4]);
  CHECK(first.at("/last_id") == made[3]);
  CHECK(first.at("/has_more") == "true");
  const auto rest = world.get("/v1/files?purpose=batch&after=" + made[3]);
  CHECK(rest.body().find("data").size() == 3);
  CHECK(rest.at("/has_more") == "false");
  CHECK(world.get("/v1/files?order=asc&limit=1").at("/data/0/id") == made[0]);
  CHECK(world.get("/v1/files?after=file-none").status == 404);
  CHECK(world.get("/v1/files?limit=10001").status == 400);
  CHECK(world.get("/compatible-mode/v1/files?limit=2001").status == 400);

  const auto deleted = world.call(http::Method::delete_, "/v1/files/" + made[2]);
  CHECK(deleted.text == R"({"id":")" + made[2] + R"(","object":"file","deleted":true})");
  CHECK(world.get("/v1/files/" + made[2]).status == 404);
  CHECK(world.get("/v1/files?purpose=batch").body().find("data").size() == 4);
  world.reopen();
  CHECK(world.get("/v1/files/" + made[2] + "/content").status == 404);
  CHECK(world.get("/v1/files").body().find("data").size() == 5);
}

TEST_CASE("result files are files: listed, told of, deleted") {
  Rehearsal world;
  const auto batch = world.run_batch(openai, some_requests(2));
  const auto id = batch.at("/output_file_id");
  const auto file = world.get("/v1/files/" + id);
  CHECK(file.at("/purpose") == "batch_output");
  CHECK(file.at("/filename") == batch.at("/id") + "_output.jsonl");
  CHECK(file.at("/bytes") == std::to_string(world.output(openai, batch).size()));
  CHECK(world.get("/v1/files?purpose=batch_output").at("/data/0/id") == id);
  CHECK(world.call(http::Method::delete_, "/v1/files/" + id).status == 200);
  CHECK(world.get("/v1/files/" + id + "/content").status == 404);
}

TEST_CASE("a batch whose input was deleted before it was looked at fails and says so") {
  Rehearsal world;
  const auto file = world.upload(openai, some_requests(1)).at("/id");
  const auto batch = world.create(openai, file).at("/id");
  (void)world.call(http::Method::delete_, "/v1/files/" + file);
  world.pass_until_all_is_done();
  const auto failed = world.get("/v1/batches/" + batch);
  CHECK(failed.at("/status") == "failed");
  CHECK(failed.at("/errors/data/0/code") == "file_not_found");
}
