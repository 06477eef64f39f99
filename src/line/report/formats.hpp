#pragma once
// The results once more, for whoever reads something else than results.jsonl. In input order; an item without a
// finished row (its answer has not come yet) is left out.

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "line/report/report.hpp"

namespace batchd::report {

enum class Format : std::uint8_t {
  jsonl,   // as in results.jsonl
  csv,     // csv_table.hpp says how a row becomes a record
  openai,  // batch_lines.hpp: as the Batch API's own output, for code that was written for it
};
std::optional<Format> format_from_name(std::string_view name);

struct Export {
  const model::JobSpec& job;  // as the run was frozen: its schema and `include` are columns of csv
  Path state_folder;
  Rows rows;  // `answer` only for openai, `input` for none
};

// Takes finished lines, ends included. Called by one thread at a time, which need not be the caller's.
using Sink = std::function<Status(std::string_view)>;

// The first error of rows, files or sink ends it. Memory is bounded, whatever the run's size.
Status write_results(const Export& results, Format format, const Sink& sink);

}  // namespace batchd::report
