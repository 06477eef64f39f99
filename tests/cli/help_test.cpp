// What --help says, whole where it is pinned: a change of it is a decision.

#include "doors/cli/help.hpp"

#include <sstream>

#include <doctest/doctest.h>

#include "doors/cli/options.hpp"
#include "doors/cli/terminal.hpp"

namespace batchd::cli {
namespace {

Printed printed(std::vector<const char*> words) {
  words.insert(words.begin(), "batchd");
  auto parsed = parse_command_line(static_cast<int>(words.size()), words.data());
  REQUIRE(std::holds_alternative<Printed>(parsed));
  return std::get<Printed>(parsed);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

TEST_CASE("no help is wider than a terminal of eighty columns, and no line ends in a blank") {
  const auto all = syntax();
  REQUIRE(all.commands.size() >= 15);
  std::vector<std::string> texts{main_help(all)};
  for (const auto& command : all.commands)
    texts.push_back(command_help(command));
  for (const auto& text : texts) {
    for (const auto& line : lines_of(text)) {
      CAPTURE(line);
      CHECK(width_of(line) <= help_columns);
      CHECK_FALSE(line.ends_with(' '));
    }
  }
}

TEST_CASE("a command's help comes by --help and by help, and holds nothing of the others") {
  for (const auto& command : syntax().commands) {
    const auto name = std::string(command.name());
    CAPTURE(name);
    const auto own = printed({name.c_str(), "--help"});
    CHECK(own.exit_code == 0);
    CHECK(own.text == command_help(command));
    CHECK(printed({"help", name.c_str()}).text == own.text);
    CHECK(own.text.find("--state-dir") == std::string::npos);
    CHECK_FALSE(command.text->examples.empty());
    CHECK_FALSE(command.text->paragraphs.empty());
  }
  CHECK(printed({"help"}).text == printed({"--help"}).text);
  CHECK(printed({"-h"}).text == printed({"--help"}).text);
}

TEST_CASE("examples are command lines that the parser takes") {
  for (const auto& command : syntax().commands) {
    for (const auto& example : command.text->examples) {
      CAPTURE(example.command);
      std::string line(example.command.substr(0, example.command.find(" | ")));
      if (line.starts_with("source <(")) line = line.substr(9, line.size() - 10);
      std::vector<std::string> words;
      std::istringstream stream(line);
      for (std::string word; stream >> word;)
        words.push_back(word);
      std::vector<const char*> arguments;
      for (const auto& word : words)
        arguments.push_back(word.c_str());
      const auto parsed = parse_command_line(static_cast<int>(arguments.size()), arguments.data());
      const auto* text = std::get_if<Printed>(&parsed);
      CHECK((text == nullptr || text->exit_code == 0));
    }
  }
}

TEST_CASE("the help of status, whole") {
  CHECK(printed({"status", "--help"}).text == R"(Usage: batchd status [RUN]

Where things stand, what they wait for, what comes next.

Without RUN: every unfinished run in a few sentences, then the newest finished
ones, a line each. With RUN: its items, shards and batches, what happened last,
and how to go on or to cancel.

  RUN                       A run's id, the beginning of one, a job's name (its
                            newest run) or JOB@KEY

Examples
  batchd status                         is it fine?
  batchd status ticket-summaries        this job's newest run

Options of every command and exit codes: batchd --help
)");
}

TEST_CASE("the help of init, whole") {
  CHECK(printed({"init", "--help"}).text == R"(Usage: batchd init [OPTION]... NAME

Write a job, its schemas, a sample and a config to begin with.

Writes NAME.yaml and what belongs to it: a schema of the rows, a schema of the
answers, a few sample rows, and batchd.yaml unless a config lies above already.
The job runs at once with --simulate. Nothing that exists is overwritten: if a
file is in the way, nothing is written, and all of them are named.

  NAME                      The job's name: letters, digits, dot, underscore,
                            hyphen

Options
      --dir DIR             The folder to write to (this one)

Examples
  batchd init reviews
      reviews.yaml and its files, in this folder
  batchd init reviews --dir jobs
      the same in jobs/

Options of every command and exit codes: batchd --help
)");
}

TEST_CASE("the main help lists every command, every global option once and every exit code") {
  const auto text = printed({"--help"}).text;
  for (const auto& command : syntax().commands) {
    CAPTURE(command.name());
    CHECK(text.find("\n  " + std::string(command.name()) + " ") != std::string::npos);
  }
  for (const char* option : {"--config FILE", "--state-dir DIR", "--json", "--quiet", "--verbose", "--log-format",
                             "--no-color", "--version", "--help"}) {
    CAPTURE(option);
    const auto first = text.find(std::string(option));
    REQUIRE(first != std::string::npos);
  }
  for (const auto& row : exit_code_table())
    CHECK(text.find("\n  " + std::string(row.codes) + " ") != std::string::npos);
  CHECK(text.find("__complete") == std::string::npos);
}

TEST_CASE("the man page has every command and option, and no line that roff would take for an order") {
  const auto all = syntax();
  const auto page = manual_page(all);
  for (const char* section :
       {"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES"}) {
    CAPTURE(section);
    CHECK(page.find(".SH " + std::string(section) + "\n") != std::string::npos);
  }
  for (const auto& command : all.commands)
    CHECK(page.find("\n.SS " + std::string(command.name()) + "\n") != std::string::npos);
  CHECK(page.find("\\-\\-state\\-dir") != std::string::npos);
  for (const auto& line : lines_of(page)) {
    CAPTURE(line);
    if (line.starts_with('.')) {
      const auto order = line.substr(0, line.find(' '));
      bool known = false;
      for (const char* macro : {".\\\"", ".TH", ".SH", ".SS", ".TP", ".PP", ".RS", ".RE", ".nf", ".fi", ".br"})
        known |= order == macro;
      CHECK(known);
    }
    CHECK_FALSE(line.starts_with('\''));
  }
}

TEST_CASE("zsh splits what it is offered at line breaks, and the remark from the word") {
  const auto script = completion_script(syntax(), "zsh");
  CHECK(script.find("  found=(${(f)\"$($batchd_line[1] __complete $1 -- ${batchd_line[2,-1]} 2>/dev/null)\"})\n"
                    "  found=(${${found//:/\\\\:}//$'\\t'/:})\n") != std::string::npos);
}

TEST_CASE("completion knows every command, every option and every word of the grammar") {
  const auto all = syntax();
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CAPTURE(shell);
    const auto script = completion_script(all, shell);
    CHECK(printed({"completion", shell}).text == script);
    for (const auto& command : all.commands) {
      CAPTURE(command.name());
      CHECK(script.find(command.name()) != std::string::npos);
      for (const auto& option : command.options) {
        for (const auto& name : option.names) {
          CAPTURE(name);
          const bool fish = std::string(shell) == "fish";
          CHECK(script.find(fish ? " " + name.substr(name.starts_with("--") ? 2 : 1) : name) != std::string::npos);
        }
        for (const auto& word : option.words)
          CHECK(script.find(word) != std::string::npos);
      }
    }
    CHECK(script.find("__complete") != std::string::npos);
    CHECK(script.find("schema_mismatch") != std::string::npos);
  }
}

}  // namespace
}  // namespace batchd::cli
