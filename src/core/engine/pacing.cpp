#include "core/engine/pacing.hpp"

#include <algorithm>

namespace batchd::engine {
namespace {

constexpr std::uint32_t early_polls = 6;
constexpr std::uint32_t settled_factor = 12;
constexpr std::uint32_t doublings_max = 20;
constexpr int queue_factor = 6;
constexpr std::uint64_t bytes_per_token = 4;
constexpr Duration first_retry = std::chrono::seconds(5);
constexpr Duration last_retry = std::chrono::minutes(5);
constexpr Duration shortest_search = std::chrono::milliseconds(100);
constexpr Duration last_search = std::chrono::hours(1);
constexpr Duration server_asked_max = std::chrono::hours(1);
constexpr Duration list_patience = std::chrono::hours(1);
constexpr Duration slowest_look = std::chrono::minutes(5);
constexpr int behind_looks = 4;  // of the time a list has been behind, a look after each such part

// Twenty shards that failed together must not knock together again. 0.9 … 1.1, spread by a multiplicative hash.
Duration jittered(Duration interval, std::uint32_t shard, std::uint32_t tries) {
  const std::uint64_t mixed = (shard * 0x9E3779B97F4A7C15ULL) ^ (tries * 0xC2B2AE3D27D4EB4FULL);
  const auto per_mille = static_cast<std::int64_t>(900 + (mixed >> 33) % 201);
  return Duration(interval.count() * per_mille / 1000);
}

Duration doubled(Duration first, std::uint32_t times, Duration max) {
  Duration interval = std::min(first, max);
  for (std::uint32_t i = 0; i < std::min(times, doublings_max) && interval < max; ++i)
    interval *= 2;
  return std::min(interval, max);
}

}  // namespace

Duration poll_interval(const model::PollPolicy& policy, std::uint32_t shard, std::uint32_t polls, bool validating) {
  if (validating && polls <= early_polls) return std::min(policy.first, policy.max);
  const auto later = polls > early_polls ? polls - early_polls - 1 : 0;
  return jittered(doubled(policy.first * settled_factor, later, policy.max), shard, polls);
}

Duration retry_interval(std::uint32_t shard, std::uint32_t failures, std::optional<long long> server_asked_ms) {
  const auto own = jittered(doubled(first_retry, failures > 0 ? failures - 1 : 0, last_retry), shard, failures);
  const auto asked = std::clamp(Duration(server_asked_ms.value_or(0)), Duration(0), server_asked_max);
  return std::max(own, asked);
}

Duration search_interval(const model::ReconcilePolicy& policy, std::uint32_t searches) {
  return doubled(std::max(policy.settle, shortest_search), searches > 0 ? searches - 1 : 0, last_search);
}

Duration queue_interval(const model::PollPolicy& policy, std::uint32_t shard, std::uint32_t refusals) {
  const auto times = refusals > 0 ? refusals - 1 : 0;
  return jittered(doubled(policy.first * settled_factor, times, policy.max * queue_factor), shard, refusals);
}

std::uint64_t estimated_tokens(std::uint64_t bytes) { return (bytes + bytes_per_token - 1) / bytes_per_token; }

Duration look_interval(const model::ReconcilePolicy& policy) {
  return policy.looks > 1 ? policy.settle / (policy.looks - 1) : policy.settle;
}

std::optional<Duration> look_interval_behind(const model::ReconcilePolicy& policy, Duration behind) {
  if (behind >= list_patience) return std::nullopt;
  return std::max(look_interval(policy), std::min(behind / behind_looks, slowest_look));
}

}  // namespace batchd::engine
