#pragma once
// A new run takes the place of those before it.

#include <string>
#include <string_view>
#include <vector>

#include "core/store/store.hpp"

namespace batchd::runner {

// Nothing more is submitted of the job's unfinished runs but `successor`; what they have in flight is to be collected.
// Returns them, oldest first. Samples are left alone. Idempotent.
Result<std::vector<std::string>> supersede(store::Store& store, const std::string& job, std::string_view successor,
                                           Time now);

}  // namespace batchd::runner
