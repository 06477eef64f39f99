#include "line/report/queue_times.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ground/base/units.hpp"

namespace batchd::report {
namespace {

// The middle of those that are longer than `elapsed`; nothing: none is.
std::optional<Duration> likely_length(const std::vector<Duration>& lengths, Duration elapsed) {
  const auto longer = std::upper_bound(lengths.begin(), lengths.end(), elapsed);
  if (longer == lengths.end()) return std::nullopt;
  return *(longer + (lengths.end() - longer) / 2);
}

Duration rank(const std::vector<Duration>& lengths, std::size_t tenths) {
  return lengths[std::min(lengths.size() - 1, lengths.size() * tenths / 10)];
}

bool waits_to_be_sent(const model::Shard& shard) {
  return shard.stage <= model::ShardStage::unknown && !model::is_reused(shard);
}

// Of the models that are still being asked the one that takes longest; nullptr: of one too little is known.
const std::vector<Duration>* slowest_model(const RunFacts& facts, const QueueHistory& history) {
  const std::vector<Duration>* slowest = nullptr;
  for (const auto& shard : facts.shards) {
    if (!waits_to_be_sent(shard) && shard.stage != model::ShardStage::in_flight) continue;
    const auto* lengths = history.of(shard.model);
    if (!lengths) return nullptr;
    if (!slowest || rank(*lengths, 5) > rank(*slowest, 5)) slowest = lengths;
  }
  return slowest;
}

}  // namespace

void QueueHistory::add(const std::vector<model::Shard>& shards, const std::vector<model::Submission>& submissions) {
  std::map<std::uint32_t, const std::string*> models;
  for (const auto& shard : shards)
    models[shard.n] = &shard.model;
  for (const auto& batch : submissions) {
    const auto model = models.find(batch.shard);
    const bool counts = batch.state == model::BatchState::completed && !batch.batch_id.empty() && batch.ended_at &&
                        !batch.given_up && *batch.ended_at >= batch.intended_at;
    if (!counts || model == models.end()) continue;
    auto& lengths = by_model_[*model->second];
    if (lengths.size() >= batches_max) continue;
    const auto length = *batch.ended_at - batch.intended_at;
    lengths.insert(std::upper_bound(lengths.begin(), lengths.end(), length), length);
  }
}

const std::vector<Duration>* QueueHistory::of(const std::string& model) const {
  const auto found = by_model_.find(model);
  return found == by_model_.end() || found->second.size() < batches_min ? nullptr : &found->second;
}

std::optional<Forecast> forecast_of(const RunFacts& facts, const QueueHistory& history, Time now) {
  if (facts.run.state != model::RunState::running) return std::nullopt;
  const auto* slowest = slowest_model(facts, history);
  if (!slowest) return std::nullopt;
  Forecast forecast;
  forecast.batches = slowest->size();
  forecast.median = rank(*slowest, 5);
  forecast.nine_of_ten = rank(*slowest, 9);
  forecast.done_at = now;
  Duration::rep in_flight = 0;
  Duration::rep unsent = 0;
  for (const auto& shard : facts.shards) {
    if (waits_to_be_sent(shard)) ++unsent;
    const auto* batch = newest_submission(facts, shard);
    if (shard.stage != model::ShardStage::in_flight || !batch) continue;
    ++in_flight;
    const auto length = likely_length(*history.of(shard.model), now - batch->intended_at);
    forecast.is_overdue = forecast.is_overdue || !length;
    if (length) forecast.done_at = std::max(forecast.done_at, batch->intended_at + *length);
  }
  const auto at_a_time = std::max<Duration::rep>(in_flight, 1);
  forecast.done_at += forecast.median * ((unsent + at_a_time - 1) / at_a_time);
  return forecast;
}

std::string roughly(Duration duration) {
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  const auto to = [&](Duration unit) { return (duration + unit / 2) / unit * unit; };
  if (duration < seconds(10)) return fmt::format("{} s", std::max<Duration>(to(seconds(1)), seconds(1)) / seconds(1));
  if (duration < minutes(1)) return format_duration(to(seconds(5)));
  auto text = format_duration(duration < hours(1) ? to(minutes(1)) : to(minutes(5)));
  if (const auto nothing = text.find(" 00 s"); nothing != std::string::npos) text.resize(nothing);
  return text;
}

}  // namespace batchd::report
