#include <cstdlib>
#include <initializer_list>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "doors/cli/options.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

std::variant<CommandLine, Printed> parse(std::initializer_list<const char*> words) {
  std::vector<const char*> line{"batchd"};
  line.insert(line.end(), words);
  return parse_command_line(static_cast<int>(line.size()), line.data());
}

CommandLine understood(std::initializer_list<const char*> words) {
  auto parsed = parse(words);
  if (const auto* printed = std::get_if<Printed>(&parsed)) FAIL(printed->text);
  return std::get<CommandLine>(parsed);
}

template <typename Options>
Options command(std::initializer_list<const char*> words) {
  const auto line = understood(words);
  REQUIRE(std::holds_alternative<Options>(line.command));
  return std::get<Options>(line.command);
}

// What a usage error says; its exit code is 2.
std::string complaint(std::initializer_list<const char*> words) {
  auto parsed = parse(words);
  REQUIRE(std::holds_alternative<Printed>(parsed));
  const auto& printed = std::get<Printed>(parsed);
  CHECK(printed.exit_code == 2);
  CHECK(printed.text.starts_with("error: "));
  return printed.text;
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("run takes its job, its key and how to go about it") {
  const auto run = command<RunOptions>({"run", "jobs/a.yaml", "--key", "2026-11-23", "--new", "--no-wait", "--simulate",
                                        "--limit", "20", "--seed", "7", "--give-up-after", "2h"});
  CHECK(run.job.file == "jobs/a.yaml");
  CHECK(run.key == "2026-11-23");
  CHECK(run.new_run);
  CHECK(run.no_wait);
  CHECK(run.simulate);
  CHECK_FALSE(run.plan_only);
  CHECK(run.job.limit == 20U);
  CHECK(run.simulator.seed == 7);
  CHECK(run.give_up_after == std::chrono::hours(2));
}

TEST_CASE("a bare run asks for nothing special") {
  const auto run = command<RunOptions>({"run", "a.yaml"});
  CHECK_FALSE(run.key.has_value());
  CHECK_FALSE(run.new_run);
  CHECK_FALSE(run.no_wait);
  CHECK_FALSE(run.simulate);
  CHECK_FALSE(run.job.limit.has_value());
  CHECK_FALSE(run.give_up_after.has_value());
  CHECK(run.job.set.empty());
  CHECK(run.simulator.faults.empty());
}

TEST_CASE("run -n is a plan") {
  CHECK(command<RunOptions>({"run", "-n", "a.yaml"}).plan_only);
  CHECK(command<RunOptions>({"run", "a.yaml", "--dry-run"}).plan_only);
}

TEST_CASE("validate takes several jobs, plan one") {
  CHECK(command<ValidateOptions>({"validate", "a.yaml", "b.yaml"}).files == std::vector<Path>{"a.yaml", "b.yaml"});
  const auto plan = command<PlanOptions>({"plan", "a.yaml", "--limit", "3", "--set", "request.model=x"});
  CHECK(plan.job.file == "a.yaml");
  CHECK(plan.job.limit == 3U);
  CHECK(plan.job.set == Pairs{{"request.model", "x"}});
}

TEST_CASE("the reading commands take a run, and what of it") {
  CHECK(command<StatusOptions>({"status"}).run.empty());
  CHECK(command<StatusOptions>({"status", "tickets"}).run == "tickets");
  CHECK(command<RunsOptions>({"runs"}).limit == 20);
  CHECK(command<RunsOptions>({"runs", "tickets", "--limit", "5"}).job == "tickets");
  CHECK(command<WatchOptions>({"watch", "tickets", "--exit-status"}).exit_status);
  const auto items = command<ItemsOptions>({"items", "tickets", "--status", "failed", "--reason", "truncated"});
  CHECK(items.run == "tickets");
  CHECK(items.status == "failed");
  CHECK(items.reason == "truncated");
  CHECK(items.limit == 100);
  const auto show = command<ShowOptions>({"show", "tickets@nightly", "#17"});
  CHECK(show.run == "tickets@nightly");
  CHECK(show.item == "#17");
  CHECK_FALSE(command<ResultsOptions>({"results", "tickets"}).output.has_value());
  CHECK(command<ResultsOptions>({"results", "tickets", "-o", "r.jsonl"}).output == Path("r.jsonl"));
}

TEST_CASE("the changing commands take a run") {
  CHECK(command<ResumeOptions>({"resume"}).run.empty());
  const auto resume = command<ResumeOptions>({"resume", "01jd", "--give-up-after", "30s"});
  CHECK(resume.run == "01jd");
  CHECK(resume.give_up_after == std::chrono::seconds(30));
  CHECK(command<CancelOptions>({"cancel", "01jd"}).run == "01jd");
}

TEST_CASE("simulate takes an address, a folder and bad days") {
  const auto simulate = command<SimulateOptions>({"simulate", "--listen", "unix:/run/s", "--state", "world",
                                                  "--journal", "j.jsonl", "--seed", "3", "--fault", "rate_429=0.1"});
  CHECK(simulate.listen == "unix:/run/s");
  CHECK(simulate.state == Path("world"));
  CHECK(simulate.journal == Path("j.jsonl"));
  CHECK(simulate.simulator.seed == 3);
  CHECK(simulate.simulator.faults == Pairs{{"rate_429", "0.1"}});
  CHECK(command<SimulateOptions>({"simulate"}).listen == "127.0.0.1:0");
  CHECK(command<SimulateOptions>({"simulate", "--list-faults"}).list_faults);
}

TEST_CASE("global options stand before the command or behind it") {
  for (const auto& line :
       {understood({"--json", "-q", "-v", "--state-dir", "s", "--config", "c.yaml", "--log-format", "json", "status"}),
        understood(
            {"status", "--json", "-q", "-v", "--state-dir", "s", "--config", "c.yaml", "--log-format", "json"})}) {
    CHECK(line.global.json);
    CHECK(line.global.quiet);
    CHECK(line.global.verbose);
    CHECK(line.global.log_format == LogFormat::json);
    // No meaning may depend on the folder a later step stands in.
    CHECK(line.global.state_dir == std::filesystem::absolute("s"));
    CHECK(line.global.config == std::filesystem::absolute("c.yaml"));
  }
}

TEST_CASE("colours are off by an option or by NO_COLOR") {
  ::unsetenv("NO_COLOR");
  CHECK(understood({"status"}).global.color);
  CHECK_FALSE(understood({"status", "--no-color"}).global.color);
  ::setenv("NO_COLOR", "", 1);
  CHECK(understood({"status"}).global.color);  // set but empty says nothing (no-color.org)
  ::setenv("NO_COLOR", "1", 1);
  CHECK_FALSE(understood({"status"}).global.color);
  ::unsetenv("NO_COLOR");
}

TEST_CASE("assignments are split at their first equals sign, in the order given") {
  const auto run = command<RunOptions>({"run", "a.yaml", "--set", "request.model=qwen-max", "--set", "labels.query=a=b",
                                        "--set", "description=", "--fault", "slow_ms=5"});
  CHECK(run.job.set == Pairs{{"request.model", "qwen-max"}, {"labels.query", "a=b"}, {"description", ""}});
  CHECK(run.simulator.faults == Pairs{{"slow_ms", "5"}});
}

TEST_CASE("an assignment takes one word, so that the job may stand behind it") {
  const auto run = command<RunOptions>({"run", "--fault", "slow_ms=5", "--set", "request.model=x", "a.yaml", "--new"});
  CHECK(run.job.file == "a.yaml");
  CHECK(run.job.set == Pairs{{"request.model", "x"}});
  CHECK(run.simulator.faults == Pairs{{"slow_ms", "5"}});
}

TEST_CASE("a usage error is a sentence that names what was typed") {
  CHECK(holds(complaint({"run", "a.yaml", "--set", "model"}), R"(--set: "model" is not of the form NAME=VALUE)"));
  CHECK(holds(complaint({"run", "a.yaml", "--set", "=x"}), R"(--set: "=x" is not of the form NAME=VALUE)"));
  CHECK(holds(complaint({"simulate", "--fault", "slow"}), R"(--fault: "slow" is not of the form NAME=VALUE)"));
  const auto duration = complaint({"run", "a.yaml", "--give-up-after", "3"});
  CHECK(holds(duration, R"(--give-up-after: "3" is not a duration)"));
  CHECK(holds(duration, "30s"));  // and what one looks like
  CHECK(holds(complaint({"run"}), "run needs JOB.yaml\n  batchd run [OPTION]... JOB.yaml\n"));
  CHECK(holds(complaint({"show", "tickets"}), "show needs ITEM\n"));
  CHECK(holds(complaint({"run", "a.yaml", "b.yaml"}), "\"b.yaml\" is one too many\n"));
  CHECK(holds(complaint({"items", "tickets", "--status", "faild"}),
              "\"faild\" is none of pending, submitted, succeeded, failed; did you mean \"failed\"?"));
  CHECK(holds(complaint({"items", "tickets", "--reason", "truncatd"}), "did you mean \"truncated\"?"));
  CHECK(holds(complaint({"run", "a.yaml", "--limit"}), "--limit needs a value\n"));
  CHECK(holds(complaint({"run", "a.yaml", "--limit", "1", "--limit", "2"}), "--limit may be given once\n"));
  CHECK(holds(complaint({"run", "a.yaml", "--limit", "3k"}), "--limit: \"3k\" is not a whole number"));
  CHECK(holds(complaint({"run", "a.yaml", "--key", ""}), "--key"));
  CHECK(holds(complaint({"status", "--log-format", "xml"}), "xml"));
  CHECK(holds(complaint({"run", "a.yaml", "--limit", "many"}), "--limit"));
}

TEST_CASE("a limit of nothing is an error, not everything") {
  CHECK(holds(complaint({"run", "a.yaml", "--limit", "0"}), "--limit: must be 1 or more"));
  CHECK(holds(complaint({"items", "tickets", "--limit", "0"}), "--limit: must be 1 or more"));
}

TEST_CASE("what is wrong with a value is said truly, and in whole sentences") {
  CHECK(holds(complaint({"run", "a.yaml", "--limit", "-3"}), "--limit: must be 1 or more"));
  CHECK(holds(complaint({"run", "a.yaml", "--limit=-x"}), R"("-x" is not a whole number)"));
  CHECK(holds(complaint({"run", "a.yaml", "--give-up-after", "5"}), R"("5" is not a duration. Write)"));
  CHECK(holds(complaint({"--state-dir"}), "--state-dir needs a value\n"));
  CHECK(holds(complaint({"-V"}), R"(did you mean "--version"?)"));
}

TEST_CASE("a pattern the shell has made into names is answered by the quotes it wants") {
  const test::TemporaryFolder folder;
  const auto second = folder.write("p2.csv", "");
  const auto refused = complaint({"run", "a.yaml", "--input", "p1.csv", second.c_str()});
  CHECK(holds(refused, R"(give a pattern, in quotes: --input "data/*.jsonl")"));
  CHECK_FALSE(holds(complaint({"run", "a.yaml", "b.yaml"}), "pattern"));
}

TEST_CASE("a mistyped command is named, with the one that was meant") {
  CHECK(holds(complaint({"rum", "a.yaml"}), R"(there is no command "rum"; did you mean "run"?)"));
  CHECK(holds(complaint({"--json", "statsu"}), R"(there is no command "statsu"; did you mean "status"?)"));
  CHECK(holds(complaint({"frobnicate"}), "there is no command \"frobnicate\"\n"));
}

TEST_CASE("a mistyped option is named, with the one that was meant or the command that has it") {
  CHECK(
      holds(complaint({"run", "a.yaml", "--simulat"}), R"(run has no option "--simulat"; did you mean "--simulate"?)"));
  CHECK(holds(complaint({"run", "a.yaml", "--limt=3"}), R"(run has no option "--limt"; did you mean "--limit"?)"));
  CHECK(holds(complaint({"status", "--jsn"}), R"(status has no option "--jsn"; did you mean "--json"?)"));
  CHECK(holds(complaint({"status", "--simulate"}), R"(status has no option "--simulate"; it is an option of run)"));
  CHECK(holds(complaint({"status", "--frobnicate"}), "status has no option \"--frobnicate\"\n"));
}

TEST_CASE("a job without a command is answered by the command") {
  CHECK(holds(complaint({"jobs/x.yaml", "--simulate"}),
              "\"jobs/x.yaml\" is no command; to run this job: batchd run jobs/x.yaml\n"));
}

TEST_CASE("a forced colour is one also where no terminal is, unless there shall be none") {
  ::setenv("CLICOLOR_FORCE", "1", 1);
  CHECK(understood({"status"}).global.force_color);
  CHECK_FALSE(understood({"status", "--no-color"}).global.force_color);
  ::setenv("CLICOLOR_FORCE", "0", 1);
  CHECK_FALSE(understood({"status"}).global.force_color);
  ::unsetenv("CLICOLOR_FORCE");
}

TEST_CASE("init takes a name and a folder") {
  const auto init = command<InitOptions>({"init", "reviews", "--dir", "jobs"});
  CHECK(init.name == "reviews");
  CHECK(init.folder == Path("jobs"));
  CHECK(command<InitOptions>({"init", "reviews"}).folder == Path("."));
}

TEST_CASE("what is asked for completion may hold options of the line that is being typed") {
  const auto complete = command<CompleteOptions>({"__complete", "runs", "--", "status", "--state-dir", "s", "--"});
  CHECK(complete.what == "runs");
  CHECK(complete.words.at(1) == "--state-dir");
}

TEST_CASE("no command at all is answered by the list of them") {
  const auto text = complaint({});
  CHECK(holds(text, "a command is needed: init, validate, plan, run, "));
  CHECK(holds(text, "--help"));
}

TEST_CASE("--version and --help are answers, not errors") {
  auto version = std::get<Printed>(parse({"--version"}));
  CHECK(version.exit_code == 0);
  CHECK(version.text == std::string("batchd ") + BATCHD_VERSION + "\n");

  CHECK(std::get<Printed>(parse({"--help"})).exit_code == 0);  // help_test.cpp says what it holds
}

}  // namespace
}  // namespace batchd::cli
