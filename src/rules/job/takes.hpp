#pragma once
// What of an endpoint's answers can be the result: with anything else every answer would be found empty.

#include <string_view>
#include <vector>

#include "rules/model/job_spec.hpp"

namespace batchd::job {

// The first is what one means who says nothing. Never empty.
std::vector<model::Take> takes_of(std::string_view endpoint);

}  // namespace batchd::job
