// Every way in: standard input, files of requests, dates, samples, our own failures fed back.

#include <algorithm>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/program.hpp"
#include "ground/base/compression.hpp"
#include "ground/json/document.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

using test::Ended;
using test::Fed;
using test::Program;
using Words = std::vector<std::string>;

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

std::string rows_of(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i)
    text += fmt::format(R"({{"id":"T-{}","subject":"Subject {}"}})", i, i) + "\n";
  return text;
}

std::string requests_of(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i)
    text += fmt::format(
        R"({{"custom_id":"mine-{}","method":"POST","url":"/v1/chat/completions","body":{{"model":"qwen-plus","messages":[{{"role":"user","content":"Question {}"}}]}}}})"
        "\n",
        i, i);
  return text;
}

// A folder with a config and the program.
class Desk {
 public:
  Desk() {
    folder.write("batchd.yaml", "state_dir: state\n");
    write_job("rows.jsonl", "");
  }
  void write_job(std::string_view input, std::string_view more, std::string_view name = "job.yaml") const {
    folder.write(name, fmt::format(R"(name: tickets
provider: dashscope-intl
input: {{path: "{}", id: id}}
request:
  model: qwen-plus
  messages: [{{role: user, content: "{{{{subject}}}}"}}]
output: {{path: out}}
{})",
                                   input, more));
  }
  Ended run(const Words& words, const Fed& fed = {}) const { return Program(folder.path(), words, fed).finish(); }

  // The simulator's journal is a witness that knows nothing of the client's books.
  std::size_t batches_at_provider() const {
    return count_of(folder.read("state/simulated/world/journal.jsonl"), R"("type":"batch_created")");
  }
  // The newest run's folder, relative.
  std::string newest(const std::string& job = "tickets") const {
    const auto listed = run({"runs", job, "--json", "--limit", "1"}).out;
    json::Document document;
    const auto parsed = document.parse(listed);
    REQUIRE(parsed.ok());
    return std::string(parsed->find("id").as_string().value_or(""));
  }

  batchd::test::TemporaryFolder folder;
};

TEST_CASE("the same pipe twice is the same run, and nothing of it lies about") {
  Desk desk;
  desk.write_job("-", "");
  const Fed fed{rows_of(1, 20)};
  const auto first = desk.run({"run", "job.yaml", "--simulate"}, fed);
  CHECK(first.exit_code == 0);
  CHECK(holds(first.err, "20 rows read"));
  const auto again = desk.run({"run", "job.yaml", "--simulate"}, fed);
  CHECK(again.exit_code == 0);
  CHECK(holds(again.err, "nothing was sent now"));
  CHECK(desk.batches_at_provider() == 1);
  const auto report = desk.folder.read("out/simulated/" + desk.newest() + "/report.json");
  CHECK(holds(report, R"("path":"-")"));
  CHECK_FALSE(holds(report, "/proc/"));
  const auto other = desk.run({"run", "job.yaml", "--simulate"}, {rows_of(1, 21)});
  CHECK(other.exit_code == 0);
  CHECK(desk.batches_at_provider() == 2);
}

TEST_CASE("killed while its batches are under way, the same pipe resumes") {
  Desk desk;
  const Words words{"run", "job.yaml", "--simulate", "--input", "-", "--fault", "slow_ms=1000"};
  Program killed(desk.folder.path(), words, {rows_of(1, 20)});
  REQUIRE(killed.has_said("Submitted"));
  killed.send(SIGKILL);
  killed.finish();
  const auto again = desk.run({"run", "job.yaml", "--simulate", "--input", "-"}, {rows_of(1, 20)});
  CHECK(again.exit_code == 0);
  CHECK(holds(again.err, "tickets succeeded"));
  CHECK(desk.batches_at_provider() == 1);
}

TEST_CASE("another pipe than an unfinished run's is a question, not a guess") {
  Desk desk;
  const Words words{"run", "job.yaml", "--simulate", "--input", "-"};
  Words unfinished = words;
  unfinished.insert(unfinished.end(), {"--no-wait", "--fault", "stuck_validating=1"});
  REQUIRE(desk.run(unfinished, {rows_of(1, 3)}).exit_code == 0);
  const auto other = desk.run(words, {rows_of(1, 4)});
  CHECK(other.exit_code == 2);
  CHECK(holds(other.err, "the job has changed since: the content of standard input"));
}

TEST_CASE("a terminal is no input, and an empty pipe is an empty one") {
  Desk desk;
  Fed terminal;
  terminal.is_terminal = true;
  for (const char* command : {"run", "plan"}) {
    const auto refused = desk.run({command, "job.yaml", "--input", "-"}, terminal);
    CHECK(refused.exit_code == 2);
    CHECK(holds(refused.err, "the input is standard input (-), and that is this terminal\n  pipe the rows in"));
  }
  const auto empty = desk.run({"run", "job.yaml", "--simulate", "--input", "-"});
  CHECK(empty.exit_code == 2);
  CHECK(holds(empty.err, "no rows"));
  const auto fine = desk.run({"run", "job.yaml", "--simulate", "--input", "-", "--set", "input.on_empty=succeed"});
  CHECK(fine.exit_code == 0);
}

TEST_CASE("a standard input that is closed is an empty one, and no file of ours is taken for it") {
  Desk desk;
  Fed closed;
  closed.is_closed = true;
  const auto empty = desk.run({"run", "job.yaml", "--simulate", "--input", "-"}, closed);
  CHECK(empty.exit_code == 2);
  CHECK(holds(empty.err, "standard input has no rows"));
  desk.folder.write("rows.jsonl", rows_of(1, 3));
  CHECK(desk.run({"run", "job.yaml", "--simulate"}, closed).exit_code == 0);
}

TEST_CASE("rows of a pipe are complained about by its name") {
  Desk desk;
  const auto refused = desk.run({"plan", "job.yaml", "--input", "-"}, {rows_of(1, 2) + "{}\n"});
  CHECK(refused.exit_code == 2);
  CHECK(holds(refused.err, "standard input:3: "));
  CHECK_FALSE(holds(refused.err, "/proc/"));
}

TEST_CASE("plan keeps standard input nowhere, and validate leaves it to the run") {
  Desk desk;
  desk.write_job("-", "");
  const auto plan = desk.run({"plan", "job.yaml"}, {rows_of(1, 20)});
  CHECK(plan.exit_code == 0);
  CHECK(holds(plan.out, "20 items"));
  Fed terminal;
  terminal.is_terminal = true;
  const auto valid = desk.run({"validate", "job.yaml"}, terminal);
  CHECK(valid.exit_code == 0);
  CHECK(valid.out == "ok job.yaml: schemas and template are fine; standard input is read when it runs\n");
  CHECK_FALSE(desk.folder.holds("state"));
}

TEST_CASE(
    "packed rows that are damaged or break off are told by the name they were given, and nothing is left of the run") {
  Desk desk;
  desk.write_job("rows.jsonl.gz", "");
  const auto packed = gzip(rows_of(1, 20'000) + "{\"no\": \n");
  auto damaged = packed;
  damaged[damaged.size() - 6] = static_cast<char>(damaged[damaged.size() - 6] ^ 0x55);  // its check sum
  for (const auto& [content, said] :
       {std::pair{packed.substr(0, packed.size() / 2), std::string("the gzip data is cut short")},
        {damaged, "the gzip data is damaged at about byte"}}) {
    CAPTURE(said);
    desk.folder.write("rows.jsonl.gz", content);
    const auto named = desk.run({"run", "job.yaml", "--simulate"});
    CHECK(named.exit_code == 2);
    CHECK(named.err.starts_with(fmt::format("error: rows.jsonl.gz: {}", said)));
    const auto fed_back = desk.run({"run", "job.yaml", "--simulate", "--input", "rows.jsonl.gz"});
    CHECK(fed_back.exit_code == 2);
    CHECK(fed_back.err.starts_with(fmt::format("error: rows.jsonl.gz: {}", said)));
    const Path spool = desk.folder / "state" / "simulated" / "spool";
    CHECK((!path_exists(spool) || std::filesystem::is_empty(spool)));
  }
  auto small = gzip(rows_of(1, 3));
  small[small.size() - 6] = static_cast<char>(small[small.size() - 6] ^ 0x55);
  CHECK(desk.run({"run", "job.yaml", "--simulate", "--input", "-"}, {small})
            .err.starts_with("error: standard input: the gzip data is damaged"));
}

TEST_CASE("--input stands in for the job's own, and may be packed or a pattern") {
  Desk desk;
  desk.folder.write("a.jsonl.gz", gzip(rows_of(1, 5)));
  desk.folder.write("b.jsonl", rows_of(6, 9));
  CHECK(holds(desk.run({"plan", "job.yaml", "--input", "a.jsonl.gz"}).out, "would send 5 items"));
  CHECK(holds(desk.run({"plan", "job.yaml", "--input", "?.jsonl*"}).out, "would send 9 items"));
  CHECK(holds(desk.run({"plan", "job.yaml", "--input", "-"}, {gzip(rows_of(1, 4))}).out, "would send 4 items"));
  const auto missing = desk.run({"plan", "job.yaml", "--input", "c.jsonl"});
  CHECK(missing.exit_code == 2);
  CHECK(holds(missing.err, "the input c.jsonl does not exist"));
}

TEST_CASE("a sample is spread, blocks nobody and never becomes latest") {
  Desk desk;
  desk.folder.write("rows.jsonl", rows_of(1, 40));
  CHECK(holds(desk.run({"plan", "job.yaml", "--sample", "4"}).out, "would send 4 items"));
  const Words stuck{"run", "job.yaml", "--simulate", "--sample", "4:9", "--no-wait", "--fault", "stuck_validating=1"};
  REQUIRE(desk.run(stuck).exit_code == 0);
  const auto sample = desk.newest();
  CHECK(desk.run({"run", "job.yaml", "--simulate"}).exit_code == 0);  // the sample's unfinished run is not in the way
  CHECK(desk.run({"run", "job.yaml", "--simulate", "--sample", "4"}).exit_code == 0);
  CHECK(desk.newest() != sample);
  CHECK(desk.folder.holds("out/simulated/samples"));
  for (const char* wrong : {"0", "x", "4:", "4:x", ""})
    CHECK(desk.run({"plan", "job.yaml", "--sample", wrong}).exit_code == 2);
}

TEST_CASE("failures are fed back as they lie") {
  Desk desk;
  desk.folder.write("rows.jsonl", rows_of(1, 40));
  CHECK(desk.run({"run", "job.yaml", "--simulate", "--fault", "error_lines=0.3"}).exit_code == 3);
  const auto failures = "out/simulated/" + desk.newest() + "/failures.jsonl";
  const auto failed = count_of(desk.folder.read(failures), "\n");
  REQUIRE(failed > 0);
  REQUIRE(failed < 40);
  const auto plan = desk.run({"plan", "job.yaml", "--input", failures});
  CHECK(plan.exit_code == 0);
  CHECK(holds(plan.out, fmt::format("would send {} item", failed)));
  const auto again = desk.run({"run", "job.yaml", "--simulate", "--input", failures});
  CHECK(again.exit_code == 0);
  const auto results = desk.run({"results", "tickets"}).out;
  CHECK(count_of(results, "\n") == failed);
  CHECK(holds(results, R"({"id":"T-)"));
}

TEST_CASE("a file of requests needs no job file, and its own ids come back") {
  Desk desk;
  desk.folder.write("data/night run.jsonl", requests_of(5));
  const Words words{"run", "data/night run.jsonl", "--provider", "dashscope-intl", "--simulate"};
  const auto ended = desk.run(words);
  CHECK(ended.exit_code == 0);
  CHECK(holds(ended.err, "night-run succeeded"));
  const auto run = desk.newest("night-run");
  const auto results = desk.folder.read("data/out/night-run/simulated/" + run + "/results.jsonl");
  CHECK(count_of(results, "\n") == 5);
  CHECK(holds(results, R"({"id":"mine-1","status":"succeeded")"));
  CHECK(holds(desk.run(words).err, "nothing was sent now"));

  // The job it amounts to, run: the same question of the same rows.
  const auto job = "data/out/night-run/simulated/" + run + "/job.yaml";
  CHECK(desk.run({"validate", job}).exit_code == 0);
  const auto again = desk.run({"run", job, "--simulate"});
  CHECK(again.exit_code == 0);
  CHECK(holds(again.err, "nothing was sent now"));
}

TEST_CASE("requests come packed, through a pipe and by a pattern, too") {
  Desk desk;
  desk.folder.write("a.jsonl.gz", gzip(requests_of(3)));
  const auto planned = [&](const std::string& file, const Fed& fed = {}) {
    return desk.run({"plan", file, "--provider", "openai"}, fed).out;
  };
  CHECK(holds(planned("a.jsonl.gz"), "a would send 3 items"));
  CHECK(holds(planned("*.jsonl.gz"), "would send 3 items"));
  CHECK(holds(planned("-", {requests_of(4)}), "stdin would send 4 items"));
  const auto named = desk.run({"run", "-", "--provider", "openai", "--name", "mine", "--output", "there", "--simulate"},
                              {requests_of(2)});
  CHECK(named.exit_code == 0);
  CHECK(holds(named.err, "mine succeeded"));
  CHECK(desk.folder.holds("there/simulated"));
}

TEST_CASE("what is no file of requests is told what to do instead") {
  Desk desk;
  desk.folder.write("rows.jsonl", rows_of(1, 3));
  const auto rows = desk.run({"run", "rows.jsonl", "--provider", "openai", "--simulate"});
  CHECK(rows.exit_code == 2);
  CHECK(holds(rows.err,
              "error: rows.jsonl begins with a line that is no Batch API request: it has no custom_id and body\n  this "
              "is a file of rows; a job file says what to ask of them: `batchd init NAME` writes one to begin with"));
  const auto csv = desk.run({"run", "rows.csv", "--provider", "openai"});
  CHECK(csv.exit_code == 2);
  CHECK(holds(csv.err, "rows.csv is no job file\n  this is a file of rows;"));
  CHECK(desk.run({"run", "rows.jsonl"}).err == rows.err);
  desk.folder.write("requests.jsonl", requests_of(1));
  const auto whom = desk.run({"run", "requests.jsonl"});
  CHECK(whom.exit_code == 2);
  CHECK(holds(whom.err,
              "requests say what is asked, not of whom: --provider is missing\n  there are dashscope-cn, "
              "dashscope-intl, openai"));
  const auto unknown = desk.run({"plan", "-", "--provider", "opnai"}, {requests_of(1)});
  CHECK(unknown.exit_code == 2);
  CHECK(holds(unknown.err, "-: provider: there is no provider \"opnai\"; did you mean \"openai\"?"));
  const auto job = desk.run({"run", "job.yaml", "--provider", "openai"});
  CHECK(job.exit_code == 2);
  CHECK(holds(job.err, "for this once: --set provider=openai"));
  CHECK_FALSE(desk.folder.holds("state/batchd.db"));
}

TEST_CASE("${run.date} is today, or the day --date says; the day's unfinished run is named") {
  Desk desk;
  desk.write_job("in/${run.date}.jsonl", "");
  desk.folder.write("in/2026-01-30.jsonl", rows_of(1, 2));
  desk.folder.write("in/2026-01-31.jsonl", rows_of(1, 3));
  const auto missing = desk.run({"plan", "job.yaml"});
  CHECK(missing.exit_code == 2);
  CHECK(holds(missing.err, ".jsonl does not exist"));
  CHECK(holds(desk.run({"plan", "job.yaml", "--date", "2026-01-30"}).out, "would send 2 items"));
  for (const char* wrong : {"2026-02-30", "yesterday", "2026-1-1", ""}) {
    const auto refused = desk.run({"plan", "job.yaml", "--date", wrong});
    CHECK(refused.exit_code == 2);
    CHECK(holds(refused.err, "is no day; write one as 2026-11-23"));
  }
  const Words unfinished{"run",    "job.yaml",   "--simulate", "--no-wait",
                         "--date", "2026-01-30", "--fault",    "stuck_validating=1"};
  REQUIRE(desk.run(unfinished).exit_code == 0);
  const auto next_day = desk.run({"run", "job.yaml", "--simulate", "--date", "2026-01-31"});
  CHECK(next_day.exit_code == 2);
  CHECK(holds(next_day.err, "the job has changed since: input.path"));
  CHECK(holds(next_day.err, "--date 2026-01-30"));
  const auto beside = desk.run({"run", "job.yaml", "--simulate", "--date", "2026-01-31", "--new"});
  CHECK(beside.exit_code == 0);
  CHECK(holds(desk.folder.read("out/simulated/" + desk.newest() + "/job.yaml"), "# run with --date 2026-01-31\n"));
}

TEST_CASE("an unfinished run keeps its own output, and says so; what it is asked may not change under its key") {
  Desk desk;
  desk.folder.write("rows.jsonl", rows_of(1, 4));
  const Words stuck{"run", "job.yaml", "--simulate", "--no-wait", "--fault", "stuck_validating=1"};
  REQUIRE(desk.run(stuck).exit_code == 0);
  const auto run = desk.newest();
  const auto moved = desk.run({"run", "job.yaml", "--simulate", "--no-wait", "--set", "output.path=elsewhere"});
  CHECK(moved.exit_code == 0);
  CHECK(holds(moved.err, "warning: run " + run + " goes on with the output.path it began with"));
  CHECK(holds(moved.err, "--new"));
  const auto other = desk.run({"run", "job.yaml", "--simulate", "--set", "input.on_invalid=skip"});
  CHECK(other.exit_code == 2);
  CHECK(holds(other.err, "the job has changed since: input.on_invalid"));
}

TEST_CASE("under a key a changed question is refused while the run is unfinished, and said when it is finished") {
  Desk desk;
  desk.folder.write("rows.jsonl", rows_of(1, 4));
  const Words keyed{"run", "job.yaml", "--simulate", "--key", "K"};
  const auto with = [&](Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  REQUIRE(desk.run(with(keyed, {"--no-wait"})).exit_code == 0);
  const auto changed = desk.run(with(keyed, {"--set", "request.model=qwen-max"}));
  CHECK(changed.exit_code == 2);
  CHECK(holds(changed.err, "the job has changed since: request.model"));
  REQUIRE(desk.run(keyed).exit_code == 0);
  const auto shown = desk.run(with(keyed, {"--set", "request.model=qwen-max"}));
  CHECK(shown.exit_code == 0);
  CHECK(holds(shown.err, "is finished, and the job has changed since: request.model; it is shown as it was"));
  desk.folder.write("rows.jsonl", rows_of(1, 5));
  CHECK(holds(desk.run(keyed).err, "the job has changed since: the content of rows.jsonl"));
}

TEST_CASE("two job files with one name") {
  Desk desk;
  desk.folder.write("rows.jsonl", rows_of(1, 4));
  desk.write_job("rows.jsonl", "", "other.yaml");
  const auto both = desk.run({"validate", "job.yaml", "other.yaml"});
  CHECK(both.exit_code == 2);
  CHECK(holds(both.err, "error: job.yaml and other.yaml are both called \"tickets\""));
  CHECK(holds(both.out, "ok job.yaml"));
  REQUIRE(desk.run({"run", "job.yaml", "--simulate"}).exit_code == 0);
  const auto namesake = desk.run({"run", "other.yaml", "--simulate"});
  CHECK(namesake.exit_code == 0);
  CHECK(holds(namesake.err, "warning: the newest run of \"tickets\" came from " + (desk.folder / "job.yaml").string()));
  std::filesystem::remove(desk.folder / "job.yaml");  // it was moved, not copied
  CHECK_FALSE(holds(desk.run({"run", "other.yaml", "--simulate"}).err, "warning"));
}

TEST_CASE("one round tells what is wrong with config, job and input") {
  Desk desk;
  desk.folder.write("batchd.yaml", "stat_dir: state\n");
  desk.write_job("gone.jsonl", "promt_version: 1\n");
  const auto refused = desk.run({"validate", "job.yaml"});
  CHECK(refused.exit_code == 2);
  CHECK(holds(refused.err, "\"stat_dir\""));
  CHECK(holds(refused.err, "\"promt_version\""));
  CHECK(holds(refused.err, "the input gone.jsonl does not exist"));
  const auto told = desk.run({"validate", "job.yaml", "--json"}).out;
  CHECK(count_of(told, R"("type":"complaint")") == 2);
  CHECK(count_of(told, R"("type":"error")") == 1);
}

TEST_CASE("validate takes --set, and its refused rows stand in --json") {
  Desk desk;
  desk.folder.write("rows.jsonl", rows_of(1, 2) + "{}\n");
  CHECK(desk.run({"validate", "job.yaml", "--set", "input.on_invalid=skip"}).exit_code == 0);
  const auto told = desk.run({"validate", "job.yaml", "--json"});
  CHECK(told.exit_code == 2);
  CHECK(holds(told.out, R"("type":"rejected_row")"));
}

TEST_CASE("cancelling asks for no key when nothing is at the provider") {
  Desk desk;
  desk.folder.write("rows.jsonl", rows_of(1, 4));
  Program full(desk.folder.path(), {"simulate", "--state", "world", "--fault", "storage_full=1"});
  const auto said = full.first_line();
  const auto begin = said.find("http://");
  desk.folder.write("batchd.yaml",
                    "state_dir: state\nproviders:\n  mine:\n    profile: openai-compatible\n    base_url: " +
                        said.substr(begin, said.find('"', begin) - begin) + "/v1\n    api_key_file: key\n");
  desk.folder.write("key", "sk-test\n");
  CHECK(desk.run({"run", "job.yaml", "--set", "provider=mine"}).exit_code == 4);
  std::filesystem::remove(desk.folder / "key");
  const auto cancelled = desk.run({"cancel", "tickets"});
  CHECK(cancelled.exit_code == 0);
  CHECK(holds(cancelled.err, "tickets cancelled"));
}

TEST_CASE("a rehearsal is resumed in the world it began in") {
  Desk desk;
  desk.folder.write("rows.jsonl", rows_of(1, 10));
  const Words words{"run", "job.yaml", "--simulate", "--seed", "77", "--fault", "error_lines=1", "--no-wait"};
  REQUIRE(desk.run(words).exit_code == 0);
  const auto run = desk.newest();
  CHECK(desk.run({"resume", run}).exit_code == 3);  // every line is an error there
  CHECK(holds(desk.folder.read("out/simulated/" + run + "/job.yaml"),
              "# run with --simulate --seed 77\n# run with --fault error_lines=1\n"));
}

}  // namespace
}  // namespace batchd::cli
