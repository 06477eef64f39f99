#pragma once
// A run of a job beside its unfinished ones: whose place it takes, and whose answers it waits for (contract.md: `--new`
// and twins in flight).

#include <optional>
#include <string>
#include <vector>

#include "core/runner/superseding.hpp"
#include "doors/cli/taking_up.hpp"

namespace batchd::cli {

using runner::supersede;

// Brings another run to its end: as its owner, or by waiting while a living process is. Its results are written where
// it writes them. Nothing: it is over. Otherwise this command's exit code; why it did not get there is shown.
std::optional<int> bring_to_end(const GlobalOptions& global, const job::Config& config, const model::Run& run,
                                std::optional<Duration> give_up_after);

}  // namespace batchd::cli
