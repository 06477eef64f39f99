#include <algorithm>
#include <functional>

#include <sys/stat.h>
#include <unistd.h>

#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

model::JobSpec some_job() {
  model::JobSpec job;
  job.provider = "openai";
  job.endpoint = "/v1/chat/completions";
  job.request = R"({"model": "m", "temperature": 0.2, "messages": [{"role": "user", "content": "{{text}}"}]})";
  job.output.schema = model::SchemaText{"/a/answer.json", R"({"type": "object", "required": ["a"]})"};
  return job;
}

std::string key_of(const model::JobSpec& job, std::uint64_t content = 1) {
  model::InputFile input;
  input.hash.low = content;
  return default_key(job, {input});
}

}  // namespace

TEST_CASE("white space, the order of keys and the spelling of escapes do not change what is asked") {
  const auto job = some_job();
  auto same = job;
  same.request =
      "{\"messages\":[{\"content\":\"{{t\\u0065xt}}\",\"role\":\"user\"}],\n\t\"temperature\":0.2,\"model\":\"m\"}";
  same.output.schema->text = R"({"required":["a"],"type":"object"})";
  CHECK(ask_hash(same) == ask_hash(job));
  CHECK(key_of(same) == key_of(job));
  CHECK(prompt_sha(same) == prompt_sha(job));
}

TEST_CASE("each part of what is asked of whom makes another key") {
  const auto job = some_job();
  const std::vector<std::function<void(model::JobSpec&)>> edits = {
      [](auto& edited) { edited.provider = "dashscope-intl"; },
      [](auto& edited) { edited.endpoint = "/v1/embeddings"; },
      [](auto& edited) { edited.request.replace(edited.request.find("0.2"), 3, "0.3"); },
      [](auto& edited) { edited.request.replace(edited.request.find("{{text}}"), 8, "{{title}}"); },
      [](auto& edited) { edited.output.schema->text = R"({"type":"object","required":["b"]})"; },
      [](auto& edited) { edited.output.schema.reset(); },
      [](auto& edited) { edited.output.take = model::Take::body; },
      [](auto& edited) { edited.output.take = model::Take::embedding; },
      [](auto& edited) { edited.output.take = model::Take::tool_arguments; },
  };
  std::vector<std::string> seen = {ask_hash(job)};
  for (const auto& edit : edits) {
    auto edited = job;
    edit(edited);
    const auto hash = ask_hash(edited);
    CHECK(hash.size() == 32);
    CHECK(std::find(seen.begin(), seen.end(), hash) == seen.end());
    CHECK(key_of(edited) != key_of(job));
    seen.push_back(hash);
  }
}

TEST_CASE("the order of a list is part of what is asked") {
  auto job = some_job();
  job.request = R"({"stop":["a","b"]})";
  auto other = job;
  other.request = R"({"stop":["b","a"]})";
  CHECK(ask_hash(job) != ask_hash(other));
}

TEST_CASE("other rows and --limit make another key, but ask the same") {
  const auto job = some_job();
  auto limited = job;
  limited.input.limit = 10;
  auto more = job;
  more.input.limit = 11;
  CHECK(key_of(job, 1) != key_of(job, 2));
  CHECK(key_of(limited) != key_of(job));
  CHECK(key_of(limited) != key_of(more));
  CHECK(ask_hash(limited) == ask_hash(job));
  CHECK(key_of(job).size() == 32);
}

TEST_CASE("another sample, seed or way to read the rows makes another key") {
  const std::vector<std::function<void(model::InputSpec&)>> edits = {
      [](auto&) {},
      [](auto& input) { input.sample = model::Sample{10, 1}; },
      [](auto& input) { input.sample = model::Sample{11, 1}; },
      [](auto& input) { input.sample = model::Sample{10, 2}; },
      [](auto& input) { input.limit = 10; },
      [](auto& input) { input.format = model::InputFormat::csv; },
      [](auto& input) { input.format = model::InputFormat::requests; },
      [](auto& input) { input.row_pointer = "/input"; },
  };
  std::vector<std::string> seen;
  for (const auto& edit : edits) {
    auto job = some_job();
    edit(job.input);
    CHECK(std::find(seen.begin(), seen.end(), key_of(job)) == seen.end());
    seen.push_back(key_of(job));
  }
}

TEST_CASE("what may be edited while a run goes on is no part of the key") {
  const auto job = some_job();
  auto edited = job;
  edited.name = "renamed";
  edited.description = "other words";
  edited.batch.max_requests = 7;
  edited.min_success = 0.5;
  edited.labels["team"] = "x";
  edited.recover.attempts = 4;
  edited.reuse = true;
  edited.schedule = model::ScheduleSpec{"0 1 * * *"};
  edited.output.schema->path = "/elsewhere.json";
  edited.output.include = {"subject"};
  CHECK(key_of(edited) == key_of(job));
}

TEST_CASE("the prompt's sha is the SHA-256 of the canonical request") {
  model::JobSpec job;
  job.request = R"({ "model" : "m" })";
  CHECK(prompt_sha(job) == sha256_hex(R"({"model":"m"})"));
}

TEST_CASE("an input is known by its content's hash and by what the file system says of it") {
  Fixture fixture;
  fixture.write_input("one\ntwo\n");
  const auto inputs = fixture.identified();
  REQUIRE(inputs.size() == 1);
  CHECK(inputs[0].hash == xxh3_128("one\ntwo\n"));
  CHECK(inputs[0].identity.size_bytes == 8);
  CHECK(is_same_file(inputs[0], *identity_of(fixture.job.input.path)));

  fixture.folder.write("rows.jsonl", "one\ntwo\nthree\n");
  CHECK_FALSE(is_same_file(inputs[0], *identity_of(fixture.job.input.path)));
}

TEST_CASE("a file larger than one read has one hash") {
  Fixture fixture;
  const std::string text(3'000'000, 'x');
  fixture.write_input(text);
  CHECK(fixture.identified()[0].hash == xxh3_128(text));
}

TEST_CASE("an input that is not there, is a folder or a pipe is refused by its name in the job") {
  Fixture fixture;
  fixture.write_input("");
  std::filesystem::remove(fixture.job.input.path);
  auto missing = identify(fixture.job.input);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::invalid);
  CHECK(missing.error().message == "the input rows.jsonl does not exist");
  CHECK(missing.error().hint == "looked for " + fixture.job.input.path.string());

  std::filesystem::create_directory(fixture.job.input.path);
  auto a_folder = identify(fixture.job.input);
  REQUIRE_FALSE(a_folder);
  CHECK(a_folder.error().kind == ErrorKind::invalid);
  CHECK(a_folder.error().message == "the input rows.jsonl is a folder");

  std::filesystem::remove(fixture.job.input.path);
  REQUIRE(::mkfifo(fixture.job.input.path.c_str(), 0600) == 0);
  auto pipe = identify(fixture.job.input);
  REQUIRE_FALSE(pipe);
  CHECK(pipe.error().kind == ErrorKind::invalid);
  CHECK(pipe.error().message == "the input rows.jsonl is not a regular file");
}

TEST_CASE("an input that may not be read is the user's to mend, not a failing disk") {
  if (::geteuid() == 0) return;  // root may read everything
  Fixture fixture;
  fixture.write_input("x\n");
  std::filesystem::permissions(fixture.job.input.path, std::filesystem::perms::none);
  auto refused = identify(fixture.job.input);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
}

}  // namespace batchd::prepare
