#pragma once
// What an input is, by its first line: rows, requests, or our own failures that are fed back.

#include <string>

#include "ground/base/result.hpp"
#include "rules/model/job_spec.hpp"

namespace batchd::cli {

struct FirstLine {
  enum class Kind {
    none,            // there is not one line
    row,             // anything else
    request,         // of the Batch API: it has a custom_id and a body
    failed_row,      // of our failures.jsonl: the row stands under "input"
    failed_request,  // likewise, of a run of requests
  };
  Kind kind = Kind::none;
  std::string url;  // of a request, "" when it does not say
};

// Opens the input (compressed, a pattern, whatever it is) and looks at its first line that is not blank, as JSONL.
// invalid: as prepare::input_paths(), and damaged compressed data.
Result<FirstLine> first_line_of(const model::InputSpec& input);

}  // namespace batchd::cli
