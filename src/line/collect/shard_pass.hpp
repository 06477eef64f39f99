#pragma once
// The walk over a shard's result files. Each item is in one of three states, and every line that names it moves it
// at most to the right:
//
//   nothing heard --failure line--> failed so far --answer--> answered
//         `------------------------ answer -------------------^
//
// An answer is judged and its row made as it comes by. A failure waits: an answer may still follow, in this file
// or the other. What has not been answered in the end is settled by settle(): from its first failure line, else from
// how the batch ended. Memory is bounded by the shard, whatever the files hold.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ground/base/files.hpp"
#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "line/collect/collect.hpp"
#include "line/collect/failure.hpp"
#include "line/collect/included_fields.hpp"
#include "line/collect/result_line.hpp"
#include "line/collect/row.hpp"
#include "line/collect/sorted_rows.hpp"

namespace batchd::collect {

class ShardPass {
 public:
  // Rows go to `writer`, which must outlive this.
  static Result<std::unique_ptr<ShardPass>> begin(const Request& request, FileWriter& writer);
  ShardPass(const ShardPass&) = delete;
  ShardPass& operator=(const ShardPass&) = delete;

  Status read(const Path& file, bool is_error_file);
  // All rows are with the writer when it returns.
  Status settle();
  Collected take();

 private:
  enum class Heard : std::uint8_t { nothing, failure, answer };

  ShardPass(const Request& request, FileWriter& writer, IncludedFields included);
  Status on_line(const json::Line& line, bool is_error_file);
  std::optional<std::size_t> item_of(std::string_view custom_id);
  Status on_answer(std::size_t item, const ResultLine& line);
  Status settle_failure(std::size_t item);
  Status settle_unheard(std::size_t item);
  Status settle(std::size_t item, const Row& row);
  model::Outcome with_earlier(std::size_t item) const;
  Status write_row(std::size_t item, Row row);

  const Request& request_;
  File output_file_;  // for lines that are read a second time
  File error_file_;
  IncludedFields included_;
  RowWriter row_writer_;
  std::vector<std::uint64_t> sequences_;  // of the items, packed: a search touches few cache lines
  std::vector<Heard> heard_;
  Collected collected_;
  SortedRows rows_;
  std::map<std::uint64_t, Failure> faults_of_lines_;  // of a batch that was refused: by line of its file, from 1
  std::optional<Failure> without_line_;               // of an item no line speaks of; the same for all

  json::Document line_document_;
  json::Document content_document_;
  std::string scratch_;
};

}  // namespace batchd::collect
