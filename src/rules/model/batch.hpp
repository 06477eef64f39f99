#pragma once
// The remote side's nouns, in our spelling.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/clock.hpp"
#include "rules/model/usage.hpp"

namespace batchd::model {

// providers.md 3.5: many spellings, these states. `unrecognised` keeps polling and is never terminal.
enum class BatchState : std::uint8_t {
  validating,
  running,
  finalizing,
  completed,
  failed,
  expired,
  cancelling,
  cancelled,
  unrecognised,
};
std::string_view name_of(BatchState state);
// Case does not matter; every spelling of the table.
BatchState batch_state_from_text(std::string_view text);
inline bool is_terminal(BatchState s) {
  return s == BatchState::completed || s == BatchState::failed || s == BatchState::expired ||
         s == BatchState::cancelled;
}

struct BatchError {  // one of errors.data[]
  std::string code;
  std::string message;
  std::optional<std::uint64_t> line;
  std::string item = {};  // ours of that line; "": of none, or nobody has looked yet
  bool operator==(const BatchError&) const = default;
};
// " (line 17, item T-1)", or what is known of it.
std::string place_of(const BatchError& error);

struct RequestCounts {
  std::uint64_t total = 0;
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  bool operator==(const RequestCounts&) const = default;
};

struct RemoteBatch {
  std::string id;
  BatchState state = BatchState::validating;
  std::string state_text;  // as the provider wrote it
  std::string input_file_id;
  std::string output_file_id;  // "" when there is none
  std::string error_file_id;
  RequestCounts counts;
  std::vector<BatchError> errors;
  std::map<std::string, std::string> metadata;
  std::optional<Time> created_at;
  std::optional<Time> expires_at;
  Usage usage;  // of all its requests, where the provider says so
};

// Nothing was answered, and nothing will be.
bool came_to_nothing(const RemoteBatch& batch);

struct RemoteFile {
  std::string id;
  std::uint64_t bytes = 0;
  std::string filename;
  std::string purpose;
  std::optional<Time> created_at;
};

// The metadata keys each of our batches carries (contract.md).
inline constexpr std::string_view metadata_job = "batchd_job";
inline constexpr std::string_view metadata_run = "batchd_run";
inline constexpr std::string_view metadata_shard = "batchd_shard";
inline constexpr std::string_view metadata_submission = "batchd_submission";
inline constexpr std::string_view metadata_requests = "batchd_requests";  // Shard::requests_hash: what it was asked
inline constexpr std::string_view metadata_key = "batchd_key";            // Run::key, or the hash of a very long one
inline constexpr std::string_view metadata_attempt = "batchd_attempt";    // Shard::attempt
inline constexpr std::string_view metadata_asked = "batchd_asked";  // items of the run's first round, less reused ones

}  // namespace batchd::model
