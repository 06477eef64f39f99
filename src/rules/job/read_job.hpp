#pragma once

#include "rules/job/job.hpp"
#include "rules/job/source.hpp"

namespace batchd::job {

// The values of a judged job, with paths made absolute: relative ones are relative to `folder`. `file` is empty when
// there is none. Says nothing of what they mean together: see check_job.hpp.
model::JobSpec read_job(Source& source, const Path& file, const Path& folder);

}  // namespace batchd::job
