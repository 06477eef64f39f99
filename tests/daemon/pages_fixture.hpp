#pragma once
// What the pages are tried with.

#include <string>
#include <string_view>

#include "report/standing_fixture.hpp"

namespace batchd::daemon::test {

using report::test::now;

inline bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

inline constexpr const char* evil = "<img src=x onerror=\"strike()\">";

// Twenty items, of which some have failed for three reasons.
inline report::RunFacts failed_run() {
  auto facts = report::test::two_shards(model::ShardStage::collected, model::ShardStage::collected);
  report::test::add_batch(facts, 1, {1'000, 1'000, 0});
  auto& run = facts.run;
  run.state = model::RunState::failed;
  run.finished_at = now - std::chrono::minutes(1);
  run.rows = run.items = 20;
  facts.counts.succeeded = 14;
  facts.counts.failed = 6;
  facts.counts.pending = 0;
  facts.counts.reasons[static_cast<std::size_t>(model::Reason::schema_mismatch)] = 3;
  facts.counts.reasons[static_cast<std::size_t>(model::Reason::missing)] = 2;
  facts.counts.reasons[static_cast<std::size_t>(model::Reason::refused)] = 1;
  return facts;
}

}  // namespace batchd::daemon::test
