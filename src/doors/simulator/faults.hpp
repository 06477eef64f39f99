#pragma once
// Bad days on demand. What a fault hits is decided by the seed and by what it hits (a call's number, a batch's, an
// item's body), so that a seed replays.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "doors/simulator/simulator.hpp"
#include "ground/base/result.hpp"

namespace batchd::simulator {

struct Faults {
  // Calls.
  double rate_429 = 0;
  double rate_500 = 0;
  double rate_503 = 0;
  std::uint64_t retry_after_ms = 0;
  double auth = 0;
  std::uint64_t slow_ms = 0;
  std::uint64_t reset_upload = 0;
  double lose_create_answer = 0;
  double lose_create_request = 0;
  double truncate_download = 0;
  std::uint64_t list_lag_ms = 0;
  std::uint64_t file_lag_ms = 0;
  // Batches.
  double stuck_validating = 0;
  double fail_validation = 0;
  double token_limit = 0;
  double expire = 0;
  // Items and their lines.
  double missing_lines = 0;
  double duplicate_lines = 0;
  double garbage_lines = 0;
  double error_lines = 0;
  double not_json = 0;
  double schema_mismatch = 0;
  double truncated = 0;
  double refused = 0;
  double wrapped_json = 0;
  double shuffle = 0;
};

// invalid: an unknown name (with a suggestion) or a value it cannot have.
Result<Faults> parse_faults(const std::vector<std::pair<std::string, std::string>>& settings);

// Does the fault `name` of that share hit what `key` stands for? The same answer every time.
bool hits(double share, std::uint64_t seed, std::string_view name, std::uint64_t key);

}  // namespace batchd::simulator
