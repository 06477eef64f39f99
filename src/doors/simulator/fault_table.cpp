#include "doors/simulator/faults.hpp"

namespace batchd::simulator {

// In the order in which people read them. Each sentence begins with its value: "rate_429=SHARE of all calls are …".
const std::vector<FaultEntry>& fault_table() {
  static const std::vector<FaultEntry> table{
      {&Faults::rate_429, "of all calls are answered 429"},
      {&Faults::storm_429, "calls in a row, from the second on, are answered 429"},
      {&Faults::rate_500, "of all calls are answered 500"},
      {&Faults::rate_503, "of all calls are answered 503"},
      {&Faults::retry_after_ms,
       "is what a 429, 500 or 503 asks to wait (Retry-After and retry-after-ms); 0: it does not say"},
      {&Faults::retry_after_date, "of these waits are asked for as a date, in Retry-After alone"},
      {&Faults::auth, "of all calls are answered 401: the key is refused now and then"},
      {&Faults::auth_after, "calls are answered, then every one is a 401: the key was revoked; 0: never"},
      {&Faults::forbidden, "of all calls are answered 403: the account may not use this"},
      {&Faults::unpaid, "of all calls are refused because the account is not paid up"},
      {&Faults::storage_full, "of uploads are refused: the account's storage is full"},
      {&Faults::capacity, "of creates are answered 429: batches are throttled for lack of capacity"},

      {&Faults::slow_ms, "passes before every answer"},
      {&Faults::reset_upload, "uploads, the first ones, are cut off within their body"},
      {&Faults::lose_upload_answer, "of uploads are kept, and the connection is cut without an answer: an orphan file"},
      {&Faults::lose_create_answer, "of creates make the batch, and the connection is cut without an answer"},
      {&Faults::lose_create_request, "of creates make no batch, and the connection is cut without an answer"},
      {&Faults::cut_answer, "of answers, downloads apart, are cut off within their body: what was asked for is done"},
      {&Faults::truncate_download, "of downloads are cut off half-way"},
      {&Faults::cut_at_bytes, "is where reset_upload, cut_answer and truncate_download cut; 0: half-way"},
      {&Faults::short_downloads, "downloads of result files, the first ones, lack their second half, without an error"},

      {&Faults::garbage_200,
       "of answers, downloads apart, are 200 with a page of HTML, half a JSON text or nothing: what "
       "was asked for is done"},
      {&Faults::garbage_download, "of downloads are a page of HTML with status 200"},
      {&Faults::gzip, "of answers, downloads too, come compressed (Content-Encoding: gzip) though nobody asked for it"},

      {&Faults::no_lists, "of lists of batches are answered 404: this provider does not list them"},
      {&Faults::list_lag_ms, "passes until a new batch shows in lists"},
      {&Faults::list_stale_ms, "is how far lists are behind: they show batches as they stood then"},
      {&Faults::file_lag_ms,
       "passes until a new file can be used: before, a create is answered 400 \"Cannot find file\""},

      {&Faults::stuck_validating, "of batches never leave validating"},
      {&Faults::stuck_finalizing, "of batches never leave finalizing, everything done"},
      {&Faults::fail_validation, "of batches fail in validation although nothing is wrong with them"},
      {&Faults::faulty_lines,
       "of requests are found faulty in validation, however often they are sent; the whole batch fails, and names "
       "lines"},
      {&Faults::token_limit, "of batches fail with token_limit_exceeded, whatever else is enqueued"},
      {&Faults::enqueued_tokens_max,
       "input tokens may wait or run at once; the batch beyond fails with "
       "token_limit_exceeded; 0: any number"},
      {&Faults::expire, "of batches expire half-way, with what was done until then"},
      {&Faults::cancel_ms, "is how long a cancelled batch stays in cancelling; 0: as long as it would be finalizing"},

      {&Faults::uploaded_status, "of files say status \"uploaded\", not \"processed\""},
      {&Faults::wrapped_upload,
       "of uploads are answered {\"code\",\"message\",\"status\",\"data\":{…}}, as SiliconFlow does"},
      {&Faults::wrapped_create, "of creates are answered {\"job\":{…}}, as Together does"},
      {&Faults::bare_lists, "of lists are a bare array, as Together's"},
      {&Faults::odd_errors, "of refusals are {\"error\":\"text\"}, {\"code\",\"message\"}, a bare string or HTML"},
      {&Faults::upper_case_states, "of batches spell their states in capitals: IN_PROGRESS, COMPLETED"},
      {&Faults::foreign_states, "of batches spell their states as others do: in_queue, running, success, canceled"},
      {&Faults::unknown_states, "of batches pass through states that nobody has heard of"},
      {&Faults::null_counts, "of batches have request_counts null"},
      {&Faults::flat_counts, "of batches have total, completed and failed beside the id, without request_counts"},
      {&Faults::text_findings, "of failed batches say why as one text, not as a list of errors"},
      {&Faults::iso_times, "of batches write their times as 2026-11-23T08:00:00Z"},
      {&Faults::long_ids, "of files and batches have ids of more than 200 characters, as LiteLLM gives them"},

      {&Faults::shuffle, "of batches give their result lines in another order"},
      {&Faults::missing_lines, "of items are in no result file"},
      {&Faults::duplicate_lines, "of items are there twice"},
      {&Faults::unknown_ids, "of items have a line beside theirs with a custom_id that nobody sent"},
      {&Faults::garbage_lines, "of result lines cannot be read"},
      {&Faults::lone_surrogates, "of answers hold half a character (\"\\ud83d\" alone)"},
      {&Faults::bare_lines, "of result lines lack id, request_id and error, as Moonshot's"},
      {&Faults::error_lines, "of items fail: a 400, a 429, a 500 or the content filter"},
      {&Faults::error_code_names,
       "of failed items say error_code and error_message, as DashScope's own converter reads them"},
      {&Faults::hidden_errors, "of items fail with status_code 200: the body is an error"},
      {&Faults::zero_status, "of items come with status_code 0 and no body, and the batch counts them as completed"},

      {&Faults::not_json, "of answers are prose where JSON was asked for"},
      {&Faults::wrapped_json, "of answers have their JSON in a fenced block with words around it"},
      {&Faults::two_answers, "of answers hold two JSON values"},
      {&Faults::schema_mismatch, "of answers break the schema; asked again it is drawn anew"},
      {&Faults::stubborn_mismatch,
       "of requests are answered against the schema until one shows the bad answer (role "
       "assistant) and then names what was wrong with it"},
      {&Faults::empty, "of answers are an empty text"},
      {&Faults::truncated, "of answers are cut off by the token limit (finish_reason length)"},
      {&Faults::refused, "of answers are a refusal; on DashScope a 400 of the content filter"},
      {&Faults::content_filter, "of answers are stopped half-way by the filter (finish_reason content_filter)"},
      {&Faults::huge_lines, "of answers end in blanks, huge_bytes of them"},
      {&Faults::huge_bytes, "is how much huge_lines add"},
      {&Faults::odd_unicode, "of answers are full of odd Unicode: NUL, U+FEFF, U+202E, U+2028, U+FFFF, joined emoji"},
      {&Faults::reasoning, "of answers carry reasoning_content and reasoning_tokens"},
      {&Faults::no_usage, "of answers do not say what they used"},
  };
  return table;
}

}  // namespace batchd::simulator
