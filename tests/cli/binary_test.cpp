// The program as people and scripts meet it: exit codes and streams (contract.md), against its own simulator.

#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/program.hpp"
#include "ground/json/document.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

using test::Ended;
using test::Program;
using Words = std::vector<std::string>;

constexpr int rows = 20;

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

// A folder with a config, a job of twenty rows in three shards, and the program.
class Desk {
 public:
  Desk() {
    folder.write("batchd.yaml", "state_dir: state\n");
    write_rows(rows);
    write_job("");
  }

  void write_rows(int count, std::string_view more = "") const {
    std::string text;
    for (int i = 1; i <= count; ++i)
      text += fmt::format(R"({{"ticket_id":"T-{}","subject":"Subject {}"}})", i, i) + "\n";
    folder.write("tickets.jsonl", text.append(more));
  }
  void write_job(std::string_view more) const {
    folder.write("job.yaml", std::string(R"(name: tickets
provider: dashscope-intl
input: {path: tickets.jsonl, id: ticket_id}
request:
  model: qwen-plus
  messages: [{role: user, content: "{{subject}}"}]
output: {path: out}
batch: {max_requests: 8}
)")
                                 .append(more));
  }

  Ended run(const Words& words) const { return Program(folder.path(), words).finish(); }

  // What report.json says; the view lives as long as the next call.
  json::View report_of(const std::string& run) {
    report_text_ = folder.read("out/simulated/" + run + "/report.json");
    auto parsed = document_.parse(report_text_);
    REQUIRE(parsed.ok());
    return *parsed;
  }
  std::string only_run() const {
    const auto listed = lines_of(run({"runs", "--json"}).out);
    REQUIRE(listed.size() == 1);
    json::Document document;
    const auto parsed = document.parse(listed.front());
    REQUIRE(parsed.ok());
    return std::string(parsed->find("id").as_string().value_or(""));
  }
  // One batch a shard by the provider's own count, one attempt an item: nobody paid twice.
  void check_paid_once(const std::string& run) {
    CHECK(batches_at_provider() == 3);
    const auto report = report_of(run);
    CHECK(report.find("attempts").as_int64() == rows);
    CHECK(report.find("counts").find("succeeded").as_int64() == rows);
  }
  // The simulator's journal is a witness that knows nothing of the client's books.
  std::size_t batches_at_provider() const {
    std::size_t batches = 0;
    for (const auto& line : lines_of(folder.read("state/simulated/world/journal.jsonl")))
      batches += holds(line, R"("type":"batch_created")") ? 1 : 0;
    return batches;
  }

  batchd::test::TemporaryFolder folder;

 private:
  std::string report_text_;
  json::Document document_;
};

const Words rehearsal{"run", "job.yaml", "--simulate"};

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST_CASE("the same command again sends nothing and ends the same") {
  Desk desk;
  const auto first = desk.run(rehearsal);
  CHECK(first.exit_code == 0);
  CHECK(first.out.empty());  // progress is no result
  CHECK(holds(first.err, "tickets succeeded in "));
  CHECK(holds(first.err, "20 rows read, 0 rejected, 20 items in 3 shards"));
  CHECK_FALSE(holds(first.err, "\x1b"));  // not a terminal

  const auto again = desk.run(rehearsal);
  CHECK(again.exit_code == 0);
  CHECK(holds(again.err, "nothing was sent now"));
  CHECK_FALSE(holds(again.err, "Submitted"));
  desk.check_paid_once(desk.only_run());

  desk.folder.write("elsewhere/x", "");
  const auto job = (desk.folder / "job.yaml").string();
  const auto elsewhere = Program(desk.folder / "elsewhere", {"run", job, "--simulate"}).finish();
  CHECK(elsewhere.exit_code == 0);
  CHECK(holds(elsewhere.err, "nothing was sent now"));

  const auto cancelled = desk.run({"cancel", "tickets"});  // too late, and harmless
  CHECK(cancelled.exit_code == 0);
  CHECK(holds(cancelled.err, "tickets succeeded earlier"));
}

TEST_CASE("a rehearsal happens in the provider's own world: what it takes and what it refuses is that one's") {
  Desk desk;
  desk.write_rows(1);
  for (const auto& [provider, dialect] : {std::pair{"openai", "openai"}, std::pair{"dashscope-cn", "dashscope"}}) {
    const auto state = fmt::format("state-{}", provider);
    const auto ended = desk.run(
        {"run", "job.yaml", "--simulate", "--set", fmt::format("provider={}", provider), "--state-dir", state});
    CHECK(ended.exit_code == 0);
    const auto journal = desk.folder.read(state + "/simulated/world/journal.jsonl");
    CHECK(holds(journal, fmt::format(R"("dialect":"{}")", dialect)));
    CHECK(journal.find(R"("dialect":")") == journal.find(fmt::format(R"("dialect":"{}")", dialect)));
  }
}

TEST_CASE("results come on standard output, in input order, as they lie in the file") {
  Desk desk;
  REQUIRE(desk.run(with(rehearsal, {"-q"})).exit_code == 0);
  const auto results = desk.run({"results", "tickets"});
  CHECK(results.exit_code == 0);
  CHECK(results.err.empty());
  CHECK(results.out == desk.folder.read("out/simulated/" + desk.only_run() + "/results.jsonl"));
  const auto lines = lines_of(results.out);
  REQUIRE(lines.size() == rows);
  for (int i = 0; i < rows; ++i)
    CHECK(holds(lines.at(static_cast<std::size_t>(i)), fmt::format(R"("id":"T-{}")", i + 1)));

  CHECK(desk.run({"results", "tickets", "-o", "copy.jsonl"}).out.empty());
  CHECK(desk.folder.read("copy.jsonl") == results.out);

  const auto shown = desk.run({"show", "tickets", "#17"});
  CHECK(shown.exit_code == 0);
  for (const char* part : {"\"Subject 17\"", "row", "request", "answer 1", "result"})
    CHECK(holds(shown.out, part));
}

TEST_CASE("--json tells objects, and the last is a summary with the report's fields") {
  Desk desk;
  const auto ended = desk.run(with(rehearsal, {"--json"}));
  CHECK(ended.exit_code == 0);
  CHECK(ended.err.empty());
  auto lines = lines_of(ended.out);
  REQUIRE(lines.size() > 3);
  std::vector<std::string> types;
  json::Document document;
  for (const auto& line : lines) {
    CAPTURE(line);
    const auto parsed = document.parse(line);
    REQUIRE(parsed.ok());
    CHECK(parsed->find("time").as_string().has_value());
    types.emplace_back(parsed->find("type").as_string().value_or("none"));
  }
  CHECK(types.front() == "prepared");
  REQUIRE(types.back() == "summary");
  const auto summary = *document.parse(lines.back());
  const auto report = desk.report_of(std::string(summary.find("run").as_string().value_or("")));
  CHECK(summary.size() == report.size() + 2);
  for (const auto& [key, value] : report.members()) {
    CAPTURE(key);
    CHECK(summary.find(key).source_text() == value.source_text());
  }
}

TEST_CASE("a run below min_success ends with 3, today and when it is shown again") {
  Desk desk;
  const auto failed = desk.run(with(rehearsal, {"--fault", "error_lines=1"}));
  CHECK(failed.exit_code == 3);
  CHECK(holds(failed.err, "tickets failed in "));
  CHECK(desk.run(rehearsal).exit_code == 3);
  CHECK(desk.run({"watch", "tickets", "--exit-status"}).exit_code == 3);
  CHECK(desk.run({"watch", "tickets"}).exit_code == 0);
  const auto items = desk.run({"items", "tickets", "--status", "failed"});
  CHECK(items.exit_code == 0);
  CHECK(lines_of(items.out).size() == rows);
}

TEST_CASE("an invalid job is refused with its place, and nothing is kept") {
  Desk desk;
  desk.write_job("promt_version: 1\n");
  for (const Words& words : {rehearsal, Words{"validate", "job.yaml"}, Words{"plan", "job.yaml"}}) {
    const auto refused = desk.run(words);
    CHECK(refused.exit_code == 2);
    CHECK(refused.out.empty());
    CHECK(holds(refused.err, "job.yaml:9:1: "));
    CHECK(holds(refused.err, "prompt_version"));
  }
  CHECK_FALSE(desk.folder.holds("state"));
}

TEST_CASE("bad rows are refused with their lines, and nothing is sent") {
  Desk desk;
  desk.write_rows(2, "{\"ticket_id\":\"T-3\"\n{\"ticket_id\":\"T-1\",\"subject\":\"again\"}\n");
  for (const Words& words : {rehearsal, Words{"validate", "job.yaml"}, Words{"plan", "job.yaml"}}) {
    const auto refused = desk.run(words);
    CHECK(refused.exit_code == 2);
    CHECK(holds(refused.err, "tickets.jsonl:3: "));
    CHECK(holds(refused.err, "tickets.jsonl:4: item T-1: "));
    CHECK_FALSE(holds(refused.err, "Submitted"));
  }
  CHECK(desk.run({"runs"}).out.empty());
}

TEST_CASE("rows that are wrong for one reason are not told one by one") {
  Desk desk;
  desk.write_rows(rows);
  const auto refused = desk.run({"plan", "job.yaml", "--set", "input.id=id"});
  CHECK(refused.exit_code == 2);
  CHECK(holds(refused.err, "tickets.jsonl:3: the row has no \"id\" (input.id)\n… and 17 more alike\nerror: "));
}

TEST_CASE("plan names the rows it leaves out, also when the job goes on without them") {
  Desk desk;
  desk.write_rows(2, "{\"ticket_id\":\"T-1\",\"subject\":\"again\"}\n");
  const auto planned = desk.run({"plan", "job.yaml", "--set", "input.on_duplicate=last"});
  CHECK(planned.exit_code == 0);
  CHECK(holds(planned.err, "warning: tickets.jsonl:1: item T-1: line 3 has the same id, and the last one counts\n"));
}

TEST_CASE("validate and plan promise nothing and write nothing") {
  Desk desk;
  const auto valid = desk.run({"validate", "job.yaml"});
  CHECK(valid.exit_code == 0);
  CHECK(holds(valid.out, "ok job.yaml: "));
  const auto plan = desk.run({"plan", "job.yaml"});
  CHECK(plan.exit_code == 0);
  CHECK(holds(plan.out, "tickets would send 20 items in 3 batches"));
  CHECK(desk.run({"run", "job.yaml", "-n"}).out == plan.out);
  CHECK_FALSE(holds(plan.err, "warning"));
  CHECK_FALSE(desk.folder.holds("state"));
  CHECK_FALSE(desk.folder.holds("out"));
}

TEST_CASE("plan says how the schema is asked for, and which requests are longer than advised") {
  Desk desk;
  desk.folder.write("answer.json", R"({"type":"object"})");
  desk.write_rows(2, fmt::format(R"({{"ticket_id":"T-3","subject":"{}"}})", std::string(1'100'000, 'x')) + "\n");
  const auto plan_with = [&](std::string_view provider, std::string_view structured, std::string_view own) {
    desk.folder.write("job.yaml", fmt::format(R"(name: tickets
provider: {}
input: {{path: tickets.jsonl, id: ticket_id}}
request:
  model: some-model
  messages: [{{role: user, content: "JSON: {{{{subject}}}}"}}]
{}
output: {{path: out, schema: answer.json, structured: {}}}
)",
                                              provider, own, structured));
    return desk.run({"plan", "job.yaml"});
  };
  CHECK(holds(plan_with("openai", "auto", "").out, "asked for by json_schema"));
  CHECK(holds(plan_with("openai", "json_object", "").out, "asked for by json_object"));
  CHECK(holds(plan_with("openai", "auto", "  response_format: {type: json_object}").out, "own response_format"));
  CHECK(holds(plan_with("openai", "off", "").out, "the schema is not sent"));
  const auto plan = plan_with("dashscope-intl", "auto", "");
  CHECK(holds(plan.out, "asked for by json_object"));
  CHECK(holds(plan.err, "warning: 1 request is longer than the provider's advised 1.0 MB"));
}

TEST_CASE("without a key a real run ends with 4 before a row is read") {
  Desk desk;
  const auto refused = desk.run({"run", "job.yaml"});
  CHECK(refused.exit_code == 4);
  CHECK(holds(refused.err, "DASHSCOPE_API_KEY"));
  CHECK_FALSE(desk.folder.holds("state/spool"));
  const auto told = lines_of(desk.run({"run", "job.yaml", "--json"}).out);
  REQUIRE_FALSE(told.empty());
  CHECK(holds(told.back(), R"("exit_code":4)"));
}

TEST_CASE("a usage error ends with 2 and says nothing on standard output") {
  Desk desk;
  const auto ended = desk.run({"run"});
  CHECK(ended.exit_code == 2);
  CHECK(ended.out.empty());
  CHECK(holds(ended.err, "run needs JOB.yaml"));
  CHECK(desk.run({"status", "nothing"}).exit_code == 2);
  CHECK(desk.run({"cancel", ""}).exit_code == 2);  // `batchd cancel "$RUN"` without a RUN
}

TEST_CASE("a run has one owner; killed, it is taken over, and no batch is paid twice") {
  Desk desk;
  Program owner(desk.folder.path(), with(rehearsal, {"--fault", "slow_ms=1000"}));
  REQUIRE(owner.has_said("Prepared run "));
  const auto second = desk.run(rehearsal);
  CHECK(second.exit_code == 6);
  CHECK(holds(second.err, fmt::format("process {} ", owner.pid())));
  CHECK(holds(desk.run({"status", "tickets"}).out, fmt::format("Process {} is working on it", owner.pid())));

  REQUIRE(owner.has_said("Submitted"));
  owner.send(SIGKILL);
  CHECK(owner.finish().exit_code == 128 + SIGKILL);
  CHECK(holds(desk.run({"status", "tickets"}).out, "Nobody has been working on it"));

  const auto again = desk.run(rehearsal);
  CHECK(again.exit_code == 0);
  CHECK(holds(again.err, "tickets succeeded"));
  desk.check_paid_once(desk.only_run());
}

TEST_CASE("an interrupt ends with 130, says what goes on costing, and the run can be resumed") {
  Desk desk;
  Program interrupted(desk.folder.path(), with(rehearsal, {"--fault", "slow_ms=300"}));
  REQUIRE(interrupted.has_said("Submitted"));
  interrupted.send(SIGINT);
  const auto ended = interrupted.finish();
  CHECK(ended.exit_code == 130);
  CHECK(ended.out.empty());
  CHECK(holds(ended.err, "at the provider and will be paid for"));
  CHECK(holds(ended.err, "batchd resume "));
  CHECK(holds(ended.err, "batchd cancel "));

  const auto resumed = desk.run({"resume", "tickets"});
  CHECK(resumed.exit_code == 0);
  CHECK(holds(resumed.err, "tickets succeeded"));
  desk.check_paid_once(desk.only_run());
}

TEST_CASE("an interrupted run can be cancelled, twice, and stays so") {
  Desk desk;
  Program interrupted(desk.folder.path(), with(rehearsal, {"--fault", "stuck_validating=1"}));
  REQUIRE(interrupted.has_said("Submitted"));
  interrupted.send(SIGTERM);
  CHECK(interrupted.finish().exit_code == 143);

  const auto cancelled = desk.run({"cancel", "tickets"});
  CHECK(cancelled.exit_code == 0);
  CHECK(holds(cancelled.err, "tickets cancelled"));
  CHECK(desk.run({"cancel", "tickets"}).exit_code == 0);
  const auto again = desk.run(rehearsal);
  CHECK(again.exit_code == 5);
  CHECK(holds(again.err, "nothing was sent now"));
  CHECK(desk.run({"resume"}).exit_code == 2);  // nothing is unfinished
}

TEST_CASE("--no-wait leaves the bare run id on standard output, and resume finishes") {
  Desk desk;
  const auto submitted = desk.run(with(rehearsal, {"--no-wait"}));
  CHECK(submitted.exit_code == 0);
  const auto id = desk.only_run();
  CHECK(submitted.out == id + "\n");

  const auto resumed = desk.run({"resume", id});
  CHECK(resumed.exit_code == 0);
  CHECK(resumed.out.empty());
  desk.check_paid_once(id);
  const auto again = desk.run(with(rehearsal, {"--no-wait"}));
  CHECK(again.exit_code == 0);
  CHECK(again.out == id + "\n");

  const auto told = lines_of(desk.run(with(rehearsal, {"--no-wait", "--json", "--key", "another"})).out);
  REQUIRE_FALSE(told.empty());
  CHECK(holds(told.back(), R"({"type":"submitted","time":")"));
}

// Its standard output is a pipe whose reader has gone; the wait status.
int status_without_reader(const Path& folder, Words words) {
  std::array<int, 2> out{};
  const auto complaint = (folder / "complaint").string();
  const auto program = std::string(BATCHD_PROGRAM);
  words.insert(words.begin(), program);
  std::vector<char*> arguments;
  for (auto& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
  ::close(out[0]);
  const auto pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    const int err = ::open(complaint.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const bool ready =
        ::chdir(folder.c_str()) == 0 && ::dup2(out[1], STDOUT_FILENO) >= 0 && ::dup2(err, STDERR_FILENO) >= 0;
    if (ready) ::execv(arguments.front(), arguments.data());
    ::_exit(127);
  }
  ::close(out[1]);
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return status;
}

TEST_CASE("what only tells ends quietly when nobody is listening any more, as cat does") {
  Desk desk;
  REQUIRE(desk.run(with(rehearsal, {"-q"})).exit_code == 0);
  for (const Words& words : {Words{"results", "tickets"}, Words{"items", "tickets"}, Words{"runs"}, Words{"status"},
                             Words{"--help"}, Words{"completion", "bash"}}) {
    CAPTURE(words.front());
    const int status = status_without_reader(desk.folder.path(), words);
    CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE));
    CHECK(desk.folder.read("complaint").empty());
  }
}

}  // namespace
}  // namespace batchd::cli
