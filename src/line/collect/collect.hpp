#pragma once
// Result files -> answers -> outcomes. Both files of a batch, in any order, line by line; every item of the shard is
// accounted for exactly once, whatever the files hold. Synchronous: one call per shard, on a worker thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"
#include "rules/model/item.hpp"
#include "rules/model/job_spec.hpp"
#include "rules/model/run.hpp"

namespace batchd::collect {

// What is compiled once for all shards of a run: the output schema. Immutable, shared by the workers.
class Judge {
 public:
  static Result<Judge> compile(const model::OutputSpec& output, const std::string& endpoint);
  Judge(Judge&&) noexcept;
  Judge& operator=(Judge&&) noexcept;
  ~Judge();
  struct Program;
  const Program& program() const { return *program_; }

 private:
  explicit Judge(std::unique_ptr<const Program> program);
  std::unique_ptr<const Program> program_;
};

struct Request {
  const Judge& judge;
  const model::JobSpec& job;
  const model::Run& run;
  const model::Shard& shard;
  const model::Submission& submission;
  const std::vector<model::Item>& items;  // of the shard, by sequence
  std::optional<model::Price> price;
  Path state_folder;                          // shard.*_file are relative to it
  std::uint64_t line_bytes_max = 64'000'000;  // a longer result line is undecodable
};

struct Collected {
  std::vector<model::Outcome> outcomes;  // one per item, by sequence
  model::Anomalies anomalies;
};

// Writes the finished results.jsonl rows to shard.outcome_file (temporary name, synced, renamed), then answers.
// Doing it again gives the same file and the same outcomes.
Result<Collected> collect(const Request& request);

}  // namespace batchd::collect
