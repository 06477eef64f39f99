#include "line/provider/dialect.hpp"

#include <doctest/doctest.h>

#include "ground/json/document.hpp"

using namespace batchd;
using namespace batchd::provider;
using model::Profile;

namespace {

std::unique_ptr<Dialect> dialect(Profile profile) {
  model::ProviderSpec spec;
  spec.profile = profile;
  spec.base_url = "https://api.acme.test/compatible-mode/v1";
  return make_dialect(spec);
}

CreateRequest request(std::string job = "ticket_summaries") {
  CreateRequest made;
  made.input_file_id = "file-1";
  made.endpoint = "/v1/chat/completions";
  made.completion_window = "48h";
  made.metadata = {
      {"batchd_job", std::move(job)}, {"batchd_run", "01jabc"}, {"batchd_shard", "12"}, {"batchd_submission", "2"}};
  return made;
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text)
    count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

}  // namespace

TEST_CASE("DashScope's console shows a name and a description, ours stays whole beside them") {
  const auto sent = dialect(Profile::dashscope)->metadata(request());
  CHECK(sent.at("ds_name") == "ticket_summaries-0012");
  CHECK(sent.at("ds_description") == "batchd run 01jabc, shard 12, submission 2");
  CHECK(sent.at("batchd_run") == "01jabc");
  CHECK(sent.size() == 6);
}

TEST_CASE("DashScope's limits are counted in characters, and a name never ends in half of one") {
  std::string job;
  for (int i = 0; i < 150; ++i)
    job += "票";
  auto made = request(job);
  made.metadata["batchd_run"] = std::string(500, 'r');
  const auto sent = dialect(Profile::dashscope)->metadata(made);
  CHECK(characters(sent.at("ds_name")) == 100);
  CHECK(sent.at("ds_name").ends_with("票-0012"));
  CHECK(sent.at("ds_name").size() == 95 * 3 + 5);
  CHECK(characters(sent.at("ds_description")) == 200);
  CHECK(sent.at("batchd_job") == job);  // other keys have no limit
}

TEST_CASE("a name the caller gives is kept") {
  auto made = request();
  made.metadata["ds_name"] = "mine";
  CHECK(dialect(Profile::dashscope)->metadata(made).at("ds_name") == "mine");
}

TEST_CASE("OpenAI's metadata limits never cost the keys a lost batch is found by") {
  auto made = request(std::string(600, 'j'));
  for (int i = 0; i < 20; ++i)
    made.metadata["a" + std::to_string(i)] = "x";
  made.metadata["a" + std::string(80, 'k')] = "y";
  const auto sent = dialect(Profile::openai)->metadata(made);
  CHECK(sent.size() == 16);
  CHECK(sent.at("batchd_job").size() == 512);
  CHECK(sent.at("batchd_run") == "01jabc");
  CHECK(sent.at("batchd_shard") == "12");
  CHECK(sent.at("batchd_submission") == "2");
  for (const auto& [key, value] : sent)
    CHECK(key.size() <= 64);
}

TEST_CASE("a create body is JSON whatever the values hold, and an empty window is not sent") {
  auto made = request("a \"quoted\"\njob");
  made.completion_window.clear();
  const auto message = dialect(Profile::openai_compatible)->create(made);
  CHECK(message.url == "https://api.acme.test/compatible-mode/v1/batches");
  json::Document document;
  const auto& body = std::get<std::string>(message.body);
  const auto root = document.parse(body);
  REQUIRE(root.ok());
  CHECK(root->at_pointer("/metadata/batchd_job").as_string() == "a \"quoted\"\njob");
  CHECK_FALSE(root->find("completion_window"));
}

TEST_CASE("only DashScope is asked by file") {
  const ListQuery query{"batch/1", {"file/1", "file-2"}};
  CHECK(dialect(Profile::dashscope)->list(query).url ==
        "https://api.acme.test/compatible-mode/v1/batches?limit=100&after=batch%2F1&input_file_ids=file%2F1%2Cfile-2");
  CHECK(dialect(Profile::openai)->list(query).url ==
        "https://api.acme.test/compatible-mode/v1/batches?limit=100&after=batch%2F1");
}

TEST_CASE("no dialect puts a key into a message") {
  const auto any = dialect(Profile::dashscope);
  for (const auto& message : {any->upload("f", "n"), any->create(request()), any->list({}), any->poll("b"),
                              any->cancel("b"), any->remove("f"), any->content("f").value()})
    CHECK_FALSE(message.headers.has("Authorization"));
}
