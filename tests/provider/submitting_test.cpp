// Upload and create through the whole room, against a scripted remote.

#include "provider/rehearsal.hpp"

using namespace batchd;
using namespace std::chrono_literals;
using test::failure_of;
using test::Rehearsal;

namespace {

const std::string file_answer =
    R"({"id":"file-7c1e","object":"file","bytes":12,"created_at":1790000000,"filename":"s.jsonl","purpose":"batch",)"
    R"("status":"processed","status_details":null})";
const std::string batch_answer =
    R"({"id":"batch_1","object":"batch","endpoint":"/v1/chat/completions","errors":null,"input_file_id":"file-7c1e",)"
    R"("completion_window":"24h","status":"validating","output_file_id":null,"error_file_id":null,)"
    R"("created_at":1795435200,"expires_at":null,"request_counts":{"total":0,"completed":0,"failed":0},)"
    R"("metadata":{"batchd_run":"01jabc","batchd_shard":"3"}})";

provider::UploadRequest shard_file(Rehearsal& world) {
  provider::UploadRequest request;
  request.file = world.folder.write("shard", "{\"a\":1}\n{}\n\n");
  request.filename = "batchd-01jabc-0003.jsonl";
  return request;
}

}  // namespace

TEST_CASE("an upload sends purpose, then the file, with a known length, and keeps the server's time") {
  Rehearsal world;
  world.remote.then(200, file_answer);
  auto request = shard_file(world);
  std::vector<std::uint64_t> heard;
  request.on_progress = [&](std::uint64_t sent) { heard.push_back(sent); };
  const auto answer = world.upload(request);
  REQUIRE(answer.ok());
  CHECK(answer->file_id == "file-7c1e");
  CHECK(answer->server_time == test::noon);

  REQUIRE(world.remote.calls.size() == 1);
  const auto& call = world.remote.calls[0];
  CHECK(call.line == "POST /v1/files");
  CHECK(call.headers.find("Content-Length") == std::to_string(call.body.size()));
  CHECK(call.headers.find("Content-Type")->starts_with("multipart/form-data; boundary="));
  CHECK(call.headers.find("Authorization") == "Bearer " + std::string(test::secret));
  const auto purpose = call.body.find("name=\"purpose\"\r\n\r\nbatch\r\n");
  const auto file = call.body.find("name=\"file\"; filename=\"batchd-01jabc-0003.jsonl\"");
  REQUIRE(purpose != std::string::npos);
  REQUIRE(file != std::string::npos);
  CHECK(purpose < file);
  CHECK(call.body.find("{\"a\":1}\n{}\n\n") != std::string::npos);
  REQUIRE_FALSE(heard.empty());
  CHECK(heard.back() == 12);  // of the file, not of the form around it
}

TEST_CASE("an upload is repeated: an orphan file costs nothing") {
  Rehearsal world;
  world.remote.then(200, file_answer);
  world.fault_at(0, {.lose_answer = true});
  REQUIRE(world.upload(shard_file(world)).ok());
  CHECK(world.remote.calls.size() == 2);
  CHECK(world.log.has("call=upload"));
}

TEST_CASE("a server that takes an upload and never answers is told of after a minute, not after a quarter of an hour") {
  Rehearsal world;
  world.remote.then(200, file_answer);
  world.transport.set_faults([](const http::Request&) { return http::Fault{.delay_before = 24h}; });
  const auto error = failure_of(world.upload(shard_file(world)));
  CHECK(error.kind == ErrorKind::network);
  CHECK(error.message.find("not a byte from or to api.acme.test") != std::string::npos);
  CHECK(world.clock.now() - test::noon <= 61s);
}

TEST_CASE("a shard file that is missing is a local fault, not a 404") {
  Rehearsal world;
  provider::UploadRequest request;
  request.file = world.folder / "gone";
  const auto error = failure_of(world.upload(request));
  CHECK(error.kind == ErrorKind::io);
  CHECK(world.remote.calls.empty());
}

TEST_CASE("an upload without a Files API at that address says so") {
  for (const int status : {404, 405, 501}) {
    Rehearsal world;
    world.remote.then(status, R"({"detail":"Not Found"})");
    const auto error = failure_of(world.upload(shard_file(world)));
    CHECK(error.kind == ErrorKind::not_found);
    CHECK(error.hint.find("https://api.acme.test/v1") != std::string::npos);
  }
}

TEST_CASE("a file the provider took in and found faulty is refused with its reason") {
  Rehearsal world;
  world.remote.then(200, R"({"id":"file-1","status":"error","status_details":"no lines"})");
  const auto error = failure_of(world.upload(shard_file(world)));
  CHECK(error.kind == ErrorKind::rejected);
  CHECK(error.message.find("no lines") != std::string::npos);
}

TEST_CASE("a create sends what it was told and reads the batch") {
  Rehearsal world;
  world.remote.then(200, batch_answer);
  const auto batch = world.create();
  REQUIRE(batch.ok());
  CHECK(batch->id == "batch_1");
  CHECK(batch->state == model::BatchState::validating);
  CHECK(batch->created_at == test::noon);
  REQUIRE(world.remote.calls.size() == 1);
  CHECK(world.remote.calls[0].line == "POST /v1/batches");
  CHECK(world.remote.calls[0].headers.find("Content-Type") == "application/json");
  CHECK(world.remote.calls[0].body ==
        R"({"input_file_id":"file-7c1e","endpoint":"/v1/chat/completions","completion_window":"24h",)"
        R"("metadata":{"batchd_job":"nightly","batchd_run":"01jabc","batchd_shard":"3","batchd_submission":"1"}})");
}

TEST_CASE("a create is sent once, and a lost answer is unknown") {
  for (const auto& fault : {http::Fault{.reset_before_handler = true}, http::Fault{.lose_answer = true},
                            http::Fault{.delay_after = 10min}, http::Fault{.cut_answer_after_bytes = 20}}) {
    Rehearsal world;
    world.remote.then(200, batch_answer);
    world.fault_at(0, fault);
    const auto error = failure_of(world.create());
    CHECK(error.kind == ErrorKind::unknown);
    CHECK(error.hint.find("does not send it again") != std::string::npos);
    CHECK(world.transport.calls() == 1);
  }
}

TEST_CASE("a create that meets an overloaded server is unknown and not repeated") {
  for (const int status : {408, 409, 500, 502, 503, 504}) {
    Rehearsal world;
    world.remote.then(status, R"({"error":{"message":"busy","code":"InternalError"}})").headers.set("Retry-After", "1");
    CAPTURE(status);
    CHECK(failure_of(world.create()).kind == ErrorKind::unknown);
    CHECK(world.remote.calls.size() == 1);
  }
}

TEST_CASE("a create that is answered with a success nobody can read is unknown") {
  for (const std::string body : {"", "<html>hello</html>", "{}", "[]", "{\"id\":null}", "{\"id\":\"batch_1\""}) {
    Rehearsal world;
    world.remote.then(200, body);
    CAPTURE(body);
    CHECK(failure_of(world.create()).kind == ErrorKind::unknown);
    CHECK(world.remote.calls.size() == 1);
  }
}

TEST_CASE("a create whose connection was refused was certainly not sent") {
  Rehearsal world;
  world.fault_at(0, {.refuse = true});
  const auto error = failure_of(world.create());
  CHECK(error.kind == ErrorKind::network);
  CHECK(error.nothing_sent);
  CHECK(world.remote.calls.empty());
}

TEST_CASE("a create that is refused did not happen, and is not repeated") {
  Rehearsal world;
  world.remote.then(429, R"({"error":{"message":"Requests rate limit exceeded","code":"limit_requests"}})")
      .headers.set("Retry-After", "7");
  const auto error = failure_of(world.create());
  CHECK(error.kind == ErrorKind::throttled);
  CHECK(error.retry_after_ms == 7'000);
  CHECK(world.remote.calls.size() == 1);
}

TEST_CASE("without a key nothing is sent, and the variable is named") {
  Rehearsal world;
  ::unsetenv(test::key_variable);
  const auto error = failure_of(world.create());
  CHECK(error.kind == ErrorKind::denied);
  CHECK(error.nothing_sent);
  CHECK(error.text().find(test::key_variable) != std::string::npos);
  CHECK(world.transport.calls() == 0);
}

TEST_CASE("a rotated key file is read again") {
  Rehearsal world;
  world.spec.api_key_file = world.folder.write("key", "sk-first\n");
  world.connect();
  world.remote.then(200, batch_answer);
  REQUIRE(world.poll().ok());
  REQUIRE(write_file_atomically(world.spec.api_key_file, "  sk-second-key \n").ok());
  REQUIRE(world.poll().ok());
  CHECK(world.remote.calls[0].headers.find("Authorization") == "Bearer sk-first");
  CHECK(world.remote.calls[1].headers.find("Authorization") == "Bearer sk-second-key");
}

TEST_CASE("the simulator wants no key, and a server without one gets no header") {
  Rehearsal world;
  world.remote.then(200, batch_answer);
  world.spec.api_key_env.clear();
  world.connect();
  REQUIRE(world.poll().ok());
  CHECK_FALSE(world.remote.calls[0].headers.has("Authorization"));
  world.spec.simulated = true;
  world.connect();
  REQUIRE(world.poll().ok());
  CHECK(world.remote.calls[1].headers.find("Authorization") == "Bearer simulated");
}

TEST_CASE("a server that repeats the key it refuses does not get it into our sentences") {
  const std::string key(test::secret);
  const std::string words = std::string(590, 'x') + key;  // half of it would remain if it were shortened first
  for (const std::string& body :
       {R"({"error":{"message":"Incorrect API key provided: )" + key + R"(","code":")" + key + "\"}}", key,
        "\"" + words + "\"", R"({"code":"x","message":"y","request_id":")" + key + "\"}"}) {
    Rehearsal world;
    world.remote.then(401, body).headers.set("x-request-id", key);
    const auto error = failure_of(world.create());
    CHECK(error.kind == ErrorKind::denied);
    CHECK(error.text().find("sk-9f") == std::string::npos);
    CHECK(error.hint.find(test::key_variable) != std::string::npos);
    CHECK(error.hint.find("api.acme.test") != std::string::npos);
  }
}

TEST_CASE("a batch that was made stands in the log with its run, shard, submission and the provider's request id") {
  Rehearsal world;
  world.remote.then(200, batch_answer).headers.set("x-request-id", "req_77");
  provider::CreateRequest request;
  request.input_file_id = "file-7c1e";
  request.endpoint = "/v1/chat/completions";
  request.completion_window = "24h";
  request.metadata = {{"batchd_run", "01jabc"}, {"batchd_shard", "3"}, {"batchd_submission", "2"}};
  REQUIRE(world.loop.run(world.provider->create(request, world.stop)).ok());
  CHECK(world.log.has("run=01jabc shard=3 submission=2 batch=batch_1 request_id=req_77"));
  CHECK(world.log.has("call=create about=file-7c1e status=200 request_id=req_77"));
}
