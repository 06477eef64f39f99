#pragma once
// From what was typed to what is meant: config, job, run, item.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/store/store.hpp"
#include "doors/cli/options.hpp"
#include "rules/job/job.hpp"

namespace batchd::cli {

// Where the config is looked for: from the job file on, or from the current folder.
job::ConfigOptions config_options(const GlobalOptions& global, std::optional<Path> job_file);

// For commands without a job file. Shows complaints; nothing: exit code 2.
std::optional<job::Config> load_config_here(const GlobalOptions& global);

// A run, with the state it lives in opened for reading.
struct FoundRun {
  Path state_folder;
  std::unique_ptr<store::Store> store;  // read-only
  model::Run run;
};
// RUN is an id, its unique prefix, a JOB (its newest run) or JOB@KEY. Real runs are looked at first, then simulated
// ones. not_found and invalid (an ambiguous prefix: names the runs) say what there is instead.
Result<FoundRun> find_run(const job::Config& config, std::string_view name);

// For what goes on with a run or ends it: a JOB is its newest unfinished run, whatever has finished since; else as
// above.
Result<FoundRun> find_run_to_act_on(const job::Config& config, std::string_view name);
bool is_unfinished(const model::Run& run);  // it can be resumed: prepared, and not at its end

// The states there are, real first: those whose database exists, opened for reading. io: it cannot
// be told, because we may not look.
struct OpenedState {
  Path folder;
  bool simulated = false;
  std::unique_ptr<store::Store> store;
};
Result<std::vector<OpenedState>> open_states(const job::Config& config);

// ITEM is an item id, `#sequence` or a custom_id. not_found.
Result<store::ItemState> find_item(FoundRun& found, std::string_view name);

}  // namespace batchd::cli
