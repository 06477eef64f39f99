#pragma once
// Where the config lies and where state goes when it does not say so.

#include <optional>

#include "rules/job/job.hpp"

namespace batchd::job {

// --config, $BATCHD_CONFIG, then the nearest batchd.yaml or config/batchd.yaml at or above the job file (or the current
// folder), $XDG_CONFIG_HOME/batchd/batchd.yaml, <system folder>/batchd.yaml. Empty: there is none. One that was named
// (the first two) is given back whether it is there or not.
Path find_config(const ConfigOptions& options);

// $XDG_STATE_HOME/batchd, ~/.local/state/batchd; nothing when not even HOME is set.
std::optional<Path> default_state_folder(const Environment& environment);

// As a person in `current_folder` would name it: relative when it lies below, else whole.
std::string shown_path(const Path& file, const Path& current_folder);

}  // namespace batchd::job
