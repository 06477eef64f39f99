#pragma once
// Pruning beside everything else a process does: in steps, so that neither the store nor the loop is held for long.

#include "core/runner/pruning.hpp"
#include "core/runner/surroundings.hpp"

namespace batchd::runner {

struct PruneTally {
  std::uint64_t runs = 0;     // of which something was deleted
  std::uint64_t records = 0;  // those of them that are gone altogether
  std::uint64_t bytes = 0;
  std::uint64_t kept_runs = 0;  // whose answers stay beyond their time for `reuse`
  store::Bygone bygone;
  bool empty() const { return runs == 0 && bygone.total() == 0; }
};

// Everything whose time has come. Stopped, or after an error, it has done what it has done, and the next round goes on;
// a run that another process has is left alone.
async::Task<Result<PruneTally>> prune_all(Surroundings& around, model::Retention retention, async::StopToken stop);

}  // namespace batchd::runner
