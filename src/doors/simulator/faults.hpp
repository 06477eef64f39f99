#pragma once
// Bad days on demand. What a fault hits is decided by the seed and by what it hits (a call's number, a batch's, an
// item's body and how often it was asked), so that a seed replays. Every fault stands alone, and any may be combined.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "doors/simulator/simulator.hpp"
#include "ground/base/clock.hpp"
#include "ground/base/result.hpp"

namespace batchd::simulator {

// What a fault's value says. Each knows its name, so that it is written once.
struct Share {
  std::string_view name;
  double value = 0;  // 0…1
  // Does it hit what `key` stands for? The same answer every time.
  bool hits(std::uint64_t seed, std::uint64_t key) const;
};
struct Count {
  std::string_view name;
  std::uint64_t value = 0;
};
struct Bytes {
  std::string_view name;
  std::uint64_t value = 0;
};
struct Delay {
  std::string_view name;
  Duration value{0};
};

// What each does: fault_table.cpp.
struct Faults {
  // A call is refused though nothing is wrong with it.
  Share rate_429{"rate_429"};
  Count storm_429{"storm_429"};
  Share rate_500{"rate_500"};
  Share rate_503{"rate_503"};
  Delay retry_after_ms{"retry_after_ms"};
  Share retry_after_date{"retry_after_date"};
  Share auth{"auth"};
  Count auth_after{"auth_after"};
  Share forbidden{"forbidden"};
  Share unpaid{"unpaid"};
  Share storage_full{"storage_full"};
  Share capacity{"capacity"};
  // A call is slow, cut or lost.
  Delay slow_ms{"slow_ms"};
  Count reset_upload{"reset_upload"};
  Share lose_upload_answer{"lose_upload_answer"};
  Share lose_create_answer{"lose_create_answer"};
  Share lose_create_request{"lose_create_request"};
  Share cut_answer{"cut_answer"};
  Share truncate_download{"truncate_download"};
  Bytes cut_at_bytes{"cut_at_bytes"};
  Count short_downloads{"short_downloads"};
  // It is answered with something else.
  Share garbage_200{"garbage_200"};
  Share garbage_download{"garbage_download"};
  Share gzip{"gzip"};
  // The provider does not know yet what it will know.
  Share no_lists{"no_lists"};
  Delay list_lag_ms{"list_lag_ms"};
  Delay list_stale_ms{"list_stale_ms"};
  Delay file_lag_ms{"file_lag_ms"};
  // A batch goes wrong as a whole.
  Share stuck_validating{"stuck_validating"};
  Share stuck_finalizing{"stuck_finalizing"};
  Share fail_validation{"fail_validation"};
  Share faulty_lines{"faulty_lines"};
  Share token_limit{"token_limit"};
  Count enqueued_tokens_max{"enqueued_tokens_max"};
  Share expire{"expire"};
  Delay cancel_ms{"cancel_ms"};
  // Other providers' ways to say the same.
  Share uploaded_status{"uploaded_status"};
  Share wrapped_upload{"wrapped_upload"};
  Share wrapped_create{"wrapped_create"};
  Share bare_lists{"bare_lists"};
  Share odd_errors{"odd_errors"};
  Share upper_case_states{"upper_case_states"};
  Share foreign_states{"foreign_states"};
  Share unknown_states{"unknown_states"};
  Share null_counts{"null_counts"};
  Share flat_counts{"flat_counts"};
  Share text_findings{"text_findings"};
  Share iso_times{"iso_times"};
  Share long_ids{"long_ids"};
  // Result files and their lines.
  Share shuffle{"shuffle"};
  Share missing_lines{"missing_lines"};
  Share duplicate_lines{"duplicate_lines"};
  Share unknown_ids{"unknown_ids"};
  Share garbage_lines{"garbage_lines"};
  Share lone_surrogates{"lone_surrogates"};
  Share bare_lines{"bare_lines"};
  Share error_lines{"error_lines"};
  Share error_code_names{"error_code_names"};
  Share hidden_errors{"hidden_errors"};
  Share zero_status{"zero_status"};
  // What the model says.
  Share not_json{"not_json"};
  Share wrapped_json{"wrapped_json"};
  Share two_answers{"two_answers"};
  Share schema_mismatch{"schema_mismatch"};
  Share stubborn_mismatch{"stubborn_mismatch"};
  Share empty{"empty"};
  Share truncated{"truncated"};
  Share refused{"refused"};
  Share content_filter{"content_filter"};
  Share huge_lines{"huge_lines"};
  Bytes huge_bytes{"huge_bytes", 4'000'000};
  Share odd_unicode{"odd_unicode"};
  Share reasoning{"reasoning"};
  Share no_usage{"no_usage"};
};

// Where a fault's value lies, and what it does, in a line.
struct FaultEntry {
  using Place = std::variant<Share Faults::*, Count Faults::*, Bytes Faults::*, Delay Faults::*>;
  Place place;
  std::string_view explained;
};
const std::vector<FaultEntry>& fault_table();

// invalid: an unknown name (with a suggestion) or a value it cannot have. Of a name given twice the last counts.
Result<Faults> parse_faults(const std::vector<std::pair<std::string, std::string>>& settings);

}  // namespace batchd::simulator
