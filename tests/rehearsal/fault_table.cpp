#include "rehearsal/fault_table.hpp"

#include <fmt/format.h>

#include "rules/model/exit_code.hpp"

namespace batchd::rehearsal {
namespace {

constexpr std::string_view whole = "0: 12 succeeded, 3 batches";

}  // namespace

const std::vector<FaultNight>& fault_nights() {
  static const std::string well(whole);
  static const std::string gone_before = "7: not over, 0 batches";  // unreachable for a minute, nothing in flight
  static const std::string refused_before = "4: not over, 0 batches";
  static const std::string lines_failed = "3: 4 bad_request, 4 provider_error, 4 refused, 3 batches";
  static const std::string lines_failed_on_dashscope = "3: 4 bad_request, 7 provider_error, 1 refused, 3 batches";
  static const std::vector<FaultNight> nights{
      // A call is refused though nothing is wrong with it.
      {"rate_429", "rate_429=0.3", well},
      {"rate_429", "rate_429=1", "130: not over, 0 batches", well},  // throttled is not gone: it waits
      {"storm_429", "storm_429=20", well},
      {"rate_500", "rate_500=0.3", well},
      {"rate_500", "rate_500=1", gone_before, well},
      {"rate_503", "rate_503=0.3", well},
      {"rate_503", "rate_503=1", gone_before, well},
      {"retry_after_ms", "rate_429=0.3 rate_503=0.2 retry_after_ms=30s", well},
      {"retry_after_date", "rate_429=0.3 retry_after_ms=30s retry_after_date=1", well},
      {"auth", "auth=1", refused_before, well},
      {"auth_after", "auth_after=5", "4: not over, 2 batches", well},
      {"forbidden", "forbidden=1", refused_before, well},
      {"unpaid", "unpaid=1", refused_before, well},
      {"storage_full", "storage_full=1", refused_before, well},
      {"capacity", "capacity=0.5", well},
      {"capacity", "capacity=1", "130: not over, 0 batches", well},

      // A call is slow, cut or lost.
      {"slow_ms", "slow_ms=20s", well},
      {"slow_ms", "slow_ms=2m", gone_before, well},
      {"reset_upload", "reset_upload=2", well},
      {"reset_upload", "reset_upload=1000", gone_before, well},
      {"lose_upload_answer", "lose_upload_answer=0.5", well},
      {"lose_upload_answer", "lose_upload_answer=1", gone_before, well},
      {"lose_create_answer", "lose_create_answer=1", well},
      {"lose_create_request", "lose_create_request=0.5", well},
      {"lose_create_request", "lose_create_request=1", "130: not over, 0 batches", well},
      {"cut_answer", "cut_answer=0.3", well},
      {"cut_answer", "cut_answer=1", gone_before, well},
      {"truncate_download", "truncate_download=0.5", well},
      {"truncate_download", "truncate_download=1", "7: not over, 3 batches", well},
      {"cut_at_bytes", "truncate_download=0.5 cut_answer=0.2 cut_at_bytes=1", well},
      {"short_downloads", "short_downloads=1", well},

      // It is answered with something else.
      {"garbage_200", "garbage_200=0.3", well},
      {"garbage_200", "garbage_200=1", gone_before, well},
      {"garbage_download", "garbage_download=0.5", well},
      {"garbage_download", "garbage_download=1", "7: not over, 3 batches", well},
      {"gzip", "gzip=1", well},

      // The provider does not know yet what it will know.
      {"list_lag_ms", "list_lag_ms=10m", well},
      {"list_lag_ms", "list_lag_ms=15s lose_create_answer=1", well},
      {"list_stale_ms", "list_stale_ms=15s lose_create_answer=1", well},
      {"no_lists", "no_lists=1", well},
      {"no_lists", "no_lists=1 lose_create_answer=1", "1: not over, 3 batches", well},
      {"file_lag_ms", "file_lag_ms=10m", well},

      // A batch goes wrong as a whole.
      {"stuck_validating",
       "stuck_validating=1",
       "130: not over, 3 batches",
       "5: 12 cancelled, 3 batches",
       {},
       Remedy::cancel},
      {"stuck_finalizing", "stuck_finalizing=1", "130: not over, 3 batches", well, {}, Remedy::cancel},
      {"fail_validation", "fail_validation=1", "3: 12 provider_error, 3 batches"},
      {"faulty_lines",
       "faulty_lines=0.3",
       "3: 8 bad_request, 4 succeeded, 4 batches",
       {},
       "3: 4 bad_request, 8 succeeded, 5 batches"},
      {"faulty_lines", "faulty_lines=1", "3: 12 bad_request, 3 batches"},
      {"token_limit", "token_limit=0.6", "0: 12 succeeded, 6 batches"},
      {"enqueued_tokens_max", "enqueued_tokens_max=500", "0: 12 succeeded, 6 batches"},
      {"expire", "expire=1", "3: 6 expired, 6 succeeded, 3 batches"},
      {"cancel_ms",
       "stuck_validating=1 cancel_ms=1h",
       "130: not over, 3 batches",
       "5: 12 cancelled, 3 batches",
       {},
       Remedy::cancel},

      // Other providers' ways to say the same.
      {"uploaded_status", "uploaded_status=1", well},
      {"wrapped_upload", "wrapped_upload=1", well},
      {"wrapped_create", "wrapped_create=1", well},
      {"bare_lists", "bare_lists=1 lose_create_answer=1", well},
      {"odd_errors", "odd_errors=1 rate_429=0.3 rate_503=0.2", well},
      {"upper_case_states", "upper_case_states=1", well},
      {"foreign_states", "foreign_states=1", well},
      {"unknown_states", "unknown_states=1", well},
      {"null_counts", "null_counts=1", well},
      {"flat_counts", "flat_counts=1", well},
      {"text_findings", "text_findings=1 fail_validation=1", "3: 12 provider_error, 3 batches"},
      {"iso_times", "iso_times=1", well},
      {"long_ids", "long_ids=1", well},

      // Result files and their lines.
      {"shuffle", "shuffle=1", well},
      {"missing_lines", "missing_lines=1", "3: 12 missing, 3 batches"},
      {"missing_lines",
       "missing_lines=0.3",
       "3: 3 missing, 9 succeeded, 3 batches",
       {},
       "3: 4 missing, 8 succeeded, 3 batches"},
      {"duplicate_lines", "duplicate_lines=1", well},
      {"unknown_ids", "unknown_ids=1", well},
      {"garbage_lines", "garbage_lines=1", "3: 12 missing, 3 batches"},
      {"lone_surrogates", "lone_surrogates=1", "3: 12 not_json, 3 batches"},
      {"bare_lines", "bare_lines=1", well},
      {"error_lines", "error_lines=1", lines_failed, {}, lines_failed_on_dashscope},
      {"error_code_names", "error_code_names=1 error_lines=1", lines_failed, {}, lines_failed_on_dashscope},
      {"hidden_errors", "hidden_errors=1 error_lines=1", lines_failed, {}, lines_failed_on_dashscope},
      {"zero_status", "zero_status=1", "3: 12 provider_error, 3 batches"},

      // What the model says.
      {"not_json", "not_json=1", "3: 12 not_json, 3 batches"},
      {"wrapped_json", "wrapped_json=1", well},
      {"two_answers", "two_answers=1", "3: 12 not_json, 3 batches"},
      {"schema_mismatch", "schema_mismatch=1", "3: 12 schema_mismatch, 3 batches"},
      {"stubborn_mismatch", "stubborn_mismatch=1", "3: 12 schema_mismatch, 3 batches"},
      {"empty", "empty=1", "3: 12 empty, 3 batches"},
      {"truncated", "truncated=1", "3: 12 truncated, 3 batches"},
      {"refused", "refused=1", "3: 12 refused, 3 batches"},
      {"content_filter", "content_filter=1", "3: 12 refused, 3 batches"},
      {"huge_lines", "huge_lines=1 huge_bytes=20kB", well},
      {"huge_bytes", "huge_lines=0.3 huge_bytes=1MB", well},
      {"odd_unicode", "odd_unicode=1", well},
      {"reasoning", "reasoning=1", well},
      {"no_usage", "no_usage=1", well},
  };
  return nights;
}

std::vector<std::pair<std::string, std::string>> faults_in(const std::string& settings) {
  std::vector<std::pair<std::string, std::string>> faults;
  for (std::size_t begin = 0; begin < settings.size();) {
    const auto end = std::min(settings.find(' ', begin), settings.size());
    const auto equals = settings.find('=', begin);
    check(equals < end, "a fault is written NAME=VALUE");
    faults.emplace_back(settings.substr(begin, equals - begin), settings.substr(equals + 1, end - equals - 1));
    begin = end + 1;
  }
  return faults;
}

Scene scene_of(const FaultNight& night, model::Profile profile, const Path& folder) {
  Scene scene;
  scene.folder = folder;
  scene.profile = profile;
  scene.rows = 12;
  scene.rows_per_shard = 4;
  scene.min_success = 1;
  scene.faults = faults_in(night.settings);
  scene.give_up_after = std::chrono::hours(2);
  scene.leave_after = std::chrono::hours(6);
  return scene;
}

Scene mended(Scene scene, const Played& played, Remedy remedy) {
  scene.begin = played.ended + std::chrono::minutes(10);
  if (remedy == Remedy::cancel) {
    scene.cancel_after = std::chrono::minutes(1);
  } else {
    scene.faults.clear();
  }
  return scene;
}

bool asks_for_repetition(int exit_code) {
  return exit_code == model::exit_internal || exit_code == model::exit_denied || exit_code == model::exit_unreachable ||
         exit_code >= model::exit_signal_base;
}

std::string told(const Played& played, const Morning& morning) {
  return fmt::format("{}: {}", played.exit_code(), account_of(morning));
}

std::string play_and_tell(const Scene& scene) {
  const auto played = play(scene);
  return told(played, morning_of(scene));
}

}  // namespace batchd::rehearsal
