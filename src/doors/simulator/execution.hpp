#pragma once
// A batch's results, written line by line: nothing of a file is held. An input of any size costs one line of memory.

#include <optional>
#include <string>

#include "doors/simulator/answer.hpp"
#include "doors/simulator/asked.hpp"
#include "doors/simulator/records.hpp"
#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd::simulator {

struct ExecutionPaths {
  Path input;
  Path output;  // written anew; left empty when no line goes there
  Path errors;
  Path asked;  // the keys of the bodies that were answered
};

struct WrittenFile {
  std::uint64_t bytes = 0;
  std::uint64_t lines = 0;
  std::string xxh3;
};

struct Execution {
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  Usage usage;
  WrittenFile output;
  WrittenFile errors;
};

// Answers the first `done` requests; what becomes of the others `state` says: expired (a line each in the error file),
// cancelled (likewise, on OpenAI) or nothing.
struct Rest {
  std::uint64_t done = 0;
  std::string_view error_code{};  // "": no line
  std::string_view error_message{};
};

Result<Execution> execute(const Batch& batch, const Rest& rest, Time finished, std::uint64_t seed, const Faults& faults,
                          Answerer& answerer, Asked& asked, const ExecutionPaths& paths);

}  // namespace batchd::simulator
