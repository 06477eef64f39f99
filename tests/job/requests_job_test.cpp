#include <doctest/doctest.h>

#include "job/fixture.hpp"
#include "rules/job/job.hpp"

using namespace batchd;
using batchd::job::test::Fixture;

namespace {

job::RequestsJob requests_in(const Fixture& fixture) {
  return {fixture.folder / "night ${X}.jsonl",
          "night ${X}.jsonl",
          fixture.folder.path(),
          "night",
          "openai",
          "/v1/chat/completions",
          fixture.folder / "out"};
}

}  // namespace

TEST_CASE("a file of requests is a job, and the YAML it amounts to means the same") {
  Fixture fixture;
  const auto config = fixture.config().config;
  const auto made = job::load_requests_job(requests_in(fixture), config, fixture.options);
  CHECK(job::to_text(made.complaints) == "");
  CHECK(made.job.name == "night");
  CHECK(made.job.provider == "openai");
  CHECK(made.job.input.path == fixture.folder / "night ${X}.jsonl");
  CHECK(made.job.input.format == model::InputFormat::requests);
  CHECK(made.job.output.path == fixture.folder / "out");
  CHECK(made.job.min_success == 1.0);
  CHECK(made.job.file.empty());
  const auto written = fixture.load(made.job.yaml);
  CHECK(job::to_text(written.complaints) == "");
  CHECK(job::differences(made.job, written.job).empty());
  CHECK(job::differences_in_results(made.job, written.job).empty());
  CHECK(written.job.name == made.job.name);
}

TEST_CASE("what an endpoint's answers hold is taken") {
  Fixture fixture;
  auto requests = requests_in(fixture);
  requests.endpoint = "/v1/embeddings";
  CHECK(job::load_requests_job(requests, fixture.config().config, {}).job.output.take == model::Take::embedding);
}

TEST_CASE("--set goes into the job nobody wrote, and its faults have no line") {
  Fixture fixture;
  const auto config = fixture.config().config;
  fixture.options.set = {{"min_success", "0.5"}, {"batch.max_requests", "7"}};
  const auto changed = job::load_requests_job(requests_in(fixture), config, fixture.options);
  CHECK(job::to_text(changed.complaints) == "");
  CHECK(changed.job.min_success == 0.5);
  CHECK(changed.job.batch.max_requests == 7U);
  fixture.options.set = {{"request.model", "m"}};
  auto requests = requests_in(fixture);
  requests.provider = "opnai";
  CHECK(job::to_text(job::load_requests_job(requests, config, fixture.options).complaints) ==
        "--set request.model: request: the lines of the input are whole requests (input.format: requests), so nothing "
        "is asked here; remove it\n"
        "night ${X}.jsonl: provider: there is no provider \"opnai\"; did you mean \"openai\"?");
}

TEST_CASE("a job's name is made of the file's") {
  CHECK(job::job_name_of("/a/requests.jsonl") == "requests");
  CHECK(job::job_name_of("nightly run (2).jsonl.gz") == "nightly-run-2");
  CHECK(job::job_name_of("data/part-*.ndjson.zst") == "part");
  CHECK(job::job_name_of("_x.y.jsonl") == "x.y");
  CHECK(job::job_name_of("\xE4\xB8\xAD.jsonl") == "requests");
  CHECK(job::job_name_of("-") == "stdin");
  CHECK(job::job_name_of(std::string(150, 'a') + ".jsonl") == std::string(100, 'a'));
}
