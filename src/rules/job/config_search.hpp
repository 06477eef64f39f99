#pragma once
// Where the config lies and where state goes when it does not say so.

#include <optional>

#include "rules/job/job.hpp"

namespace batchd::job {

struct FoundConfig {
  Path file;                   // empty: there is none
  bool was_asked_for = false;  // --config or $BATCHD_CONFIG: it must be there
};

// --config, $BATCHD_CONFIG, then the nearest batchd.yaml or config/batchd.yaml at or above the job file (or the current
// folder), $XDG_CONFIG_HOME/batchd/batchd.yaml, /etc/batchd/batchd.yaml.
FoundConfig find_config(const ConfigOptions& options);

// $XDG_STATE_HOME/batchd, ~/.local/state/batchd; nothing when not even HOME is set.
std::optional<Path> default_state_folder(const Environment& environment);

// As a person in `current_folder` would name it: relative when it lies below, else whole.
std::string shown_path(const Path& file, const Path& current_folder);

}  // namespace batchd::job
