#include <doctest/doctest.h>

#include "rules/job/job.hpp"

using namespace batchd;
using Names = std::vector<std::string>;

namespace {

model::JobSpec sample() {
  model::JobSpec job;
  job.provider = "openai";
  job.endpoint = "/v1/chat/completions";
  job.input.path = "/in.jsonl";
  job.input.id = "/id";
  job.request = R"({"model":"m","temperature":0.2,"messages":[{"role":"user","content":"{{a}}"}]})";
  job.output.schema = model::SchemaText{"/out.json", R"({"type":"object"})"};
  return job;
}

template <typename Edit>
Names differences_after(Edit edit) {
  model::JobSpec now = sample();
  edit(now);
  return job::differences(sample(), now);
}

}  // namespace

TEST_CASE("a job does not differ from itself, nor by what may be edited while it runs") {
  CHECK(differences_after([](model::JobSpec&) {}).empty());
  const Names names = differences_after([](model::JobSpec& job) {
    job.description = "x";
    job.min_success = 0.5;
    job.batch.max_requests = 1;
    job.reuse = true;
    job.labels["a"] = "b";
    job.output.path = "/elsewhere";
    job.schedule.emplace();
    job.yaml = "x";
  });
  CHECK(names.empty());
}

TEST_CASE("what is asked of whom is named in the words of the job file") {
  const Names names = differences_after([](model::JobSpec& job) {
    job.provider = "x";
    job.endpoint = "y";
    job.input.path = "/other";
    job.input.id = "/b";
    job.input.on_invalid = model::OnInvalid::skip;
    job.output.schema.reset();
    job.output.take = model::Take::body;
  });
  CHECK(names ==
        Names{"provider", "endpoint", "input.path", "input.id", "input.on_invalid", "output.schema", "output.take"});
}

TEST_CASE("how much of the input is read is no change of the job") {
  const Names names = differences_after([](model::JobSpec& job) {
    job.input.limit = 3;
    job.input.sample = model::Sample{4, 5};
  });
  CHECK(names.empty());
}

TEST_CASE("standard input is the same place, wherever it was kept") {
  model::JobSpec then = sample();
  then.input.path = "/proc/self/fd/7";
  then.input.path_as_written = "-";
  model::JobSpec now = then;
  now.input.path = "/proc/self/fd/9";
  CHECK(job::differences(then, now).empty());
  CHECK(job::differences(then, sample()) == Names{"input.path"});
}

TEST_CASE("a file the schema refers to is part of the schema") {
  const Names names =
      differences_after([](model::JobSpec& job) { job.output.schema->documents.push_back({"/more.json", "{}"}); });
  CHECK(names == Names{"output.schema"});
}

TEST_CASE("what a run keeps as it began, although it is asked nothing else") {
  model::JobSpec now = sample();
  CHECK(job::differences_in_results(sample(), now).empty());
  now.output.path = "/elsewhere";
  now.output.include = {"a"};
  now.output.formats = model::FormatCheck::assert_them;
  now.prompt_version = "2";
  CHECK(job::differences(sample(), now).empty());
  CHECK(job::differences_in_results(sample(), now) ==
        Names{"output.path", "output.include", "output.formats", "prompt_version"});
}

TEST_CASE("a change in the request is followed to its place") {
  const Names names = differences_after([](model::JobSpec& job) {
    job.request = R"({"model":"n","messages":[{"role":"user","content":"{{b}}"}],"top_p":1})";
  });
  CHECK(names == Names{"request.messages.0.content", "request.model", "request.temperature", "request.top_p"});
  const Names shorter =
      differences_after([](model::JobSpec& job) { job.request = R"({"model":"m","temperature":0.2,"messages":[]})"; });
  CHECK(shorter == Names{"request.messages"});
}

TEST_CASE("white space and order are no difference, the way a number is written is") {
  const Names same = differences_after([](model::JobSpec& job) {
    job.request = R"({"temperature":0.2, "model":"m","messages":[{"content":"{{a}}","role":"user"}]})";
    job.output.schema = model::SchemaText{"/moved.json", R"({ "type" : "object" })"};
  });
  CHECK(same.empty());
  const Names rewritten =
      differences_after([](model::JobSpec& job) { job.request.replace(job.request.find("0.2"), 3, "0.20"); });
  CHECK(rewritten == Names{"request.temperature"});
}
