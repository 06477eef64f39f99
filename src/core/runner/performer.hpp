#pragma once
// Performs one action and answers with the event that says how it went. It never branches on a business fact (law 3):
// what to do next is the engine's.

#include <map>
#include <optional>
#include <vector>

#include "core/engine/engine.hpp"
#include "core/runner/driver.hpp"
#include "line/collect/collect.hpp"
#include "line/report/report.hpp"

namespace batchd::runner {

class Performer {
 public:
  Performer(Surroundings& around, provider::Provider& provider, const Assignment& assignment, collect::Judge judge,
            Observer& observer, async::StopToken stop)
      : around_(around),
        provider_(provider),
        assignment_(assignment),
        judge_(std::move(judge)),
        observer_(observer),
        stop_(std::move(stop)) {}

  // Waits for the action's time, then performs it. Nothing when it was stopped or replaced by a newer step of its
  // shard while it waited. `state` is read only.
  async::Task<std::optional<engine::Event>> perform(const engine::Action& action, const engine::State& state);

  // The outcomes behind a Collected event; empty once taken.
  std::vector<model::Outcome> take_outcomes(std::uint32_t shard);
  // The items behind a Gathered event, likewise.
  std::vector<model::Item> take_gathered(std::uint32_t shard);

 private:
  using Answer = async::Task<std::optional<engine::Event>>;
  Answer perform_step(const engine::Upload& upload, const engine::State& state);
  Answer perform_step(const engine::Create& create, const engine::State& state);
  Answer perform_step(const engine::Wait& wait, const engine::State& state);
  Answer perform_step(const engine::Look& look, const engine::State& state);
  Answer perform_step(const engine::Search& search, const engine::State& state);
  Answer perform_step(const engine::Poll& poll, const engine::State& state);
  Answer perform_step(const engine::Fetch& fetch, const engine::State& state);
  Answer perform_step(const engine::Collect& collect, const engine::State& state);
  Answer perform_step(const engine::CancelBatch& cancel, const engine::State& state);
  Answer perform_step(const engine::RemoveFiles& files, const engine::State& state);
  Answer perform_step(const engine::Audit& audit, const engine::State& state);
  Answer perform_step(const engine::Survey& survey, const engine::State& state);
  Answer perform_step(const engine::Gather& gather, const engine::State& state);
  Answer perform_step(const engine::Count& count, const engine::State& state);
  Answer perform_step(const engine::Report& report, const engine::State& state);

  // Sleeps until `at`; false when a newer step of the shard, or the end, came first.
  using Turns = std::map<std::uint32_t, async::StopToken>;
  async::Task<bool> wait_for_turn(Turns& turns, std::uint32_t shard, Time at);
  async::Task<bool> wait_for_turn(std::uint32_t shard, Time at) { return wait_for_turn(waiting_, shard, at); }
  void add_what_was_paid_in_vain(const std::vector<model::Submission>& submissions,
                                 const std::map<std::uint32_t, model::Shard>& shards, report::Sums& sums) const;
  std::optional<model::Price> price_of(const std::string& model) const;
  struct OneFile {
    std::string file;  // "" when there was none
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;
    std::string sha256 = {};
  };
  async::Task<Result<OneFile>> fetch_one(std::string file_id, std::string relative);

  Surroundings& around_;
  provider::Provider& provider_;
  const Assignment& assignment_;
  collect::Judge judge_;
  Observer& observer_;
  async::StopToken stop_;
  Turns waiting_;    // a shard's step that has not begun
  Turns searching_;  // its search that has not begun
  std::map<std::uint32_t, std::vector<model::Outcome>> outcomes_;
  std::map<std::uint32_t, std::vector<model::Item>> gathered_;
};

}  // namespace batchd::runner
