#include "rules/model/pruned_run.hpp"

namespace batchd::model {

std::string told(const PrunedRun& run) {
  const bool by_itself = run.state == RunState::succeeded || run.state == RunState::failed;
  return "run " + run.id + " of " + run.job + (by_itself ? " " : " was ") + std::string(name_of(run.state)) + " on " +
         format_utc(run.finished_at) + "; its record was pruned on " + format_utc(run.pruned_at) +
         ", its results are in " + run.results_folder;
}

}  // namespace batchd::model
