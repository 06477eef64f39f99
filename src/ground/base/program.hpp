#pragma once
// Another program, run to its end.

#include <string>
#include <utility>
#include <vector>

#include "ground/base/clock.hpp"
#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd {

struct ProgramCall {
  std::vector<std::string> command;                              // program and arguments; without a slash: by PATH
  std::vector<std::pair<std::string, std::string>> environment;  // beside ours, or in its place
  std::string standard_input;
  Path folder;           // in which it runs; must exist
  Duration patience{0};  // after that it is killed, and all it has started
};

struct ProgramEnd {
  int exit_code = 0;        // 128 + the signal that ended it
  bool was_killed = false;  // by us: it took too long
  std::string output;       // the end of what it wrote to standard output and error
};

inline constexpr std::size_t program_output_bytes_max = 4'000;  // kept of that

// Waits for it: to be called on a worker's thread, in a process that ignores SIGPIPE. not_found: there is no such
// program; io: it cannot be started.
Result<ProgramEnd> run_program(const ProgramCall& call);

}  // namespace batchd
