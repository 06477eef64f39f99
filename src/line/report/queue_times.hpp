#pragma once
// How long will it take? Told from how long earlier batches took, from the intent to send them until they were seen at
// their end. PURE. Of a model that nothing is known of nothing is said.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "line/report/standing.hpp"

namespace batchd::report {

// The batches of one provider that were completed, by model. One that expired or was cancelled took as long as its
// window or a person's patience: that says nothing.
class QueueHistory {
 public:
  static constexpr std::size_t batches_max = 500;  // a model's; more are not taken
  static constexpr std::size_t batches_min = 3;    // fewer tell nothing

  // Of one run.
  void add(const std::vector<model::Shard>& shards, const std::vector<model::Submission>& submissions);
  // In order of length; nullptr where too few are known.
  const std::vector<Duration>* of(const std::string& model) const;

 private:
  std::map<std::string, std::vector<Duration>> by_model_;
};

struct Forecast {
  Time done_at{};           // likely, as far as nothing has to be asked again
  bool is_overdue = false;  // a batch takes longer than all before it: done_at is not to be told
  std::size_t batches = 0;  // earlier ones of the model that takes longest
  Duration median{0};       // half of these were done after so long
  Duration nine_of_ten{0};  // and nine of ten
};

// Nothing: the run is over, not yet prepared, or of one of its models too little is known. Shards that wait to be sent
// are taken to go as many at a time as are at the provider now.
std::optional<Forecast> forecast_of(const RunFacts& facts, const QueueHistory& history, Time now);

// In one unit or two, rounded as an estimate is: "50 s", "40 min", "2 h 05 min".
std::string roughly(Duration duration);

}  // namespace batchd::report
