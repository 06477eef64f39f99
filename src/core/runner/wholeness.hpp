#pragma once
// What was read of a run, before anything is decided on it. A damaged page can lose rows without SQLite noticing, and
// what the engine does not know of it would send again.

#include <vector>

#include "core/store/store.hpp"
#include "rules/model/run.hpp"

namespace batchd::runner {

// io: rows are missing that must be there; where SQLite finds its file damaged, in its own words and with what to do.
// Only then the whole file is read.
Status check_whole(store::Store& store, const model::Run& run, const std::vector<model::Shard>& shards,
                   const std::vector<model::Submission>& submissions);

// The same of a run that is known and not found.
Error not_whole(store::Store& store, const std::string& what);

}  // namespace batchd::runner
