#include <doctest/doctest.h>

#include "job/fixture.hpp"
#include "rules/job/job.hpp"

using namespace batchd;
using batchd::job::test::Fixture;
using batchd::job::test::sound_job;

namespace {

// The contract's example, with what is not in force yet where it may stand.
constexpr std::string_view whole_job = R"(# a comment
name: ticket-summaries
description: Nightly summaries of closed support tickets
schedule: {cron: "30 1 * * *", timezone: Europe/Berlin, catch_up: none, overlap: cancel_previous, jitter: 5m, max_active_runs: 2}
deadline: {after: 6h, then: stop}
provider: dashscope-intl
endpoint: /v1/chat/completions
input:
  path: data/tickets.jsonl
  format: rows
  id: ticket_id
  schema: ticket.schema.json
  on_invalid: skip
  on_duplicate: last
  on_empty: succeed
  max_row_bytes: 8MB
prompt_version: 3
request:
  model: qwen-plus
  temperature: 0.20
  seed: 12345678901234567890
  messages:
    - {role: system, content: "You summarise. Answer in JSON only. ${NOT_A_VARIABLE}"}
    - {role: user, content: "Subject: {{subject}}\n\n{{body}}"}
    - {$row: /history}
output:
  schema: summary.schema.json
  structured: json_object
  take: content
  formats: annotate
  include: [subject, lang]
  path: out/ticket-summaries
batch: {completion_window: 2d, max_requests: 40000, max_bytes: 200MB, max_batches_in_flight: 4}
recover: {attempts: 4, reask: true, escalate: [{model: qwen-max, after: 2}]}
budget: {max_cost: 25.00, currency: USD, max_total_tokens: 40000000}
reuse: true
min_success: 0.999
labels: {team: support, year: 2026}
notify:
  - on: [success, failure]
    command: [./tell, ops]
  - webhook: {url: "https://hooks.example.com/a", secret_env: HOOK_SECRET}
)";

}  // namespace

TEST_CASE("every key of the contract's example arrives in the JobSpec") {
  Fixture fixture;
  fixture.folder.write("ticket.schema.json", R"({"type": "object"})");
  fixture.folder.write("summary.schema.json", R"({"type":  "object"})");
  fixture.environment["HOOK_SECRET"] = "any";
  const job::LoadedJob loaded = fixture.load(whole_job);
  REQUIRE(job::to_text(loaded.complaints) == "");
  const model::JobSpec& spec = loaded.job;
  CHECK(spec.name == "ticket-summaries");
  CHECK(spec.description == "Nightly summaries of closed support tickets");
  CHECK(spec.provider == "dashscope-intl");
  CHECK(spec.endpoint == "/v1/chat/completions");
  CHECK(spec.input.path == fixture.folder / "data/tickets.jsonl");
  CHECK(spec.input.path_as_written == "data/tickets.jsonl");
  CHECK(spec.input.id == "/ticket_id");
  CHECK(spec.input.schema.value().path == fixture.folder / "ticket.schema.json");
  CHECK(spec.input.schema.value().text == R"({"type": "object"})");
  CHECK(spec.input.on_invalid == model::OnInvalid::skip);
  CHECK(spec.input.on_duplicate == model::OnDuplicate::last);
  CHECK(spec.input.on_empty == model::OnEmpty::succeed);
  CHECK(spec.input.max_row_bytes == 8'000'000);
  CHECK(spec.prompt_version == "3");
  CHECK(
      spec.request.starts_with(R"({"model":"qwen-plus","temperature":0.20,"seed":12345678901234567890,"messages":[)"));
  CHECK(spec.request.find("${NOT_A_VARIABLE}") != std::string::npos);
  CHECK(spec.request.ends_with(R"({"$row":"/history"}]})"));
  CHECK(spec.output.schema.value().text == R"({"type":  "object"})");
  CHECK(spec.output.structured == model::Structured::json_object);
  CHECK(spec.output.include == std::vector<std::string>{"subject", "lang"});
  CHECK(spec.output.path == fixture.folder / "out/ticket-summaries");
  CHECK(spec.batch.completion_window == "48h");
  CHECK(spec.batch.max_requests == 40'000U);
  CHECK(spec.batch.max_bytes == 200'000'000U);
  CHECK(spec.batch.max_batches_in_flight == 4);
  CHECK(spec.recover.attempts == 4);
  CHECK(spec.recover.reask);
  REQUIRE(spec.recover.escalate.size() == 1);
  CHECK(spec.recover.escalate[0].model == "qwen-max");
  CHECK(spec.recover.escalate[0].after == 2);
  CHECK(spec.budget.value().max_cost.value().nano == 25'000'000'000);
  CHECK(spec.budget.value().currency == "USD");
  CHECK(spec.budget.value().max_total_tokens == 40'000'000U);
  CHECK(spec.reuse);
  CHECK(spec.min_success == doctest::Approx(0.999));
  CHECK(spec.labels == std::map<std::string, std::string>{{"team", "support"}, {"year", "2026"}});
  CHECK(spec.schedule == model::ScheduleSpec{"30 1 * * *", "Europe/Berlin", model::CatchUp::none,
                                             model::Overlap::cancel_previous, std::chrono::minutes(5), 2});
  CHECK(spec.deadline == R"({"after":"6h","then":"stop"})");
  CHECK(spec.not_in_force == std::vector<std::string>{"deadline", "budget", "recover.reask", "recover.escalate"});
  REQUIRE(spec.notify.size() == 2);
  CHECK(spec.notify[0].on == std::vector{model::NotifyOn::success, model::NotifyOn::failure});
  CHECK(spec.notify[0].command == std::vector<std::string>{(fixture.folder / "tell").string(), "ops"});
  CHECK(spec.notify[1].on == std::vector{model::NotifyOn::failure, model::NotifyOn::limit, model::NotifyOn::decision});
  CHECK(spec.notify[1].url == "https://hooks.example.com/a");
  CHECK(spec.notify[1].secret_env == "HOOK_SECRET");
  CHECK(spec.file == fixture.folder / "job.yaml");
  CHECK(spec.yaml == whole_job);
}

TEST_CASE("what a job leaves out has the defaults of the schema") {
  Fixture fixture;
  const model::JobSpec spec = fixture.load(sound_job).job;
  CHECK(spec.endpoint == "/v1/chat/completions");
  CHECK(spec.input.max_row_bytes == 16'000'000);
  CHECK(spec.batch.completion_window == "24h");
  CHECK(spec.batch.max_batches_in_flight == 8);
  CHECK_FALSE(spec.batch.max_requests.has_value());
  CHECK(spec.min_success == 1.0);
  CHECK_FALSE(spec.schedule.has_value());
  CHECK(fixture.load(std::string(sound_job) + "schedule: {cron: \"@daily\"}\n").job.schedule ==
        model::ScheduleSpec{"@daily", "UTC", model::CatchUp::latest, model::Overlap::skip, Duration(0), 1});
  CHECK(spec.not_in_force.empty());
  CHECK(fixture.load(std::string(sound_job) + "reuse: false\n").job.not_in_force.empty());
}

TEST_CASE("paths are relative to the job file, whatever the current folder") {
  Fixture fixture;
  const auto loaded = fixture.load(Fixture::with_line(4, "  path: ../x/./a.jsonl"));
  CHECK(loaded.job.input.path == fixture.folder.path().parent_path() / "x/a.jsonl");
  CHECK(fixture.load(Fixture::with_line(4, "  path: /data/a.jsonl")).job.input.path == "/data/a.jsonl");
}

TEST_CASE("variables work outside request") {
  Fixture fixture;
  fixture.environment["OUT"] = "/srv/out";
  CHECK(fixture.load(Fixture::with_line(12, "  path: ${OUT}/tickets")).job.output.path == "/srv/out/tickets");
  CHECK(fixture.complaints_with_line(12, "  path: ${GONE}/tickets") ==
        "job.yaml:12:9: the environment variable GONE is not set; set it, or write ${GONE:-default}");
}

TEST_CASE("--set changes the job before it is judged, and is itself named in complaints") {
  Fixture fixture;
  fixture.options.set = {{"request.model", "qwen-max"}, {"batch.max_requests", "7"}};
  const auto loaded = fixture.load(sound_job);
  CHECK(job::to_text(loaded.complaints) == "");
  CHECK(loaded.job.request.starts_with(R"({"model":"qwen-max",)"));
  CHECK(loaded.job.batch.max_requests == 7U);
  CHECK(loaded.job.yaml == std::string(sound_job) +
                               "# run with --set \"request.model=qwen-max\"\n"
                               "# run with --set \"batch.max_requests=7\"\n");
  fixture.options.set = {{"min_success", "2"}, {"promt_version", "x"}, {"request.messages.9", "x"}};
  CHECK(fixture.complaints(sound_job) ==
        "--set request.messages.9: \"9\" is no element of a list of 2; the first is 0\n"
        "--set min_success: min_success: 2 is more than 1\n"
        "--set promt_version: unknown key \"promt_version\"; did you mean \"prompt_version\"?");
}

TEST_CASE("--input stands in for input.path") {
  Fixture fixture;
  fixture.options.input = fixture.folder / "other.jsonl";
  fixture.options.limit = 5;
  const auto loaded = fixture.load(Fixture::with_line(4, "  path: a.gz"));
  CHECK(job::to_text(loaded.complaints) == "");
  CHECK(loaded.job.input.path == fixture.folder / "other.jsonl");
  CHECK(loaded.job.input.limit == 5U);
  fixture.options.input = "-";
  CHECK(fixture.load(sound_job).job.input.path == "-");
}

TEST_CASE("files, patterns, compressed files and standard input are named alike") {
  const auto path_of = [](const std::string& written) {
    return Fixture().load(Fixture::with_line(4, "  path: " + written)).job.input.path;
  };
  CHECK(path_of("/d/*.jsonl") == "/d/*.jsonl");
  CHECK(path_of("/d/a.jsonl.zst") == "/d/a.jsonl.zst");
  CHECK(path_of("\"-\"") == "-");
}

TEST_CASE("${run.date} is the day of the run in the paths of input and output, and is kept") {
  Fixture fixture;
  fixture.options.run_date = "2026-11-22";
  std::string yaml = Fixture::with_line(4, "  path: /in/${run.date}.jsonl");
  yaml.replace(yaml.find("out/tickets"), 11, "/out/${run.date}");
  const auto loaded = fixture.load(yaml);
  CHECK(job::to_text(loaded.complaints) == "");
  CHECK(loaded.job.input.path == "/in/2026-11-22.jsonl");
  CHECK(loaded.job.input.path_as_written == "/in/2026-11-22.jsonl");
  CHECK(loaded.job.output.path == "/out/2026-11-22");
  CHECK(loaded.job.run_date == "2026-11-22");
  CHECK(loaded.job.yaml == yaml + "# run with --date 2026-11-22\n");
  CHECK(fixture.complaints_with_line(1, "name: j-${run.date}") ==
        "job.yaml:1:7: \"${run.date}\" stands only in a job's input.path and output.path");
}

TEST_CASE("a date that nothing uses is remarked upon") {
  Fixture fixture;
  fixture.options.run_date = "2026-11-22";
  CHECK(fixture.load(sound_job).job.run_date.empty());
  fixture.options.date_was_given = true;
  CHECK(fixture.complaints(sound_job) ==
        "--date: warning: it changes nothing: neither input.path nor output.path holds ${run.date}");
}

TEST_CASE("a sample is remarked in the job as it ran") {
  Fixture fixture;
  fixture.options.sample = model::Sample{20, 7};
  const auto loaded = fixture.load(sound_job);
  CHECK(loaded.job.input.is_sample());
  CHECK(loaded.job.yaml == std::string(sound_job) + "# run with --sample 20:7\n");
}

TEST_CASE("a job file that is not there is a complaint about the whole file") {
  Fixture fixture;
  const auto loaded = job::load_job(fixture.folder / "none.yaml", "jobs/none.yaml", fixture.config().config, {});
  CHECK_FALSE(loaded.ok());
  CHECK(job::to_text(loaded.complaints).starts_with("jobs/none.yaml: cannot open "));
}
