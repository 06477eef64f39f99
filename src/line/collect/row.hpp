#pragma once
// One finished line of results.jsonl: always the same keys in the same order (contract.md).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ground/json/document.hpp"
#include "rules/model/item.hpp"
#include "rules/model/job_spec.hpp"
#include "rules/model/run.hpp"

namespace batchd::collect {

// What differs from item to item. Views are borrowed; the usage, cost and verdict stand in the outcome.
struct Row {
  std::string_view id;
  json::View value;                      // succeeded: the output, when it is JSON
  std::optional<std::string_view> text;  // succeeded: the output otherwise. failed: what the model gave, for `raw`
  std::string_view error;                // "" when there is none
  std::string_view included = "{}";      // finished JSON
  std::string_view model;
  std::optional<std::string_view> finish_reason;
  std::optional<std::string_view> request_id;
};

class RowWriter {
 public:
  RowWriter(const model::JobSpec& job, const model::Run& run, const model::Shard& shard, std::string_view batch_id);

  // Appends the line with its end.
  void append(std::string& out, const Row& row, const model::Outcome& outcome) const;

 private:
  const model::Run& run_;
  const model::Shard& shard_;
  // What all rows of a shard share, written once: from prompt_version to finish_reason's colon, and from batch_id on.
  std::string middle_;
  std::string end_;
};

}  // namespace batchd::collect
