#pragma once
// One run: how it stands, how far it came, why items failed, its batches, what happened, and what may be done.

#include <optional>
#include <string>
#include <vector>

#include "core/store/store.hpp"
#include "doors/daemon/page_layout.hpp"
#include "line/report/queue_times.hpp"
#include "line/report/standing.hpp"

namespace batchd::daemon {

inline constexpr std::size_t batches_shown_max = 60;   // on its page; unfinished ones first
inline constexpr std::uint32_t happenings_shown = 40;  // the newest

struct RunPageFacts {
  report::RunFacts facts;
  report::Standing standing;
  store::UsageSums usage;
  std::string currency;  // of its costs; "" when nobody knows its prices
  std::optional<report::Forecast> forecast;
  std::vector<model::Happening> lately;          // oldest first
  bool shows_content = true;                     // false: files that hold texts are not offered
  bool may_act = true;                           // false: nothing is offered that changes anything
  bool has_results = false;                      // its files are where they were written
  std::optional<model::Happening> pruning = {};  // when prune deleted what it was made of, where its answers are gone
  std::optional<double> min_success = {};        // the share of its items that its job asks for
  Time now{};
};
Page run_page(const RunPageFacts& facts);

// What stands above the tables of a run's own pages.
std::vector<std::pair<std::string, std::string>> crumbs_of(const model::Run& run);

}  // namespace batchd::daemon
