// The whole room over real sockets with TLS: what rehearsals in one process cannot show.

#include "ground/base/hash.hpp"
#include "ground/http/server.hpp"
#include "ground/http/socket_transport.hpp"
#include "http/certificates.hpp"
#include "provider/rehearsal.hpp"

using namespace batchd;
using test::Certificate;
using test::failure_of;
using test::secret;

namespace {

// The provider's world, as small as can be: one file up, one batch, one result file. Resets are asked for by name.
class Remote final : public http::Handler {
 public:
  std::vector<std::string> lines;    // the requests that were answered
  std::vector<std::string> uploads;  // their bodies
  int resets_in_upload = 0;          // so many uploads are cut in their middle
  int resets_in_download = 0;
  std::string results;
  int refuse_with = 0;  // instead of every answer
  std::string refusal;

  http::BodyPlan plan_body(const http::ServerRequest& head) override {
    http::BodyPlan plan;
    if (head.method == http::Method::post && head.path == "/v1/files" && resets_in_upload > 0) {
      --resets_in_upload;
      plan.reset_after_bytes = 1'000'000;
    }
    return plan;
  }

  async::Task<http::ServerResponse> handle(http::ServerRequest request) override {
    const std::string line = std::string(name_of(request.method)) + " " + request.target;
    lines.push_back(line);
    http::ServerResponse response;
    response.headers.set("Content-Type", "application/json");
    if (refuse_with != 0) {
      response.status = refuse_with;
      response.body = refusal;
    } else if (request.headers.find("Authorization") != "Bearer " + std::string(secret)) {
      response.status = 401;
    } else if (line == "POST /v1/files") {
      uploads.push_back(request.body_text(64 << 20).value());
      response.body = R"({"id":"file-in","object":"file","status":"processed"})";
    } else if (line == "GET /v1/files/file-out/content") {
      response.headers.set("Content-Type", "application/octet-stream");
      response.body = results;
      if (resets_in_download > 0) {
        --resets_in_download;
        response.cut_after_body_bytes = results.size() / 2;
      }
    } else if (line == "DELETE /v1/files/file-in") {
      response.body = R"({"id":"file-in","deleted":true})";
    } else if (request.method == http::Method::get && request.path == "/v1/batches") {
      response.body = R"({"object":"list","data":[)" + batch("in_progress") + R"(],"has_more":false})";
    } else if (line == "POST /v1/batches") {
      response.body = batch("validating");
    } else if (line == "GET /v1/batches/batch_1") {
      response.body = batch("completed");
    } else if (line == "POST /v1/batches/batch_1/cancel") {
      response.body = batch("cancelling");
    } else {
      response.status = 404;
    }
    co_return response;
  }

 private:
  static std::string batch(const std::string& status) {
    return R"({"id":"batch_1","object":"batch","status":")" + status +
           R"(","input_file_id":"file-in","output_file_id":"file-out","created_at":1795435200,)"
           R"("request_counts":{"total":1,"completed":1,"failed":0},)"
           R"("metadata":{"batchd_run":"01jabc","batchd_shard":"3","batchd_submission":"1"}})";
  }
};

struct World {
  World() {
    const auto authority = Certificate::authority("The test's authority");
    const auto certificate = Certificate::issued_by(authority, "DNS:localhost");
    authority.write_certificate(keys / "ca.pem");
    certificate.write_certificate(keys / "cert.pem");
    certificate.write_key(keys / "key.pem");
    port = server.listen_tls("127.0.0.1", 0, keys / "cert.pem", keys / "key.pem").value();
    ::setenv(test::key_variable, std::string(secret).c_str(), 1);
    spec.name = "acme";
    spec.base_url = "https://localhost:" + std::to_string(port) + "/v1";
    spec.api_key_env = test::key_variable;
    connect();
  }
  ~World() { CHECK_FALSE(log.has(secret)); }

  void connect() {
    provider.reset();
    transport = std::make_unique<http::SocketTransport>(loop, http::SocketTransportOptions{.ca_file = keys / "ca.pem"});
    provider = provider::make_provider(spec, {loop, *transport, log, random, test::read_variable});
  }
  auto poll() { return loop.run(provider->poll("batch_1", stop)); }
  auto upload(const Path& file) {
    provider::UploadRequest request;
    request.file = file;
    request.filename = "batchd-01jabc-0003.jsonl";
    return loop.run(provider->upload(std::move(request), stop));
  }

  test::TemporaryFolder keys;
  test::TemporaryFolder spool;
  test::TemporaryFolder folder;
  async::Loop loop;
  Random random{7};
  RecordingLog log;
  Remote remote;
  http::Server server{loop, remote, log, http::ServerOptions{.spool_folder = spool.path()}};
  std::uint16_t port = 0;
  model::ProviderSpec spec;
  std::unique_ptr<http::SocketTransport> transport;
  std::unique_ptr<provider::Provider> provider;
  async::StopToken stop;
};

std::string rows(std::size_t bytes) {
  std::string text;
  for (int i = 0; text.size() < bytes; ++i)
    text += "{\"custom_id\":\"row-" + std::to_string(i) + "\"}\n";
  return text;
}

}  // namespace

TEST_CASE("over TLS a batch goes its whole way, though its upload and its download are torn once") {
  World world;
  const std::string input = rows(5'000'000);
  world.remote.results = rows(3'000'000);
  world.remote.resets_in_upload = 1;
  world.remote.resets_in_download = 1;

  const auto uploaded = world.upload(world.folder.write("shard.jsonl", input));
  REQUIRE(uploaded.ok());
  CHECK(uploaded->file_id == "file-in");
  CHECK(uploaded->server_time.has_value());
  REQUIRE(world.remote.uploads.size() == 1);  // the torn one never became a request
  CHECK(world.remote.uploads[0].find("\r\n\r\n" + input + "\r\n--") != std::string::npos);

  provider::CreateRequest create;
  create.input_file_id = uploaded->file_id;
  create.endpoint = "/v1/chat/completions";
  create.completion_window = "24h";
  const auto created = world.loop.run(world.provider->create(create, world.stop));
  REQUIRE(created.ok());
  CHECK(created->id == "batch_1");

  provider::FindRequest lost;
  lost.input_file_id = "file-in";
  lost.run = "01jabc";
  lost.shard = 3;
  lost.since = from_unix_seconds(1'795'430'000);
  const auto found = world.loop.run(world.provider->find(lost, world.stop));
  REQUIRE(found.ok());
  REQUIRE(found->found.size() == 1);
  CHECK(found->found.front().id == "batch_1");

  const auto polled = world.poll();
  REQUIRE(polled.ok());
  CHECK(polled->state == model::BatchState::completed);

  const auto fetched = world.loop.run(world.provider->fetch("file-out", world.folder / "out.jsonl", world.stop));
  REQUIRE(fetched.ok());
  CHECK(fetched->bytes == world.remote.results.size());
  CHECK(fetched->sha256 == sha256_hex(world.remote.results));
  CHECK(world.folder.read("out.jsonl") == world.remote.results);
  CHECK(world.folder.count() == 2);  // the shard and the result: no half file

  const auto cancelled = world.loop.run(world.provider->cancel("batch_1", world.stop));
  REQUIRE(cancelled.ok());
  CHECK(cancelled->state == model::BatchState::cancelling);
  CHECK(world.loop.run(world.provider->remove("file-in", world.stop)).ok());

  CHECK(world.remote.lines == std::vector<std::string>{"POST /v1/files", "POST /v1/batches",
                                                       "GET /v1/batches?limit=100", "GET /v1/batches/batch_1",
                                                       "GET /v1/files/file-out/content",
                                                       "GET /v1/files/file-out/content",
                                                       "POST /v1/batches/batch_1/cancel", "DELETE /v1/files/file-in"});
  CHECK(world.spool.count() == 0);
  CHECK(world.log.has("a call to the provider is repeated"));
}

TEST_CASE("over TLS a download that is torn every time leaves nothing, and an older result stays") {
  World world;
  world.spec.http.attempts = 2;
  world.connect();
  world.remote.results = rows(300'000);
  world.remote.resets_in_download = 100;
  world.folder.write("out.jsonl", "old");
  const auto error =
      failure_of(world.loop.run(world.provider->fetch("file-out", world.folder / "out.jsonl", world.stop)));
  CHECK(error.kind == ErrorKind::network);
  CHECK(error.message.find("closed the connection within its answer after ") != std::string::npos);
  CHECK(world.folder.read("out.jsonl") == "old");
  CHECK(world.folder.count() == 1);
}

TEST_CASE("whom we cannot reach is said with where and why, and without the key") {
  World world;
  world.spec.http.attempts = 1;
  const auto at = [&](const std::string& base_url) {
    world.spec.base_url = base_url;
    world.connect();
    return failure_of(world.poll());
  };
  const auto no_address = at("https://no-such-host.invalid/v1");
  CHECK(no_address.kind == ErrorKind::network);
  CHECK(no_address.message.starts_with(
      "acme did not tell the state of batch_1: cannot find the address of no-such-host.invalid ("));
  CHECK(no_address.hint.find("base_url") != std::string::npos);

  std::uint16_t free_port = 0;
  {
    test::TemporaryFolder other;
    http::Server gone(world.loop, world.remote, world.log, http::ServerOptions{.spool_folder = other.path()});
    free_port = gone.listen_tcp("127.0.0.1", 0).value();
    gone.stop();
    world.loop.run(gone.drained());
  }
  const auto refused = at("https://127.0.0.1:" + std::to_string(free_port) + "/v1");
  CHECK(refused.kind == ErrorKind::network);
  CHECK(refused.nothing_sent);
  CHECK(refused.message == "acme did not tell the state of batch_1: nothing listens at 127.0.0.1:" +
                               std::to_string(free_port) + " (connection refused)");

  const auto other_name = at("https://127.0.0.1:" + std::to_string(world.port) + "/v1");
  CHECK(other_name.kind == ErrorKind::network);
  CHECK(other_name.nothing_sent);
  CHECK(other_name.message.find("is not for \"127.0.0.1\" but for localhost") != std::string::npos);
  CHECK(world.remote.lines.empty());

  const auto plain = at("http://localhost:" + std::to_string(world.port) + "/v1");
  CHECK(plain.hint.find("https://") != std::string::npos);
}

TEST_CASE("over TLS a refused key is a person's matter, and is not in the sentence though the server repeats it") {
  World world;
  world.remote.refuse_with = 401;
  world.remote.refusal =
      R"({"error":{"code":"invalid_api_key","message":"Incorrect API key: )" + std::string(secret) + R"("}})";
  const auto error = failure_of(world.poll());
  CHECK(error.kind == ErrorKind::denied);
  CHECK(error.code == "invalid_api_key");
  CHECK(error.message.find("[key]") != std::string::npos);
  CHECK(world.remote.lines.size() == 1);  // asking again would not help
}
