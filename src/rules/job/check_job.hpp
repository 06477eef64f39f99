#pragma once
// What a schema cannot say of a job: what its values mean together, and to the provider it names.

#include "rules/job/job.hpp"
#include "rules/job/source.hpp"

namespace batchd::job {

// `knows_all_providers`: a name the config does not have is a fault. `environment`: which variables are set; nothing:
// nobody knows.
void check_job(Source& source, const model::JobSpec& job, const Config& config, bool knows_all_providers = true,
               const Environment& environment = {});

}  // namespace batchd::job
