#pragma once
// Answers of earlier runs, taken over: a finished row of then becomes a finished row of now. The output and where it
// came from (model, finish_reason, request_id, custom_id, batch_id) stay; the id, what is included of the row and the
// prompt's version are today's. Attempts, usage and cost are 0: this run asked nobody.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/files.hpp"
#include "ground/base/hash.hpp"
#include "ground/base/result.hpp"
#include "ground/json/document.hpp"
#include "line/collect/included_fields.hpp"
#include "rules/model/item.hpp"
#include "rules/model/job_spec.hpp"
#include "rules/model/run.hpp"

namespace batchd::collect {

class ReusedRows {
 public:
  // Rows go to `file`, which is truncated.
  static Result<ReusedRows> create(const model::JobSpec& job, const model::Run& run, const Path& file);

  // The answer as it is kept.
  struct Known {
    std::string_view run;  // that kept it: reused_from, unless its row names an earlier one
    std::string_view id;   // of its item then
    std::string_view row;
  };
  // Its item now.
  struct Item {
    std::uint64_t sequence = 0;
    std::string_view id;
    std::string_view row;  // of the input
  };
  // Writes the row. Nothing: `known` is not what it should be, a row of that item that has succeeded; nothing was
  // written, and the item has to be asked.
  Result<std::optional<model::Outcome>> add(const Known& known, const Item& item);
  // All rows are durable when it returns; the folder's entry is the caller's.
  Result<model::FileMark> finish();

 private:
  ReusedRows(const model::JobSpec& job, const model::Run& run, FileWriter writer);

  FileWriter writer_;
  Xxh3Stream hash_;
  IncludedFields included_;
  std::string end_;      // what all rows share: simulated
  std::string version_;  // prompt_version and prompt_sha
  bool simulated_;
  std::string line_;
  json::Document document_;
};

}  // namespace batchd::collect
