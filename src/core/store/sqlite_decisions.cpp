#include "core/store/sqlite_store.hpp"
#include "core/store/stored_values.hpp"

namespace batchd::store {

Status SqliteStore::apply(std::string_view run, const model::Changes& changes) {
  if (changes.empty()) return {};
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const auto place = find(run);
  if (!place) return place.error();
  if (auto written = write_changes(place->number, run, changes); !written) return written;
  return transaction.commit("keep a decision");
}

Status SqliteStore::write_changes(std::int64_t number, std::string_view run, const model::Changes& changes) {
  if (changes.run) {
    const model::Run& to = *changes.run;
    check(to.id == run, "a decision changes its own run");
    // Not owner, heartbeat_at and cancel_requested_at: another process may have written them since this one read.
    const bool written =
        database_
            ->query(
                "UPDATE runs SET state = ?2, stopped_by = ?3, waiting_for = ?4, waiting_since = ?5, "
                "waiting_next_try_at = ?6, waiting_detail = ?7, started_at = ?8, finished_at = ?9, exit_code = ?10, "
                "duplicate_results = ?11, unknown_results = ?12, undecodable_lines = ?13, missing_results = ?14, "
                "unwrapped = ?15, list_lag_ms = ?16 WHERE number = ?1")
            .run(number, to.state, to.stopped_by, to.waiting.what, to.waiting.since, to.waiting.next_try_at,
                 to.waiting.detail, to.started_at, to.finished_at, to.exit_code, to.anomalies.duplicate_results,
                 to.anomalies.unknown_results, to.anomalies.undecodable_lines, to.anomalies.missing_results,
                 to.anomalies.unwrapped, to.list_lag.count());
    if (!written) return database_->failure("keep the run's state");
  }
  // Shards first: submissions refer to them.
  for (const model::Shard& shard : changes.shards) {
    if (auto written = write_shard(number, shard); !written) return written;
  }
  for (const model::Submission& submission : changes.submissions) {
    if (auto written = write_submission(number, submission); !written) return written;
  }
  for (const model::Happening& happening : changes.happenings) {
    if (auto written = write_happening(number, happening); !written) return written;
  }
  return write_deliveries(changes.deliveries);
}

Status SqliteStore::write_shard(std::int64_t run, const model::Shard& shard) {
  const bool written =
      database_
          ->query(
              "INSERT INTO shards (run, n, attempt, lane, model, thinking, requests, bytes, first_sequence, "
              "last_sequence, requests_file, rows_file, requests_hash, stage, end_kind, error, input_file_id, "
              "submission, output_file, error_file, outcome_file, remote_files_removed, output_bytes, error_bytes, "
              "output_sha256, "
              "error_sha256, rows_bytes, rows_hash, outcome_bytes, outcome_hash, unspent) VALUES (?1, ?2, ?3, ?4, ?5, "
              "?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, "
              "?27, ?28, ?29, ?30, ?31) ON "
              "CONFLICT (run, n) DO UPDATE SET attempt = "
              "?3, lane = ?4, model = ?5, thinking = ?6, requests = ?7, bytes = ?8, first_sequence = ?9, "
              "last_sequence = ?10, requests_file = ?11, rows_file = ?12, requests_hash = ?13, stage = ?14, "
              "end_kind = ?15, error = ?16, input_file_id = ?17, submission = ?18, output_file = ?19, error_file = "
              "?20, outcome_file = ?21, remote_files_removed = ?22, output_bytes = ?23, error_bytes = ?24, "
              "output_sha256 = ?25, error_sha256 = ?26, rows_bytes = ?27, rows_hash = ?28, outcome_bytes = ?29, "
              "outcome_hash = ?30, unspent = ?31")
          .run(run, shard.n, shard.attempt, shard.lane, shard.model, shard.thinking, shard.requests, shard.bytes,
               shard.first_sequence, shard.last_sequence, shard.requests_file, shard.rows_file, shard.requests_hash,
               shard.stage, shard.end, shard.error, shard.input_file_id, shard.submission, shard.output_file,
               shard.error_file, shard.outcome_file, shard.remote_files_removed, shard.output_bytes, shard.error_bytes,
               shard.output_sha256, shard.error_sha256, shard.rows_mark.bytes, shard.rows_mark.hash,
               shard.outcome_mark.bytes, shard.outcome_mark.hash, shard.unspent);
  if (!written) return database_->failure("keep a shard");
  return {};
}

Status SqliteStore::write_submission(std::int64_t run, const model::Submission& submission) {
  const model::RequestCounts& counts = submission.counts;
  const model::Usage& used = submission.usage;
  const auto known = [&](std::uint64_t tokens) { return used.known ? std::optional(tokens) : std::nullopt; };
  const bool written =
      database_
          ->query(
              "INSERT INTO submissions (run, shard, n, intended_at, server_time, batch_id, state, state_text, "
              "requests_total, requests_completed, requests_failed, output_file_id, error_file_id, created_at, "
              "expires_at, ended_at, given_up, input_tokens, output_tokens, reasoning_tokens, cached_tokens, "
              "missed_at) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, "
              "?22) ON CONFLICT (run, shard, n) DO UPDATE SET intended_at = ?4, server_time = ?5, "
              "batch_id = ?6, state = ?7, state_text = ?8, requests_total = ?9, requests_completed = ?10, "
              "requests_failed = ?11, output_file_id = ?12, error_file_id = ?13, created_at = ?14, expires_at = "
              "?15, ended_at = ?16, given_up = ?17, input_tokens = ?18, output_tokens = ?19, reasoning_tokens = ?20, "
              "cached_tokens = ?21, missed_at = ?22")
          .run(run, submission.shard, submission.n, submission.intended_at, submission.server_time, submission.batch_id,
               submission.state, submission.state_text, counts.total, counts.completed, counts.failed,
               submission.output_file_id, submission.error_file_id, submission.created_at, submission.expires_at,
               submission.ended_at, submission.given_up, known(used.input_tokens), known(used.output_tokens),
               known(used.reasoning_tokens), known(used.cached_tokens), submission.missed_at);
  const bool cleared =
      written && database_->query("DELETE FROM submission_errors WHERE run = ?1 AND shard = ?2 AND submission = ?3")
                     .run(run, submission.shard, submission.n);
  if (!cleared) return database_->failure("keep a submission");
  Query insert = database_->query("INSERT INTO submission_errors VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  std::uint32_t n = 0;
  for (const model::BatchError& error : submission.errors) {
    if (!insert.run(run, submission.shard, submission.n, ++n, error.code, error.message, error.line, error.item))
      return database_->failure("keep a submission's errors");
  }
  return {};
}

Status SqliteStore::write_happening(std::int64_t run, const model::Happening& happening) {
  // One of the same words, shard and millisecond is the same happening, told twice.
  const bool written =
      database_
          ->query(
              "INSERT INTO happenings SELECT ?1, ?2, (SELECT count(*) FROM happenings WHERE run = ?1 AND at = ?2), "
              "?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 FROM happenings WHERE run = ?1 AND at = ?2 AND shard = ?3 AND "
              "kind = ?4 AND text = ?5)")
          .run(run, happening.at, happening.shard, happening.kind, happening.text);
  if (!written) return database_->failure("keep what happened");
  return {};
}

Result<std::vector<model::Shard>> SqliteStore::shards(std::string_view run) {
  const auto place = find(run);
  if (!place) return place.error();
  Query query = database_->query(
      "SELECT n, attempt, lane, model, thinking, requests, bytes, first_sequence, last_sequence, requests_file, "
      "rows_file, requests_hash, stage, end_kind, error, input_file_id, submission, output_file, error_file, "
      "outcome_file, remote_files_removed, output_bytes, error_bytes, output_sha256, error_sha256, rows_bytes, "
      "rows_hash, outcome_bytes, outcome_hash, unspent FROM shards WHERE run = ?1 ORDER BY n");
  std::vector<model::Shard> all;
  query.bind(place->number);
  while (query.next()) {
    model::Shard& shard = all.emplace_back();
    query.read(shard.n, shard.attempt, shard.lane, shard.model, shard.thinking, shard.requests, shard.bytes,
               shard.first_sequence, shard.last_sequence, shard.requests_file, shard.rows_file, shard.requests_hash,
               shard.stage, shard.end, shard.error, shard.input_file_id, shard.submission, shard.output_file,
               shard.error_file, shard.outcome_file, shard.remote_files_removed, shard.output_bytes, shard.error_bytes,
               shard.output_sha256, shard.error_sha256, shard.rows_mark.bytes, shard.rows_mark.hash,
               shard.outcome_mark.bytes, shard.outcome_mark.hash, shard.unspent);
  }
  if (query.failed()) return database_->failure("read the shards");
  return all;
}

Result<std::vector<model::Submission>> SqliteStore::submissions(std::string_view run) {
  Transaction snapshot(*database_, Transaction::Kind::read);
  if (!snapshot.begun()) return snapshot.begun().error();
  const auto place = find(run);
  if (!place) return place.error();
  Query query = database_->query(
      "SELECT shard, n, intended_at, server_time, batch_id, state, state_text, requests_total, requests_completed, "
      "requests_failed, output_file_id, error_file_id, created_at, expires_at, ended_at, given_up, input_tokens, "
      "output_tokens, reasoning_tokens, cached_tokens, missed_at FROM submissions "
      "WHERE run = ?1 ORDER BY shard, n");
  std::vector<model::Submission> all;
  query.bind(place->number);
  while (query.next()) {
    model::Submission& one = all.emplace_back();
    std::optional<std::uint64_t> input, output, reasoning, cached;
    query.read(one.shard, one.n, one.intended_at, one.server_time, one.batch_id, one.state, one.state_text,
               one.counts.total, one.counts.completed, one.counts.failed, one.output_file_id, one.error_file_id,
               one.created_at, one.expires_at, one.ended_at, one.given_up, input, output, reasoning, cached,
               one.missed_at);
    one.usage = {input.value_or(0), output.value_or(0), reasoning.value_or(0), cached.value_or(0), input.has_value()};
  }
  if (query.failed()) return database_->failure("read the submissions");

  Query errors = database_->query(
      "SELECT code, message, line, item FROM submission_errors WHERE run = ?1 AND shard = ?2 AND submission = ?3 ORDER "
      "BY n");
  for (model::Submission& one : all) {
    errors.bind(place->number, one.shard, one.n);
    while (errors.next()) {
      model::BatchError& error = one.errors.emplace_back();
      errors.read(error.code, error.message, error.line, error.item);
    }
    if (errors.failed()) return database_->failure("read a submission's errors");
  }
  return all;
}

Result<std::vector<model::Happening>> SqliteStore::happenings(std::string_view run, std::uint32_t limit) {
  const auto place = find(run);
  if (!place) return place.error();
  Query query = database_->query(
      "SELECT at, shard, kind, text FROM (SELECT * FROM happenings WHERE run = ?1 ORDER BY at DESC, n DESC LIMIT ?2) "
      "ORDER BY at, n");
  std::vector<model::Happening> all;
  query.bind(place->number, limit);
  while (query.next()) {
    model::Happening& one = all.emplace_back();
    query.read(one.at, one.shard, one.kind, one.text);
  }
  if (query.failed()) return database_->failure("read what happened");
  return all;
}

}  // namespace batchd::store
