#include "rules/model/run.hpp"

#include <algorithm>
#include <span>

namespace batchd::model {
namespace {

constexpr std::array<std::string_view, 7> run_state_names = {"created", "running", "finalizing", "succeeded",
                                                             "failed",  "stopped", "cancelled"};
constexpr std::array<std::string_view, 10> waiting_names = {
    "",      "provider", "rate_limit", "queue_capacity", "unknown_submission",
    "input", "disk",     "paused",     "owner",          "provider"};
constexpr std::array<std::string_view, 9> stage_names = {"planned",   "uploading", "uploaded", "creating", "unknown",
                                                         "in_flight", "ended",     "fetched",  "collected"};
constexpr std::array<std::string_view, 5> end_names = {"", "batch", "refused", "not_sent", "given_up"};

template <typename Enum>
std::optional<Enum> from_name(std::span<const std::string_view> names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view name_of(RunState state) { return run_state_names[static_cast<std::size_t>(state)]; }
std::string_view name_of(WaitingFor waiting) { return waiting_names[static_cast<std::size_t>(waiting)]; }
std::string_view name_of(ShardStage stage) { return stage_names[static_cast<std::size_t>(stage)]; }
std::string_view name_of(EndKind kind) { return end_names[static_cast<std::size_t>(kind)]; }

std::optional<RunState> run_state_from_name(std::string_view name) {
  return from_name<RunState>(run_state_names, name);
}
std::optional<ShardStage> shard_stage_from_name(std::string_view name) {
  return from_name<ShardStage>(stage_names, name);
}

bool holds_requests_of(const Shard& shard, const RemoteBatch& batch, std::uint64_t input_bytes) {
  const auto said = batch.metadata.find(std::string(metadata_requests));
  const bool says_nothing = said == batch.metadata.end() || said->second.empty();
  return says_nothing ? input_bytes == 0 || input_bytes == shard.bytes : said->second == shard.requests_hash;
}

Anomalies& Anomalies::operator+=(const Anomalies& other) {
  duplicate_results += other.duplicate_results;
  unknown_results += other.unknown_results;
  undecodable_lines += other.undecodable_lines;
  missing_results += other.missing_results;
  unwrapped += other.unwrapped;
  return *this;
}

}  // namespace batchd::model
