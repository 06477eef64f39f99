#include "ground/base/check.hpp"

#include <array>
#include <csignal>
#include <string>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ground/base/result.hpp"

using namespace batchd;

namespace {

struct Ending {
  int signal = 0;  // 0: it ended by itself
  std::string stderr_text;
};

// Runs `body` in a child of its own, since a failed check ends the process.
template <typename Body>
Ending run_in_child(Body body) {
  std::array<int, 2> pipe_ends{};
  REQUIRE(::pipe(pipe_ends.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // doctest's handler would report the crash as a failure of this test
    ::dup2(pipe_ends[1], STDERR_FILENO);
    ::close(pipe_ends[0]);
    body();
    ::_exit(0);
  }
  ::close(pipe_ends[1]);
  Ending ending;
  std::array<char, 512> buffer{};
  for (ssize_t count; (count = ::read(pipe_ends[0], buffer.data(), buffer.size())) > 0;)
    ending.stderr_text.append(buffer.data(), static_cast<std::size_t>(count));
  ::close(pipe_ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  ending.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return ending;
}

}  // namespace

TEST_CASE("a failed check says what and where, and aborts") {
  const Ending ending = run_in_child([] { check(1 + 1 == 3, "sums come out right"); });
  CHECK(ending.signal == SIGABRT);
  CHECK(ending.stderr_text.find("sums come out right") != std::string::npos);
  CHECK(ending.stderr_text.find("check_test.cpp:") != std::string::npos);
}

TEST_CASE("a check that holds does nothing") {
  const Ending ending = run_in_child([] { check(1 + 1 == 2, "sums come out right"); });
  CHECK(ending.signal == 0);
  CHECK(ending.stderr_text.empty());
}

TEST_CASE("asking a failure for its value crashes, and so does asking a success for its error") {
  const Result<int> failed = Error(ErrorKind::io, "disk full");
  CHECK(run_in_child([&] { (void)failed.value(); }).signal == SIGABRT);
  const Status good;
  CHECK(run_in_child([&] { (void)good.error(); }).signal == SIGABRT);
}
