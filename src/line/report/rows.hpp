#pragma once
// results.jsonl and failures.jsonl: the finished rows, copied in order of sequence.

#include <cstdint>

#include "line/report/report.hpp"

namespace batchd::report {

struct Copied {
  std::uint64_t rows = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t pending = 0;  // submitted ones, too
};

// Both files are durable when it returns. internal: rows out of order; io: a row that is not where it should be.
Result<Copied> copy_rows(const Request& request, const Path& folder);

}  // namespace batchd::report
