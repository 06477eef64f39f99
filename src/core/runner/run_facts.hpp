#pragma once
// What line/report tells of a run, read from the store.

#include "core/store/store.hpp"
#include "line/report/standing.hpp"

namespace batchd::runner {

// Who asked for a cancel is told like what happens to the run: as this.
model::Happening cancel_asked_by(const std::string& who, Time now);

Result<report::RunFacts> facts_of(store::Store& store, model::Run run);

// Who was to hear of it and has not, oldest first.
Result<std::vector<report::Untold>> untold_of(store::Store& store, std::string_view run);

}  // namespace batchd::runner
