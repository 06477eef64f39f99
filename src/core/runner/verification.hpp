#pragma once
// A run recounted from what lies on the disk: the provider's answers are judged once more, every figure that is kept is
// counted again, every file is held against what was noted when it was written. Reads only; of an unfinished run as
// much as is collected.

#include <cstdint>
#include <string>
#include <vector>

#include "core/store/store.hpp"
#include "ground/base/files.hpp"
#include "rules/model/job_spec.hpp"
#include "rules/model/run.hpp"

namespace batchd::runner {

struct VerifyRequest {
  store::Store& store;
  const model::Run& run;
  const model::JobSpec& job;  // as it was frozen
  Path state_folder;
};

struct Finding {
  std::string kind;  // database, counts, outcome, answer, row, file_missing, file_changed, results: stable
  std::uint32_t shard = 0;
  std::string text;  // a sentence
};

struct Verification {
  static constexpr std::size_t findings_max = 100;  // told one by one; what comes after is counted
  std::vector<Finding> findings;
  std::uint64_t findings_total = 0;
  store::Recount recount;
  std::uint64_t shards = 0;
  std::uint64_t shards_collected = 0;
  std::uint64_t answers_judged = 0;   // items whose verdict was reached again
  std::uint64_t files = 0;            // whose length and hash were compared
  std::uint64_t bytes = 0;            // of these
  std::uint64_t files_not_noted = 0;  // that an older batchd has written: only that they are there is known
  std::uint64_t result_rows = 0;      // of results.jsonl
  bool has_results = false;           // a finished run; else there are none to compare
  bool is_moving = false;             // a process went on with it meanwhile: what is kept was not compared
};

// An Error: it could not be verified at all.
Result<Verification> verify(const VerifyRequest& request);

}  // namespace batchd::runner
