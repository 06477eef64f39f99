#pragma once
// The rows of a run for line/report's exports, as its store has them.

#include <vector>

#include "core/store/store.hpp"
#include "line/report/report.hpp"

namespace batchd::runner {

struct RowChoice {
  bool with_answers = false;                     // the places of the provider's lines: one more question an item
  std::optional<model::ItemStatus> status = {};  // only these
};

// `store` must outlive it.
report::Rows result_rows(store::Store& store, std::string run, std::vector<model::Shard> shards, RowChoice choice);

}  // namespace batchd::runner
