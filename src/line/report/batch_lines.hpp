#pragma once
// Results as lines of the Batch API's own output file: {"id", "custom_id", "response", "error"}, in this order and no
// other keys. custom_id is the item's id. `response` is the provider's, as it came. `error` is null for exactly the
// items that succeeded: else the provider's own error object, or, where we had to say it (no line came, the answer did
// not fit), {"code", "message"} with our reason as the code; `batch_expired` and `batch_cancelled` as the API has them.

#include <string>
#include <string_view>

#include "ground/base/result.hpp"
#include "ground/json/document.hpp"

namespace batchd::report {

class BatchLines {
 public:
  // `row` is the finished result, `answer` the provider's line, "" where none came. invalid: one of them is no JSON.
  Status append(std::string& out, std::string_view row, std::string_view answer);

 private:
  json::Document row_;
  json::Document answer_;
};

}  // namespace batchd::report
