#pragma once
// Why there is no answer: the providers' error codes, many spellings, as one of our reasons.

#include <string>
#include <string_view>
#include <vector>

#include "line/collect/result_line.hpp"
#include "rules/model/batch.hpp"
#include "rules/model/item.hpp"

namespace batchd::collect {

// Why something was not done, in the provider's words and as a reason.
struct Failure {
  model::Reason reason = model::Reason::provider_error;
  std::string message;
};

// Of a line that holds no answer. The fault may stand at the top level or in the body, as code or error_code, as an
// object or a bare string.
Failure failure_of(const ResultLine& line);
// Of a batch that failed validation: from its errors.data[].
Failure failure_of(const std::vector<model::BatchError>& errors);
// The provider refused the whole batch, and this error names a line: of the item of that line.
Failure failure_of_line(const model::BatchError& error);
// Of the other items of such a batch: nothing is wrong with them, they did not run.
Failure failure_beside(const std::vector<model::BatchError>& errors);
// Of an upload or create that was refused for good: `error` is all we kept of it.
Failure failure_of_refusal(std::string_view error);

// What an error code of any provider comes to (providers.md 5.1). `status` 0: none was given; `otherwise` is for a
// code nobody knows.
model::Reason reason_of(std::string_view code, std::string_view type, int status, model::Reason otherwise);

}  // namespace batchd::collect
