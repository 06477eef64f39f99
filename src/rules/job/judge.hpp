#pragma once
// The two embedded schemas are the only judges of shape. Their faults become complaints in a person's words; a schema's
// own `patternErrorMessage`, which editors show too, says what a pattern means.

#include "rules/job/source.hpp"

namespace batchd::job {

void judge_job(Source& source);
void judge_config(Source& source);

}  // namespace batchd::job
