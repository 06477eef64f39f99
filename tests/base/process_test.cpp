#include "ground/base/process.hpp"

#include <csignal>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace batchd;

namespace {

// A child that does nothing until it is killed.
pid_t start_child() {
  const pid_t child = ::fork();
  if (child == 0)
    while (true)
      ::pause();
  return child;
}

std::uint64_t start_ticks_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string field;
  for (int i = 0; i < 22; ++i)
    file >> field;  // this test's own name has no blanks
  return std::stoull(field);
}

}  // namespace

TEST_CASE("this process is alive, and says so after its identity was written down") {
  const ProcessIdentity self = this_process();
  CHECK(self.pid == ::getpid());
  CHECK(self.start_ticks > 0);
  CHECK(liveness_of(self) == Liveness::alive);
  const auto back = process_from_text(to_text(self));
  REQUIRE(back.ok());
  CHECK(*back == self);
}

TEST_CASE("the same number with another start time is another process") {
  ProcessIdentity recycled = this_process();
  recycled.start_ticks += 1;
  CHECK(liveness_of(recycled) == Liveness::dead);
}

TEST_CASE("a process from before the reboot is dead, whoever has its number now") {
  ProcessIdentity earlier = this_process();
  earlier.boot_id = "00000000-0000-0000-0000-000000000000";
  CHECK(liveness_of(earlier) == Liveness::dead);
}

TEST_CASE("nothing can be said about a process of another host") {
  ProcessIdentity other = this_process();
  other.host += "-other";
  CHECK(liveness_of(other) == Liveness::elsewhere);
}

TEST_CASE("a killed process is dead even while its parent has not collected it") {
  const pid_t child = start_child();
  REQUIRE(child > 0);
  ProcessIdentity identity = this_process();
  identity.pid = child;
  identity.start_ticks = start_ticks_of(child);
  CHECK(liveness_of(identity) == Liveness::alive);
  REQUIRE(::kill(child, SIGKILL) == 0);
  siginfo_t facts{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &facts, WEXITED | WNOWAIT) == 0);  // dead, and left uncollected
  CHECK(liveness_of(identity) == Liveness::dead);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  CHECK(liveness_of(identity) == Liveness::dead);
}

TEST_CASE("only the form host/boot/pid/ticks names a process") {
  for (const char* text :
       {"", "host", "host/boot/12", "host/boot/12/", "host/boot/x/5", "host/boot/12/5/6", "/boot/1/2"})
    CHECK_MESSAGE(!process_from_text(text).ok(), text);
  CHECK(process_from_text("host//12/5").ok());  // a machine whose /proc names no boot
}
