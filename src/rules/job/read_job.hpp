#pragma once

#include "rules/job/job.hpp"
#include "rules/job/source.hpp"

namespace batchd::job {

// The values of a judged job file, with paths made absolute. Says nothing of what they mean together: see
// check_job.hpp.
model::JobSpec read_job(Source& source, const Path& file);

}  // namespace batchd::job
