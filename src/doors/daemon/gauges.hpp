#pragma once
// How things stand at the moment they are asked about: what /metrics tells beside its counters.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "doors/daemon/scheduler.hpp"

namespace batchd::daemon {

struct Gauges {
  struct Job {
    std::string name;
    std::optional<Time> last_success;  // of a whole, real run, also one begun by hand
    std::optional<Time> last_due;
    std::optional<Time> next_due;
    Duration delay{0};  // of its oldest due time that has no run yet
  };
  std::vector<Job> jobs;                         // of the folder, by name
  std::map<std::string_view, Duration> waiting;  // by what a run may wait for; the longest of those that do
  std::size_t runs_active = 0;
  std::size_t runs_given_up = 0;
  std::uint64_t messages_failing = 0;   // who was to be told, and is tried again
  std::uint64_t messages_given_up = 0;  // and is not tried any more
  std::optional<std::uint64_t> database_bytes;
  std::optional<std::uint64_t> disk_free_bytes;
};

class GaugeReader {
 public:
  GaugeReader(runner::Surroundings& around, const JobFolder& folder, const RunPool& pool, const Scheduler& scheduler);
  async::Task<Result<Gauges>> read();

 private:
  Result<Gauges> read_store(Gauges gauges, const std::vector<std::string>& runs, Time now);
  Status read_job(Gauges::Job& job);

  runner::Surroundings& around_;
  const JobFolder& folder_;
  const RunPool& pool_;
  const Scheduler& scheduler_;
  std::map<std::string, Time> last_success_;  // by job, once known; touched on the SQL thread only
};

}  // namespace batchd::daemon
