#pragma once
// Result files -> answers -> outcomes. Both files of a batch, in any order, line by line; every item of the shard is
// accounted for exactly once, whatever the files hold. Synchronous: one call per shard, on a worker thread.
//
// A line belongs to an item by its custom_id alone (this run, this attempt, a sequence of this shard), never by its
// place. Of several lines for one item an answer stands before a failure and the first before the next; each extra one
// is a duplicate. An item without any is told by how the batch ended. It is `missing`, and counted as such, only where
// the batch completed: what expired or was cancelled was not lost.

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
  // invalid: the schema cannot be compiled (the message begins with its file), or `take` asks for what the endpoint
  // never answers. Worth asking before a run is paid for.
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

// Of a shard that is over: its batch is terminal, it was refused, or it was never sent. Anything else crashes.
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
  // Of each item what its attempts before this one have used: a row's usage and cost are those of all of them. Empty
  // for a first attempt.
  std::vector<model::EarlierUse> earlier = {};
};

struct Collected {
  std::vector<model::Outcome> outcomes;  // one per item, by sequence
  model::Anomalies anomalies;
};

// Writes the finished results.jsonl rows to shard.outcome_file (temporary name, synced, renamed), then answers.
// Doing it again gives the same file and the same outcomes.
Result<Collected> collect(const Request& request);

}  // namespace batchd::collect
