#pragma once
// What a decision gives to tell others. PURE: the deliveries are committed with the decision itself, so that nobody is
// told what did not happen, and what happened is not forgotten.

#include <vector>

#include "core/engine/engine.hpp"
#include "line/notify/message.hpp"

namespace batchd::runner {

// Of a rehearsal nothing is told.
std::vector<notify::Occasion> occasions_of(const engine::State& state, const engine::Decision& decision);

// Of a run that was to be begun and was not.
notify::Occasion not_begun(const Error& why);

}  // namespace batchd::runner
