#pragma once
// State -> people and machines: an ordered copy of the finished rows, report.json, report.md, job.yaml,
// output.schema.json, rejected.jsonl. Written into `<folder>/.<run>.partial`, synced, renamed to `<folder>/<run>`; a
// folder that stands there already is replaced in one step, so writing again is safe. Then `latest` beside it moves,
// unless the run is a sample, was stopped or cancelled, or a newer run's folder holds the place; simulated runs have a
// `latest` of their own. A crash leaves either no folder or a whole one.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"
#include "rules/model/item.hpp"
#include "rules/model/job_spec.hpp"
#include "rules/model/run.hpp"

namespace batchd::report {

// Where one item's finished row lies, in order of sequence, and where its input row lies (for failures.jsonl). Without
// a finished row (a run that stopped early) the report writes one in which nothing but the input is known.
struct RowRef {
  std::uint64_t sequence = 0;
  model::ItemStatus status = model::ItemStatus::failed;
  model::BlobRef row;
  model::BlobRef input;   // only of one that has not succeeded
  model::BlobRef answer;  // the provider's line: only for formats.hpp's openai; none where none came
};

// Rows with a sequence above `after`, at most `limit`, in order; empty at the end.
using Rows = std::function<Result<std::vector<RowRef>>(std::uint64_t after, std::uint32_t limit)>;

struct Sums {
  model::Usage usage;
  std::optional<model::Money> cost;  // nothing when no price is known
  std::string currency;
  std::uint64_t attempts = 0;
  std::uint64_t answers_without_usage = 0;  // that do not say what they used: the sums are lower bounds

  // No answer said what it used: the sums are nothing to go by.
  bool usage_is_unknown() const { return answers_without_usage > 0 && !usage.known; }
};

struct Request {
  const model::JobSpec& job;
  const model::Run& run;  // finished_at and the state to be written are set by the caller
  model::RunState state;  // succeeded, failed, stopped or cancelled
  const std::vector<model::Shard>& shards;
  const std::vector<model::Submission>& submissions;
  model::Counts counts;
  Sums sums;
  Path state_folder;
  Path rejected_file;  // absolute; copied; may not exist: an empty file is written
  std::string version;
  Time finished_at{};
  Rows rows;
};

struct Written {
  Path folder;          // `<folder>/<run>`
  std::string summary;  // report.json's text, one line
};

// The truth table is checked first: rows = rejected + items, items = succeeded + failed + pending, the reasons add up
// to failed, and as many result rows as items were copied. ErrorKind::internal says which sum is wrong.
Result<Written> write(const Request& request);

// Where a run's files go: output.path, then "simulated" for a simulated and "samples" for a sample run.
Path folder_of(const model::Run& run);

}  // namespace batchd::report
