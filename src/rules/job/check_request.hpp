#pragma once

#include "rules/job/source.hpp"
#include "rules/model/job_spec.hpp"
#include "rules/model/provider_spec.hpp"

namespace batchd::job {

// The body: its templates compile, and nothing in it is refused by the provider for a reason known today. `provider`
// may be null: then only what holds everywhere is checked.
void check_request(Source& source, const model::JobSpec& job, const model::ProviderSpec* provider);

}  // namespace batchd::job
