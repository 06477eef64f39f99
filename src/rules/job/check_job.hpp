#pragma once
// What a schema cannot say of a job: what its values mean together, and to the provider it names.

#include "rules/job/job.hpp"
#include "rules/job/source.hpp"

namespace batchd::job {

void check_job(Source& source, const model::JobSpec& job, const Config& config);

// Why this input cannot be read yet: only plain JSONL files are. "" when it can.
std::string input_not_in_force(std::string_view path);

}  // namespace batchd::job
