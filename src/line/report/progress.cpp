#include "line/report/progress.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace batchd::report {
namespace {

std::uint64_t answered_of(const model::Submission& batch, const model::Shard& shard) {
  const auto counted = batch.counts.completed + batch.counts.failed;
  // Some providers do not count.
  if (counted == 0 && batch.state == model::BatchState::completed) return shard.requests;
  return std::min(counted, shard.requests);
}

void thin_out(std::vector<ProgressPoint>& points) {
  if (points.size() <= Progress::points_max) return;
  const auto step = points.size() / Progress::points_max + 1;
  std::vector<ProgressPoint> kept;
  for (std::size_t i = 0; i < points.size(); i += step)
    kept.push_back(points[i]);
  if (kept.back() != points.back()) kept.push_back(points.back());
  points = std::move(kept);
}

}  // namespace

Progress progress_of(const RunFacts& facts, Time now) {
  Progress progress;
  std::map<std::pair<std::uint32_t, std::uint32_t>, const model::Submission*> batches;
  for (const auto& batch : facts.submissions)
    if (!batch.batch_id.empty() && !batch.given_up) batches[{batch.shard, batch.n}] = &batch;
  std::map<Time, std::uint64_t> ends;  // what came with each
  std::uint64_t under_way = 0;
  for (const auto& shard : facts.shards) {
    if (model::is_reused(shard)) continue;
    progress.requests += shard.requests;
    const auto found = batches.find({shard.n, shard.submission});
    if (found == batches.end()) continue;
    const auto& batch = *found->second;
    if (batch.ended_at) {
      ends[*batch.ended_at] += answered_of(batch, shard);
    } else {
      progress.is_moving = true;
      under_way += answered_of(batch, shard);
    }
  }
  if (ends.empty() && !progress.is_moving) return progress;
  auto& points = progress.points;
  points.push_back({facts.run.started_at.value_or(facts.run.created_at), 0});
  for (const auto& [at, came] : ends)
    points.push_back({std::max(at, points.back().at), points.back().answered + came});
  if (progress.is_moving) points.push_back({std::max(now, points.back().at), points.back().answered + under_way});
  thin_out(points);
  return progress;
}

}  // namespace batchd::report
