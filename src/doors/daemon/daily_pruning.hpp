#pragma once
// What the config's `retention` no longer wants kept is deleted once a day, without anybody asking.

#include "core/runner/surroundings.hpp"
#include "rules/model/retention.hpp"

namespace batchd::daemon {

class DailyPruning {
 public:
  static constexpr Duration every = std::chrono::hours(24);
  static constexpr Duration first_after = std::chrono::minutes(5);  // a start has other things to do

  DailyPruning(runner::Surroundings& around, model::Retention retention) : around_(around), retention_(retention) {}

  // Until it is stopped. Without a retention nothing is deleted. What was deleted is told in the log and in the audit,
  // as done by "batchd".
  async::Task<void> run(async::StopToken stop);

 private:
  async::Task<void> prune(async::StopToken stop);

  runner::Surroundings& around_;
  model::Retention retention_;
};

}  // namespace batchd::daemon
