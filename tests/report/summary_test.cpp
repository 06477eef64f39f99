#include "ground/json/writer.hpp"
#include "line/report/machine.hpp"
#include "line/report/people.hpp"
#include "report/world.hpp"

namespace batchd::report {
namespace {

using model::ItemStatus;
using model::Reason;

struct Night : World {
  Night() {
    for (int n = 0; n < 8; ++n)
      add(ItemStatus::succeeded);
    add(ItemStatus::failed, Reason::schema_mismatch);
    add(ItemStatus::failed, Reason::refused);
    run.rows = 13;
    run.rejected = 3;
    run.inputs = {{"/data/tickets.jsonl", {1'234, 0, 0, 0}, {1, 2}}};
    run.anomalies = {1, 0, 0, 2, 0};
    state = model::RunState::failed;
    job.min_success = 0.999;
    job.labels = {{"team", "support"}};
    sums.attempts = 12;
    sums.usage = {1'000, 200, 50, 0, true};
    sums.cost = model::Money{12'345'600'000};
    model::Shard shard;
    shard.n = 1;
    shard.model = "qwen-plus";
    shard.lane = "batch";
    shard.requests = 10;
    shard.input_file_id = "file-1";
    shards = {shard};
    model::Submission lost;
    lost.shard = 1;
    lost.n = 1;
    lost.intended_at = at(1);
    lost.given_up = true;
    model::Submission done;
    done.shard = 1;
    done.n = 2;
    done.intended_at = at(10);
    done.batch_id = "batch-2";
    done.state = model::BatchState::completed;
    done.counts = {10, 9, 1};
    done.ended_at = at(130);
    submissions = {lost, done};
  }
};

std::string at_path(const std::string& text, std::string_view pointer) {
  json::Document document;
  const auto root = document.parse(text);
  REQUIRE(root.ok());
  const json::View found = root->at_pointer(pointer);
  return found ? std::string(found.source_text()) : "absent";
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("report.json holds what the contract names") {
  Night world;
  const Written written = world.written_report();
  const std::string& text = written.summary;
  CHECK(world.result("report.json") == text + "\n");
  CHECK_FALSE(holds(text, "\n"));
  const auto is = [&](std::string_view pointer, std::string_view value) {
    CHECK_MESSAGE(at_path(text, pointer) == value, pointer);
  };
  is("/schema_version", "1");
  is("/run", "\"01jd0000000000000000000001\"");
  is("/job", "\"tickets\"");
  is("/key", "\"key-1\"");
  is("/state", "\"failed\"");
  is("/stopped_by", "null");
  is("/started_at", "\"2026-11-23T05:44:53.000Z\"");
  is("/finished_at", "\"2026-11-23T05:48:13.000Z\"");
  is("/batchd_version", "\"0.1.0\"");
  is("/input/files/0/path", "\"/data/tickets.jsonl\"");
  is("/input/files/0/bytes", "1234");
  is("/input/rows", "13");
  is("/input/rejected", "3");
  is("/input/items", "10");
  is("/counts", R"({"succeeded":8,"reused":0,"failed":2,"pending":0})");
  is("/reasons/schema_mismatch", "1");
  is("/reasons/refused", "1");
  is("/reasons/deadline", "0");
  is("/attempts", "12");
  is("/batches/0/state", "\"never_arrived\"");
  is("/batches/0/batch_id", "null");
  is("/batches/1/batch_id", "\"batch-2\"");
  is("/batches/1/submission", "2");
  is("/batches/1/state", "\"completed\"");
  is("/batches/1/requests", "10");
  is("/batches/1/completed", "9");
  is("/batches/1/ended_at", "\"2026-11-23T05:47:03.000Z\"");
  is("/usage", R"({"input_tokens":1000,"output_tokens":200,"reasoning_tokens":50,"cached_tokens":0,)"
               R"("answers_without_usage":0})");
  is("/cost", R"({"currency":"USD","estimated_low":null,"estimated_high":null,"actual":12.3456})");
  is("/anomalies",
     R"({"duplicate_results":1,"unknown_results":0,"undecodable_lines":0,"missing_results":2,"unwrapped":0,"requests_paid_twice":0})");
  is("/latency", R"({"total_ms":200000,"batch_min_ms":120000,"batch_median_ms":120000,"batch_max_ms":120000})");
  is("/labels", R"({"team":"support"})");
  is("/simulated", "false");
}

TEST_CASE("sums that lack answers without usage are lower bounds, and are told as such") {
  Night world;
  world.sums.answers_without_usage = 3;
  world.sums.currency = "USD";
  const std::string text = report_json(world.request());
  CHECK(at_path(text, "/usage/answers_without_usage") == "3");
  CHECK(at_path(text, "/usage/input_tokens") == "1000");
  CHECK(at_path(text, "/cost/actual") == "12.3456");
  const std::string page = report_markdown(world.request(), "/out");
  CHECK(holds(page, "| Input | at least 1,000 |\n| Output | at least 200 |\n"));
  CHECK(holds(page, "Cost: at least 12.35 USD"));
  CHECK(holds(page, "3 answers do not say what they used: not counted here."));
}

TEST_CASE("where no answer says what it used, nothing is claimed of tokens and cost") {
  Night world;
  world.sums.answers_without_usage = 12;
  world.sums.usage = {};
  world.sums.cost = model::Money{};
  const std::string text = report_json(world.request());
  CHECK(at_path(text, "/usage") ==
        R"({"input_tokens":null,"output_tokens":null,"reasoning_tokens":null,"cached_tokens":null,)"
        R"("answers_without_usage":12})");
  CHECK(at_path(text, "/cost/actual") == "null");
  const std::string page = report_markdown(world.request(), "/out");
  CHECK(holds(page, "Not known: no answer says what it used."));
  CHECK_FALSE(holds(page, "Cost:"));
}

TEST_CASE("a submission of which no batch came says what became of it, and why") {
  Night world;
  struct Case {
    std::string_view state_text;
    bool given_up;
    std::string_view shown;
  };
  for (const Case& c :
       {Case{model::submission_refused, true, "refused"}, Case{model::submission_unknown, true, "unknown"},
        Case{model::submission_unknown, false, "unknown"}, Case{model::submission_given_up, true, "unknown"},
        Case{"", false, "unknown"}, Case{"", true, "never_arrived"}}) {
    world.submissions[0].state_text = c.state_text;
    world.submissions[0].given_up = c.given_up;
    world.submissions[0].errors = {{"invalid_value", "The *window* must be 24h.", {}, {}},
                                   {"bad_body", "It has no messages.", 17, "T_17"}};
    const std::string text = report_json(world.request());
    CHECK(at_path(text, "/batches/0/state") == json::quoted(c.shown));
    CHECK(at_path(text, "/batches/0/errors/0/message") == R"("The *window* must be 24h.")");
    CHECK(
        holds(report_markdown(world.request(), "/out"),
              "Shard 1, submission 1 (" + std::string(c.shown) +
                  "): invalid_value The \\*window\\* must be 24h.; bad_body It has no messages. (line 17, item T_17)"));
    CHECK(at_path(text, "/batches/0/errors/1/item") == R"("T_17")");
  }
}

TEST_CASE("report.json says null where nothing is known") {
  World world;
  world.sums.currency.clear();
  world.run.started_at.reset();
  world.run.stopped_by = "operator";
  world.state = model::RunState::cancelled;
  const std::string text = report_json(world.request());
  CHECK(at_path(text, "/stopped_by") == "\"operator\"");
  CHECK(at_path(text, "/started_at") == "null");
  CHECK(at_path(text, "/cost/actual") == "null");
  CHECK(at_path(text, "/cost/currency") == "null");
  CHECK(at_path(text, "/latency/total_ms") == "null");
  CHECK(at_path(text, "/batches") == "[]");
}

TEST_CASE("report.md tells someone who was not there how it went") {
  Night world;
  const Written written = world.written_report();
  const std::string text = world.result("report.md");
  CHECK(text.find(
            "# tickets: failed\n\n**Only 8 of 10 items (80.0 %) have an accepted answer; the job asks for 99.9 %.**") ==
        0);
  CHECK(holds(text, "| Took | 3 min 20 s |"));
  CHECK(holds(text, "| Started | 2026-11-23 05:44:53 UTC |"));
  CHECK(holds(text, "| Rows rejected before anything was sent | 3 |"));
  CHECK(holds(text, "| schema_mismatch | 1 | the answer is JSON, but not as the output schema wants it |"));
  CHECK_FALSE(holds(text, "truncated"));
  CHECK(holds(text, "Cost: 12.35 USD"));
  CHECK(holds(text, "| of these reasoning | 50 |"));
  CHECK_FALSE(holds(text, "cached"));
  CHECK(holds(text, "| 1 | batch-2 | completed | 10 | 9 | 1 | 2 min 00 s |"));
  CHECK(holds(text, "2 items got no result"));
  CHECK(holds(text, "1 result came more than once"));
  CHECK_FALSE(holds(text, "within other text"));
  CHECK(holds(text, written.folder.string()));
  CHECK(holds(text, "`failures.jsonl`: 2 rows"));
}

TEST_CASE("the verdict is one sentence for each way a run may end") {
  World world;
  const auto verdict = [&](model::RunState state) {
    world.state = state;
    const std::string text = report_markdown(world.request(), "/out");
    const auto begin = text.find("**") + 2;
    return text.substr(begin, text.find("**", begin) - begin);
  };
  CHECK(verdict(model::RunState::succeeded) == "There was nothing to do: the input has no items.");
  world.add(ItemStatus::succeeded);
  CHECK(verdict(model::RunState::succeeded) == "The only item has an accepted answer.");
  for (int n = 0; n < 1'999; ++n)
    world.add(ItemStatus::succeeded);
  CHECK(verdict(model::RunState::succeeded) == "All 2,000 items have an accepted answer.");
  world.add(ItemStatus::failed, Reason::missing);
  world.job.min_success = 0.5;
  CHECK(verdict(model::RunState::succeeded) ==
        "2,000 of 2,001 items (99.9 %) have an accepted answer; the job asks for 50 %.");
  world.run.stopped_by = "budget";
  CHECK(verdict(model::RunState::stopped) ==
        "The run was stopped by budget before it was done: 2,000 of 2,001 items (99.9 %) have an accepted answer.");
  CHECK(verdict(model::RunState::cancelled) ==
        "The run was cancelled: 2,000 of 2,001 items (99.9 %) have an accepted answer.");
}

TEST_CASE("a rehearsal and a sample are called what they are") {
  World world;
  world.add(ItemStatus::succeeded);
  world.run.simulated = true;
  world.run.sample = true;
  const std::string text = report_markdown(world.request(), "/out");
  CHECK(holds(text, "the answers are made up"));
  CHECK(holds(text, "This was a sample"));
}

TEST_CASE("a quiet night has no section about trouble") {
  World world;
  world.add(ItemStatus::succeeded);
  const std::string text = report_markdown(world.request(), "/out");
  CHECK_FALSE(holds(text, "odd"));
  CHECK_FALSE(holds(text, "Why items failed"));
  CHECK_FALSE(holds(text, "reused"));
  CHECK_FALSE(holds(text, "Never answered"));
  CHECK(holds(text, "The provider counted no tokens."));
  CHECK(holds(text, "Cost: not known"));
}

TEST_CASE("text of others breaks no table and is no markup") {
  Night world;
  world.run.provider = "a|b\nc";
  world.job.description = "<script>*x*</script>";
  world.shards[0].end = model::EndKind::refused;
  world.shards[0].error = "bad | line\n# Not a title";
  const std::string text = report_markdown(world.request(), "/out");
  CHECK(holds(text, "| Provider | a\\|b c |"));
  CHECK(holds(text, "\\<script\\>\\*x\\*\\</script\\>"));
  CHECK(holds(text, "Shard 1 (10 requests) was refused: bad \\| line # Not a title."));
}

TEST_CASE("a thousand batches are shown in part") {
  Night world;
  world.submissions.resize(1'000, world.submissions.back());
  const std::string text = report_markdown(world.request(), "/out");
  CHECK(holds(text, "And 950 more, in report.json."));
  CHECK(at_path(report_json(world.request()), "/batches/999/batch_id") == "\"batch-2\"");
}

}  // namespace batchd::report
