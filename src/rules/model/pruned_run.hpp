#pragma once
// What stays of a run whose record was pruned: enough to know it again, so that nothing is paid for twice.

#include <string>

#include "ground/base/clock.hpp"
#include "ground/base/hash.hpp"
#include "rules/model/run.hpp"

namespace batchd::model {

struct PrunedRun {
  std::string id;
  std::string job;
  std::string key;
  std::string provider;
  RunState state = RunState::succeeded;
  bool sample = false;
  int exit_code = 0;
  Hash128 question;            // of what was asked of whom, and of the rows (runner::question_of)
  std::string results_folder;  // where its results were published: absolute
  Time created_at{};
  Time finished_at{};
  Time pruned_at{};
  bool operator==(const PrunedRun&) const = default;
};

// "run 01k… of tickets succeeded on 2026-11-29T05:44:53Z; its record was pruned on …, its results are in …"
std::string told(const PrunedRun& run);

}  // namespace batchd::model
