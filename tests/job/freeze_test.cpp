#include <doctest/doctest.h>

#include "rules/job/job.hpp"

using namespace batchd;
using namespace batchd::model;

namespace {

// Every field differs from its default.
JobSpec full_job() {
  JobSpec job;
  job.name = "tickets";
  job.description = "say \"hi\"\n🙂";
  job.provider = "openai";
  job.endpoint = "/v1/responses";
  job.input = {"/data/in.jsonl",
               "in.jsonl",
               InputFormat::csv,
               "/input",
               "/a~1b",
               SchemaText{"/s/in.json", "{ \"type\": \"object\" }", {{"/s/more.json", "{}"}}},
               OnInvalid::skip,
               OnDuplicate::last,
               OnEmpty::succeed,
               18'446'744'073'709'551'615U,
               7,
               Sample{8, 9}};
  job.prompt_version = "v3";
  job.request = R"({"model":"m","seed":12345678901234567890,"temperature":19.90})";
  job.output = {SchemaText{"/s/out.json", "true"},
                Structured::json_object,
                Take::body,
                FormatCheck::assert_them,
                {"a", "b"},
                "/out"};
  job.batch = {"336h", 5, 6, 7};
  job.min_success = 0.999;
  job.labels = {{"team", "support"}, {"x", ""}};
  job.reuse = true;
  job.recover = {4, true, {{"big", 2}, {"bigger", 3}}};
  job.budget = Budget{Money{1}, "USD", 9};
  job.schedule = ScheduleSpec{"@daily", "Europe/Berlin", CatchUp::all, Overlap::queue, std::chrono::minutes(5), 3};
  job.notify = {{{NotifyOn::success, NotifyOn::decision}, "https://hooks.example", "HOOK", "SECRET", "/secret", {}},
                {{NotifyOn::failure}, "", "", "", "", {"/bin/tell", "ops"}}};
  job.deadline = R"({"after":"6h"})";
  job.not_in_force = {"schedule", "deadline"};
  job.run_date = "2026-11-23";
  job.rehearsal = Rehearsal{18'446'744'073'709'551'615U, {{"rate_429", "0.1"}, {"expire", "1"}}};
  job.file = "/jobs/j.yaml";
  job.yaml = "name: tickets\n# …\n";
  return job;
}

}  // namespace

TEST_CASE("a job comes back from the ice as it went in") {
  const JobSpec job = full_job();
  const auto thawed = job::thaw(job::freeze(job));
  REQUIRE(thawed.ok());
  CHECK(thawed->name == job.name);
  CHECK(thawed->description == job.description);
  CHECK(thawed->provider == job.provider);
  CHECK(thawed->endpoint == job.endpoint);
  CHECK(thawed->input.path == job.input.path);
  CHECK(thawed->input.path_as_written == job.input.path_as_written);
  CHECK(thawed->input.format == job.input.format);
  CHECK(thawed->input.id == job.input.id);
  CHECK(thawed->input.schema.value().path == job.input.schema->path);
  CHECK(thawed->input.schema.value().text == job.input.schema->text);
  CHECK(thawed->input.on_invalid == job.input.on_invalid);
  CHECK(thawed->input.on_duplicate == job.input.on_duplicate);
  CHECK(thawed->input.on_empty == job.input.on_empty);
  CHECK(thawed->input.max_row_bytes == job.input.max_row_bytes);
  CHECK(thawed->input.limit == job.input.limit);
  CHECK(thawed->input.sample.value().rows == 8);
  CHECK(thawed->input.sample.value().seed == 9);
  CHECK(thawed->input.row_pointer == "/input");
  REQUIRE(thawed->input.schema.value().documents.size() == 1);
  CHECK(thawed->input.schema->documents[0].path == "/s/more.json");
  CHECK(thawed->input.schema->documents[0].text == "{}");
  CHECK(thawed->run_date == job.run_date);
  CHECK(thawed->rehearsal.value().seed == job.rehearsal->seed);
  CHECK(thawed->rehearsal.value().faults == job.rehearsal->faults);
  CHECK(thawed->prompt_version == job.prompt_version);
  CHECK(thawed->request == job.request);
  CHECK(thawed->output.schema.value().path == job.output.schema->path);
  CHECK(thawed->output.schema.value().text == job.output.schema->text);
  CHECK(thawed->output.structured == job.output.structured);
  CHECK(thawed->output.take == job.output.take);
  CHECK(thawed->output.formats == job.output.formats);
  CHECK(thawed->output.include == job.output.include);
  CHECK(thawed->output.path == job.output.path);
  CHECK(thawed->batch.completion_window == job.batch.completion_window);
  CHECK(thawed->batch.max_requests == job.batch.max_requests);
  CHECK(thawed->batch.max_bytes == job.batch.max_bytes);
  CHECK(thawed->batch.max_batches_in_flight == job.batch.max_batches_in_flight);
  CHECK(thawed->min_success == job.min_success);
  CHECK(thawed->labels == job.labels);
  CHECK(thawed->reuse == job.reuse);
  CHECK(thawed->recover.attempts == job.recover.attempts);
  CHECK(thawed->recover.reask == job.recover.reask);
  REQUIRE(thawed->recover.escalate.size() == 2);
  CHECK(thawed->recover.escalate[1].model == "bigger");
  CHECK(thawed->recover.escalate[1].after == 3);
  CHECK(thawed->budget.value().max_cost.value().nano == 1);
  CHECK(thawed->budget.value().currency == job.budget->currency);
  CHECK(thawed->budget.value().max_total_tokens == job.budget->max_total_tokens);
  CHECK(thawed->schedule == job.schedule);
  CHECK(thawed->notify == job.notify);
  CHECK(thawed->deadline == job.deadline);
  CHECK(thawed->not_in_force == job.not_in_force);
  CHECK(thawed->file == job.file);
  CHECK(thawed->yaml == job.yaml);
  CHECK(job::freeze(*thawed) == job::freeze(job));
}

TEST_CASE("what is absent stays absent") {
  const auto thawed = job::thaw(job::freeze(JobSpec{}));
  REQUIRE(thawed.ok());
  CHECK_FALSE(thawed->input.schema.has_value());
  CHECK_FALSE(thawed->input.limit.has_value());
  CHECK_FALSE(thawed->output.schema.has_value());
  CHECK_FALSE(thawed->prompt_version.has_value());
  CHECK_FALSE(thawed->batch.max_requests.has_value());
  CHECK_FALSE(thawed->budget.has_value());
  CHECK(thawed->request.empty());
  CHECK_FALSE(thawed->schedule.has_value());
}

TEST_CASE("a schedule that was frozen as the job file had it comes back whole") {
  JobSpec job;
  job.schedule = ScheduleSpec{"@daily"};
  const std::string today = job::freeze(job);
  const std::size_t begin = today.find(R"("schedule":)");
  const std::size_t end = today.find('}', begin) + 1;
  const auto thawed_with = [&](std::string_view block) {
    return job::thaw(today.substr(0, begin) + R"("schedule":)" + std::string(block) + today.substr(end));
  };
  CHECK(thawed_with(R"({"cron":"@daily"})").value().schedule == job.schedule);
  CHECK(
      thawed_with(R"({"cron":"1 2 * * *","timezone":"Asia/Tokyo","overlap":"queue","jitter":"2h"})").value().schedule ==
      ScheduleSpec{"1 2 * * *", "Asia/Tokyo", CatchUp::latest, Overlap::queue, std::chrono::hours(2), 1});
  CHECK(thawed_with(R"({"cron":"@daily","overlap":"both"})").error().message ==
        "the frozen job has no usable /schedule/overlap");
  CHECK(thawed_with(R"({"cron":"@daily","jitter":"soon"})").error().message ==
        "the frozen job has no usable /schedule/jitter");
  CHECK(thawed_with("{}").error().message == "the frozen job has no usable /schedule/cron");
}

TEST_CASE("a frozen text of another version, or a broken one, is an error and no half job") {
  std::string text = job::freeze(full_job());
  CHECK(job::thaw("{").error().message.starts_with("the frozen job is not JSON: "));
  CHECK(job::thaw("{}").error().message == "the frozen job is of a version this batchd does not know");
  CHECK(job::thaw("{\"version\":1}").error().message == "the frozen job has no usable /name");
  text.replace(text.find("\"json_object\""), 13, "\"jsno_object\"");
  CHECK(job::thaw(text).error().message == "the frozen job has no usable /output/structured");
}
