#include "line/report/machine.hpp"

#include <algorithm>

#include "ground/json/writer.hpp"

namespace batchd::report {
namespace {

void write_text_or_null(json::Writer& to, std::string_view key, std::string_view text) {
  to.key(key);
  text.empty() ? to.null() : to.string(text);
}

void write_time(json::Writer& to, std::string_view key, const std::optional<Time>& time) {
  to.key(key);
  time ? to.string(format_utc(*time, true)) : to.null();
}

void write_input(json::Writer& to, const model::Run& run) {
  to.key("input").begin_object();
  to.key("files").begin_array();
  for (const model::InputFile& file : run.inputs) {
    to.begin_object();
    to.key("path").string(file.path.string());
    to.key("bytes").unsigned_integer(file.identity.size_bytes);
    to.key("xxh3_128").string(to_hex(file.hash));
    to.end_object();
  }
  to.end_array();
  to.key("rows").unsigned_integer(run.rows);
  to.key("rejected").unsigned_integer(run.rejected);
  to.key("items").unsigned_integer(run.items);
  to.end_object();
}

void write_counts(json::Writer& to, const model::Counts& counts) {
  to.key("counts").begin_object();
  to.key("succeeded").unsigned_integer(counts.succeeded);
  to.key("reused").unsigned_integer(counts.reused);
  to.key("failed").unsigned_integer(counts.failed);
  to.key("pending").unsigned_integer(counts.pending);
  to.end_object();
  to.key("reasons").begin_object();
  for (int reason = 1; reason < model::reason_count; ++reason) {
    to.key(name_of(static_cast<model::Reason>(reason)))
        .unsigned_integer(counts.reasons[static_cast<std::size_t>(reason)]);
  }
  to.end_object();
}

void write_batch(json::Writer& to, const model::Shard& shard, const model::Submission& batch) {
  to.begin_object();
  to.key("shard").unsigned_integer(shard.n);
  to.key("submission").unsigned_integer(batch.n);
  write_text_or_null(to, "batch_id", batch.batch_id);
  to.key("state").string(batch_state_text(batch));
  to.key("model").string(shard.model);
  to.key("lane").string(shard.lane);
  to.key("requests").unsigned_integer(shard.requests);
  to.key("completed").unsigned_integer(batch.counts.completed);
  to.key("failed").unsigned_integer(batch.counts.failed);
  write_time(to, "submitted_at", batch.intended_at);
  write_time(to, "ended_at", batch.ended_at);
  to.key("given_up").boolean(batch.given_up);
  write_text_or_null(to, "input_file_id", shard.input_file_id);
  write_text_or_null(to, "output_file_id", batch.output_file_id);
  write_text_or_null(to, "error_file_id", batch.error_file_id);
  to.key("errors").begin_array();
  for (const model::BatchError& error : batch.errors) {
    to.begin_object();
    write_text_or_null(to, "code", error.code);
    to.key("message").string(error.message).key("line");
    error.line ? to.unsigned_integer(*error.line) : to.null();
    write_text_or_null(to, "item", error.item);
    to.end_object();
  }
  to.end_array();
  to.end_object();
}

void write_batches(json::Writer& to, const Request& request) {
  to.key("batches").begin_array();
  for (const model::Submission& batch : request.submissions) {
    const auto shard = std::find_if(request.shards.begin(), request.shards.end(),
                                    [&](const model::Shard& s) { return s.n == batch.shard; });
    if (shard != request.shards.end()) write_batch(to, *shard, batch);
  }
  to.end_array();
}

void write_usage_and_cost(json::Writer& to, const Sums& sums) {
  to.key("usage").begin_object();
  const bool unknown = sums.usage_is_unknown();
  const auto figure = [&](std::string_view key, std::uint64_t tokens) {
    to.key(key);
    unknown ? to.null() : to.unsigned_integer(tokens);
  };
  figure("input_tokens", sums.usage.input_tokens);
  figure("output_tokens", sums.usage.output_tokens);
  figure("reasoning_tokens", sums.usage.reasoning_tokens);
  figure("cached_tokens", sums.usage.cached_tokens);
  to.key("answers_without_usage").unsigned_integer(sums.answers_without_usage);
  to.end_object();
  to.key("cost").begin_object();
  write_text_or_null(to, "currency", sums.currency);
  to.key("estimated_low").null().key("estimated_high").null();  // nothing was estimated beforehand
  to.key("actual");
  sums.cost && !unknown ? to.raw(to_text(*sums.cost)) : to.null();
  to.end_object();
}

void write_anomalies(json::Writer& to, const model::Anomalies& odd, std::uint64_t paid_twice) {
  to.key("anomalies").begin_object();
  to.key("duplicate_results").unsigned_integer(odd.duplicate_results);
  to.key("unknown_results").unsigned_integer(odd.unknown_results);
  to.key("undecodable_lines").unsigned_integer(odd.undecodable_lines);
  to.key("missing_results").unsigned_integer(odd.missing_results);
  to.key("unwrapped").unsigned_integer(odd.unwrapped);
  to.key("requests_paid_twice").unsigned_integer(paid_twice);
  to.end_object();
}

void write_latency(json::Writer& to, const Request& request) {
  const auto durations = batch_durations(request);
  const auto write = [&](std::string_view key, std::optional<Duration> duration) {
    to.key(key);
    duration ? to.integer(duration->count()) : to.null();
  };
  std::optional<Duration> total;
  if (request.run.started_at) total = request.finished_at - *request.run.started_at;
  to.key("latency").begin_object();
  write("total_ms", total);
  const bool known = !durations.empty();
  write("batch_min_ms", known ? std::optional(durations.front()) : std::nullopt);
  write("batch_median_ms", known ? std::optional(durations[durations.size() / 2]) : std::nullopt);
  write("batch_max_ms", known ? std::optional(durations.back()) : std::nullopt);
  to.end_object();
}

}  // namespace

std::string_view batch_state_text(const model::Submission& batch) {
  if (!batch.batch_id.empty()) return name_of(batch.state);
  if (batch.state_text == model::submission_refused) return model::submission_refused;
  const bool is_unknown = batch.state_text == model::submission_unknown ||
                          batch.state_text == model::submission_given_up || !batch.given_up;
  if (is_unknown) return model::submission_unknown;
  return "never_arrived";
}

std::uint64_t requests_paid_twice(const Request& request) {
  std::uint64_t paid = 0;
  for (const model::Submission& batch : request.submissions)
    paid += model::paid_in_vain(batch);
  return paid;
}

std::vector<Duration> batch_durations(const Request& request) {
  std::vector<Duration> durations;
  for (const model::Submission& batch : request.submissions) {
    if (!batch.batch_id.empty() && batch.ended_at) durations.push_back(*batch.ended_at - batch.intended_at);
  }
  std::sort(durations.begin(), durations.end());
  return durations;
}

std::string report_json(const Request& request) {
  const model::Run& run = request.run;
  std::string text;
  json::Writer to(text);
  to.begin_object();
  to.key("schema_version").integer(report_schema_version);
  to.key("run").string(run.id);
  to.key("job").string(run.job);
  to.key("key").string(run.key);
  to.key("state").string(name_of(request.state));
  write_text_or_null(to, "stopped_by", run.stopped_by);
  write_time(to, "started_at", run.started_at);
  write_time(to, "finished_at", request.finished_at);
  to.key("batchd_version").string(request.version);
  to.key("provider").string(run.provider);
  to.key("simulated").boolean(run.simulated);
  to.key("sample").boolean(run.sample);
  to.key("labels").begin_object();
  for (const auto& [name, value] : request.job.labels)
    to.key(name).string(value);
  to.end_object();
  write_text_or_null(to, "prompt_version", request.job.prompt_version.value_or(""));
  to.key("prompt_sha").string(run.prompt_sha);
  to.key("min_success").number(request.job.min_success);
  write_input(to, run);
  write_counts(to, request.counts);
  to.key("attempts").unsigned_integer(request.sums.attempts);
  write_batches(to, request);
  write_usage_and_cost(to, request.sums);
  write_anomalies(to, run.anomalies, requests_paid_twice(request));
  write_latency(to, request);
  to.end_object();
  return text;
}

}  // namespace batchd::report
