#pragma once
// What line/report tells of a run, read from the store.

#include "core/store/store.hpp"
#include "line/report/standing.hpp"

namespace batchd::runner {

Result<report::RunFacts> facts_of(store::Store& store, model::Run run);

}  // namespace batchd::runner
