#pragma once
// What this process has counted, in Prometheus' text format. Counters begin at nothing with the process and only grow:
//
//   items      an item once, when its outcome is settled: succeeded when its shard is accounted for, reused when its
//   run
//              is prepared, failed when its run is over (until then it may be asked again). An item that `batchd retry`
//              asks again is settled again, and counted again.
//   attempts, retries, tokens   an attempt once, when its shard is accounted for.
//   runs       a run each time it comes to its end.
//   calls      a call of a provider when it has been answered or given up, with the repeats that http/backoff makes of
//   it.
//
// A run that is taken up adds what is settled from then on: nothing is counted twice by one process. What a crash has
// cut off between the commit and the counting is counted by none.
//
// On the loop's thread.

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/runner/observer.hpp"
#include "core/runner/surroundings.hpp"
#include "doors/daemon/gauges.hpp"

namespace batchd::daemon {

class Metrics final : public runner::Observer {
 public:
  // So many jobs, and pairs of a job and a model, have series of their own; what comes later is counted as "other".
  // A pair has 21 series.
  static constexpr std::size_t jobs_max = 200;
  static constexpr std::size_t pairs_max = 300;

  Metrics(runner::Surroundings& around, const std::string& version);
  ~Metrics() override;  // drained() first

  void on_prepared(const model::Run& run, const std::vector<model::Shard>& shards) override;
  void on_changed(const engine::State& state, const model::Changes& changes) override;

  // A call has ended, so or so; `operation` is one of a few fixed words.
  void note_call(const std::string& provider, const char* operation, const std::optional<Error>& error, Duration took);

  // What is counted by now, and what stands.
  std::string text(const Gauges& gauges);
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  async::Task<void> drained();  // until everything that has happened is counted

 private:
  struct Families;
  async::Task<void> count_shard(std::string run, std::string job, std::string model, std::uint32_t shard);
  async::Task<void> count_failures(model::Run run, std::map<std::uint32_t, std::string> models);
  void count_items(const std::string& job, const std::string& model, std::string_view outcome, std::string_view reason,
                   std::uint64_t items);
  struct AttemptSums {
    std::uint64_t attempts = 0, retries = 0, succeeded = 0;
    model::Usage usage;
  };
  void count_attempts(const std::string& job, const std::string& model, const AttemptSums& sums);
  // Its series are there, at nothing: Prometheus sees an increase only from what it has seen before.
  void expect(const std::string& job, const std::string& model);
  using Pair = std::pair<std::string, std::string>;  // job, model
  const Pair& pair_of(const std::string& job, const std::string& model);
  const std::string& job_label(const std::string& job);

  runner::Surroundings& around_;
  std::unique_ptr<Families> families_;
  std::set<std::string> jobs_;
  std::set<Pair> pairs_;
  std::set<std::string> runs_seen_;  // that are not over
  async::TaskGroup tasks_;
};

}  // namespace batchd::daemon
