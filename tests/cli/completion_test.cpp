// The bash script in a bash: what the tabulator key offers.

#include <cstdio>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/program.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

using Words = std::vector<std::string>;

// A folder of jobs and the words that bash offers in it for the last one of a line.
class Desk {
 public:
  Words offered(const Words& line) const {
    std::string words;
    for (const auto& word : line)
      words += fmt::format(" '{}'", word);
    const auto script = fmt::format(
        "cd '{}' && source <('{}' completion bash) && COMP_WORDS=('{}'{}) && COMP_CWORD={} && _batchd && "
        "printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        folder.path().string(), BATCHD_PROGRAM, BATCHD_PROGRAM, words, line.size());
    folder.write("script", script);
    return said_by(fmt::format("bash --norc --noprofile '{}'", (folder / "script").string()));
  }

  static Words said_by(const std::string& command) {
    Words lines;
    FILE* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string text;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
      text += static_cast<char>(c);
    ::pclose(pipe);
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
      if (!line.empty()) lines.push_back(line);
    }
    return lines;
  }

  batchd::test::TemporaryFolder folder;
};

TEST_CASE("bash completes commands, options, words and files") {
  const Desk desk;
  desk.folder.write("batchd.yaml", "state_dir: state\n");
  desk.folder.write("jobs/a b.yaml", "");
  desk.folder.write("jobs/notes.txt", "");
  CHECK(desk.offered({"st"}) == Words{"status"});
  CHECK(desk.offered({"ru"}) == Words{"run", "runs"});
  CHECK(desk.offered({"--json", "ru"}) == Words{"run", "runs"});
  CHECK(desk.offered({"--config", "batchd.yaml", "ca"}) == Words{"cancel"});
  CHECK(desk.offered({"run", "--sim"}) == Words{"--simulate"});
  CHECK(desk.offered({"status", "--sim"}).empty());
  CHECK(desk.offered({"status", "--state"}) == Words{"--state-dir"});
  CHECK(desk.offered({"schema", "jobs/n"}) == Words{"jobs/notes.txt"});
  CHECK(desk.offered({"schema", "s", "--formats", "as"}) == Words{"assert"});
  CHECK(desk.offered({"schema", "s", "--map-uri", "https://x/=jobs", "jobs/n"}) == Words{"jobs/notes.txt"});
  CHECK(desk.offered({"items", "x", "--status", "s"}) == Words{"submitted", "succeeded"});
  CHECK(desk.offered({"items", "x", "--status", "=", "f"}) == Words{"failed"});
  CHECK(desk.offered({"items", "x", "--reason", "trunc"}) == Words{"truncated"});
  CHECK(desk.offered({"completion", "z"}) == Words{"zsh"});
  CHECK(desk.offered({"help", "sim"}) == Words{"simulate"});
  CHECK(desk.offered({"run", "jobs/"}) == Words{"jobs/a b.yaml"});
  CHECK(desk.offered({"run", "--limit", "3", "--new", "job"}) == Words{"jobs"});
  CHECK(desk.offered({"run", "--key", ""}).empty());
}

TEST_CASE("bash completes the jobs and the runs of the state folder that the line names") {
  const Desk desk;
  desk.folder.write("batchd.yaml", "state_dir: state\n");
  desk.folder.write("rows.jsonl", "{\"id\":\"1\"}\n");
  desk.folder.write(
      "job.yaml",
      "name: tickets\nprovider: openai\ninput: {path: rows.jsonl, id: id}\n"
      "request: {model: gpt-4o-mini, messages: [{role: user, content: \"{{id}}\"}]}\noutput: {path: out}\n");
  const auto run = test::Program(desk.folder.path(), {"run", "job.yaml", "--simulate", "-q"}).finish();
  REQUIRE(run.exit_code == 0);
  CHECK(desk.offered({"status", "ti"}) == Words{"tickets"});
  const auto runs = desk.offered({"show", "01"});
  REQUIRE(runs.size() == 1);
  CHECK(runs.front().size() == 8);
  CHECK(test::Program(desk.folder.path(), {"status", runs.front()}).finish().exit_code == 0);
  CHECK(desk.offered({"runs", ""}) == Words{"tickets"});
  CHECK(desk.offered({"--state-dir", "elsewhere", "status", "ti"}).empty());
  CHECK(desk.offered({"status", "--state-dir", "elsewhere", "ti"}).empty());
}

TEST_CASE("what cannot be completed is not complained of") {
  const batchd::test::TemporaryFolder folder;
  folder.write("batchd.yaml", "no such key: at all\n");
  const auto nothing = test::Program(folder.path(), {"__complete", "runs", "--"}).finish();
  CHECK(nothing.exit_code == 0);
  CHECK(nothing.out.empty());
}

}  // namespace
}  // namespace batchd::cli
