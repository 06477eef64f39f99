#include "ground/base/program.hpp"

#include <csignal>

#include <doctest/doctest.h>

using namespace batchd;

namespace {

ProgramCall shell(const std::string& script) {
  ProgramCall call;
  call.command = {"sh", "-c", script};
  call.folder = "/";
  call.patience = std::chrono::seconds(60);
  return call;
}

// As every process of ours that runs programs.
const auto ignored = std::signal(SIGPIPE, SIG_IGN);

}  // namespace

TEST_CASE("a program is told its arguments, its environment and its input, and what it says is kept") {
  auto call = shell("cat; echo \" $0 $EXTRA $PWD\" >&2; exit 3");
  call.command.push_back("zeroth");
  call.environment = {{"EXTRA", "of ours"}};
  call.standard_input = "the input";
  const auto end = run_program(call);
  REQUIRE(end.ok());
  CHECK(end->exit_code == 3);
  CHECK_FALSE(end->was_killed);
  CHECK(end->output == "the input zeroth of ours /\n");
}

TEST_CASE("of much output the end is kept, and nobody waits for a reader") {
  const auto end = run_program(shell("head -c 1000000 /dev/zero | tr '\\0' x; echo end"));
  REQUIRE(end.ok());
  CHECK(end->exit_code == 0);
  CHECK(end->output.size() == program_output_bytes_max);
  CHECK(end->output.ends_with("xend\n"));
}

TEST_CASE("one that does not read its input is no trouble, however long that is") {
  auto call = shell("exec <&-; echo deaf");
  call.standard_input = std::string(1'000'000, 'x');
  const auto end = run_program(call);
  REQUIRE(end.ok());
  CHECK(end->exit_code == 0);
  CHECK(end->output == "deaf\n");
}

TEST_CASE("one that takes too long is killed, with what it has started") {
  auto call = shell("sleep 1000 & echo begun; sleep 1000");
  call.patience = std::chrono::milliseconds(300);
  const auto end = run_program(call);
  REQUIRE(end.ok());
  CHECK(end->was_killed);
  CHECK(end->exit_code == 128 + SIGKILL);
  CHECK(end->output == "begun\n");
}

TEST_CASE("what it leaves running in the background does not keep us") {
  const auto end = run_program(shell("sleep 20 & echo done"));
  REQUIRE(end.ok());
  CHECK(end->exit_code == 0);
  CHECK(end->output == "done\n");
}

TEST_CASE("a program that is not there is said by its name") {
  ProgramCall call;
  call.command = {"/nowhere/tell"};
  call.folder = "/";
  const auto end = run_program(call);
  REQUIRE_FALSE(end.ok());
  CHECK(end.error().kind == ErrorKind::not_found);
  CHECK(end.error().message.find("/nowhere/tell cannot be run") != std::string::npos);
}
