#include <fmt/format.h>

#include "core/store/migrations.hpp"
#include "core/store/sqlite_store.hpp"
#include "core/store/stored_values.hpp"

namespace batchd::store {

Result<std::unique_ptr<Store>> Store::open(const Path& file, Mode mode) {
  auto database = Database::open(file, mode);
  if (!database) return database.error();
  // Looked at before anything is written: a newer batchd's file, or another program's, is left as it is.
  const auto version = version_of(**database, schema_version);
  if (!version) return version.error();
  if (mode == Mode::read_write) {
    if (auto prepared = (*database)->prepare_for_writing(); !prepared) return prepared.error();
    if (auto migrated = migrate(**database, steps()); !migrated) return migrated.error();
  } else if (*version < schema_version) {
    return Error{*version == 0 ? ErrorKind::not_found : ErrorKind::invalid,
                 fmt::format("the database {} is of version {}, this batchd reads version {}", file.string(), *version,
                             schema_version),
                 "The next `batchd run` with this state directory brings it up to date."};
  }
  return std::unique_ptr<Store>{std::make_unique<SqliteStore>(std::move(*database))};
}

Result<SqliteStore::Place> SqliteStore::find(std::string_view run) {
  Query query = database_->query(
      "SELECT number, state, items FROM runs WHERE id = ?1 AND number NOT IN (SELECT number FROM unswept_runs)");
  Place place;
  const bool found = query.bind(run).next();
  if (found) query.read(place.number, place.state, place.items);
  if (query.failed()) return database_->failure("look up a run");
  if (found) return place;
  const auto pruned = pruned_runs("", 1, run);
  if (!pruned) return pruned.error();
  if (!pruned->empty() && pruned->front().id == run) return Error{ErrorKind::not_found, told(pruned->front())};
  return Error{ErrorKind::not_found, fmt::format("there is no run {}", run), "`batchd runs` lists them."};
}

Status SqliteStore::create_run(const model::Run& run) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  {
    Query known = database_->query(
        "SELECT runs.id FROM runs JOIN jobs ON jobs.number = runs.job WHERE (jobs.name = ?1 AND runs.key = ?2) OR "
        "runs.id = ?3 UNION ALL SELECT pruned_runs.id FROM pruned_runs JOIN jobs ON jobs.number = pruned_runs.job "
        "WHERE (jobs.name = ?1 AND pruned_runs.key = ?2) OR pruned_runs.id = ?3");
    std::string id;
    if (known.bind(run.job, run.key, run.id).next()) {
      known.read(id);
      return Error{ErrorKind::conflict, fmt::format("job {} already has a run with the key {}", run.job, run.key), id};
    }
    if (known.failed()) return database_->failure("look up a run");
  }
  const bool job_written = database_->query("INSERT OR IGNORE INTO jobs (name) VALUES (?1)").run(run.job);
  const model::Anomalies& odd = run.anomalies;
  const bool run_written =
      job_written &&
      database_
          ->query(
              "INSERT INTO runs (id, job, key, state, stopped_by, waiting_for, waiting_since, waiting_next_try_at, "
              "waiting_detail, provider, simulated, sample, ask_hash, prompt_sha, output_folder, created_at, "
              "started_at, finished_at, cancel_requested_at, owner, heartbeat_at, rows, rejected, items, exit_code, "
              "duplicate_results, unknown_results, undecodable_lines, missing_results, unwrapped, answer_rule, "
              "asks_account, frozen_job) VALUES (?1, (SELECT number FROM jobs WHERE name = ?2), ?3, ?4, ?5, ?6, ?7, "
              "?8, ?9, ?10, "
              "?11, ?12, ?13, "
              "?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33)")
          .run(run.id, run.job, run.key, model::RunState::created, run.stopped_by, run.waiting.what, run.waiting.since,
               run.waiting.next_try_at, run.waiting.detail, run.provider, run.simulated, run.sample, run.ask_hash,
               run.prompt_sha, run.output_folder, run.created_at, run.started_at, run.finished_at,
               run.cancel_requested_at, run.owner, run.heartbeat_at, run.rows, run.rejected, run.items, run.exit_code,
               odd.duplicate_results, odd.unknown_results, odd.undecodable_lines, odd.missing_results, odd.unwrapped,
               run.answer_rule, run.asks_account, run.frozen_job);
  if (!run_written) return database_->failure("keep the new run");
  const std::int64_t number = database_->last_inserted();

  Query input = database_->query("INSERT INTO inputs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  std::uint32_t n = 0;
  for (const model::InputFile& file : run.inputs) {
    const FileIdentity& is = file.identity;
    const auto inode = static_cast<std::int64_t>(is.inode);  // 64 bits, whatever their sign
    const auto device = static_cast<std::int64_t>(is.device);
    if (!input.run(number, ++n, file.path.string(), is.size_bytes, is.modified_ns, inode, device, file.hash))
      return database_->failure("keep the run's input");
  }
  return transaction.commit("keep the new run");
}

Status SqliteStore::drop_unsent_run(std::string_view run) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const auto place = find(run);
  if (!place) return place.error();
  if (place->state != model::RunState::created) {
    const auto is_unsent = has_sent_nothing(place->number);
    if (!is_unsent) return is_unsent.error();
    if (!*is_unsent)
      return Error{ErrorKind::conflict, fmt::format("run {} is {}: only one that has sent nothing can be dropped", run,
                                                    name_of(place->state))};
    // What is being asked of a job never counts backwards (asked_so_far).
    if (!database_
             ->query("UPDATE jobs SET asked_by_pruned = asked_by_pruned + 1 WHERE number = (SELECT job FROM runs WHERE "
                     "number = ?1)")
             .run(place->number))
      return database_->failure("drop the run");
  }
  // Who refers to whom decides the order. A preparation that was killed has left items and little else.
  for (const std::string_view statement :
       {"DELETE FROM items WHERE run = ?1", "DELETE FROM keys WHERE run = ?1", "DELETE FROM attempts WHERE run = ?1",
        "DELETE FROM outcomes WHERE run = ?1", "DELETE FROM tallies WHERE run = ?1", "DELETE FROM sums WHERE run = ?1",
        "DELETE FROM retries WHERE run = ?1", "DELETE FROM submission_errors WHERE run = ?1",
        "DELETE FROM submissions WHERE run = ?1", "DELETE FROM shards WHERE run = ?1",
        "DELETE FROM inputs WHERE run = ?1", "DELETE FROM happenings WHERE run = ?1",
        "DELETE FROM pauses WHERE target = 0 AND name = (SELECT id FROM runs WHERE number = ?1)",
        "DELETE FROM runs WHERE number = ?1"}) {
    if (!database_->query(statement).run(place->number)) return database_->failure("drop the run");
  }
  return transaction.commit("drop the run");
}

Result<bool> SqliteStore::has_sent_nothing(std::int64_t number) {
  Query query = database_->query(
      "SELECT NOT EXISTS (SELECT 1 FROM submissions WHERE run = ?1) AND NOT EXISTS (SELECT 1 FROM shards WHERE run = "
      "?1 AND stage <> ?2 AND lane <> ?3)");
  bool is_unsent = false;
  if (query.bind(number, model::ShardStage::planned, model::lane_reused).next()) query.read(is_unsent);
  if (query.failed()) return database_->failure("look whether it has sent anything");
  return is_unsent;
}

// -- reading runs

Result<model::Run> SqliteStore::run_numbered(std::int64_t number) {
  model::Run run;
  model::Anomalies& odd = run.anomalies;
  std::int64_t list_lag_ms = 0;
  std::uint32_t retry_reasons = 0;
  Query query = database_->query(
      "SELECT runs.id, jobs.name, key, state, stopped_by, waiting_for, waiting_since, waiting_next_try_at, "
      "waiting_detail, provider, simulated, sample, ask_hash, prompt_sha, output_folder, created_at, started_at, "
      "finished_at, cancel_requested_at, cancel_scope, owner, heartbeat_at, rows, rejected, items, exit_code, "
      "duplicate_results, "
      "unknown_results, undecodable_lines, missing_results, unwrapped, list_lag_ms, answer_rule, retry_reasons, "
      "retry_last_shard, asks_account, frozen_job "
      "FROM runs JOIN jobs ON jobs.number = runs.job WHERE runs.number = ?1");
  if (query.bind(number).next()) {
    query.read(run.id, run.job, run.key, run.state, run.stopped_by, run.waiting.what, run.waiting.since,
               run.waiting.next_try_at, run.waiting.detail, run.provider, run.simulated, run.sample, run.ask_hash,
               run.prompt_sha, run.output_folder, run.created_at, run.started_at, run.finished_at,
               run.cancel_requested_at, run.cancel_scope, run.owner, run.heartbeat_at, run.rows, run.rejected,
               run.items, run.exit_code, odd.duplicate_results, odd.unknown_results, odd.undecodable_lines,
               odd.missing_results, odd.unwrapped, list_lag_ms, run.answer_rule, retry_reasons, run.retry.last_shard,
               run.asks_account, run.frozen_job);
    run.list_lag = Duration(list_lag_ms);
    run.retry.reasons = model::ReasonSet::from_bits(retry_reasons);
  }
  if (query.failed()) return database_->failure("read a run");
  if (auto read = read_inputs(number, run.inputs); !read) return read.error();
  return run;
}

Status SqliteStore::read_inputs(std::int64_t run, std::vector<model::InputFile>& inputs) {
  Query query =
      database_->query("SELECT path, size, modified_ns, inode, device, hash FROM inputs WHERE run = ?1 ORDER BY n");
  query.bind(run);
  while (query.next()) {
    model::InputFile& file = inputs.emplace_back();
    std::string path;
    std::int64_t inode = 0;
    std::int64_t device = 0;
    query.read(path, file.identity.size_bytes, file.identity.modified_ns, inode, device, file.hash);
    file.path = path;
    file.identity.inode = static_cast<std::uint64_t>(inode);
    file.identity.device = static_cast<std::uint64_t>(device);
  }
  if (query.failed()) return database_->failure("read a run's input");
  return {};
}

Result<model::Run> SqliteStore::run(std::string_view id) {
  Transaction snapshot(*database_, Transaction::Kind::read);
  if (!snapshot.begun()) return snapshot.begun().error();
  const auto place = find(id);
  if (!place) return place.error();
  return run_numbered(place->number);
}

Result<std::optional<model::Run>> SqliteStore::find_run(std::string_view job, std::string_view key) {
  Transaction snapshot(*database_, Transaction::Kind::read);
  if (!snapshot.begun()) return snapshot.begun().error();
  Query query = database_->query(
      "SELECT runs.number FROM runs JOIN jobs ON jobs.number = runs.job WHERE jobs.name = ?1 AND runs.key = ?2 AND "
      "runs.number NOT IN (SELECT number FROM unswept_runs)");
  std::int64_t number = 0;
  const bool found = query.bind(job, key).next();
  if (found) query.read(number);
  if (query.failed()) return database_->failure("look up a run");
  if (!found) return std::optional<model::Run>{};
  auto run = run_numbered(number);
  if (!run) return run.error();
  return std::optional<model::Run>{std::move(*run)};
}

Result<std::vector<model::Run>> SqliteStore::runs(std::string_view job, std::uint32_t limit, std::string_view before) {
  Transaction snapshot(*database_, Transaction::Kind::read);
  if (!snapshot.begun()) return snapshot.begun().error();
  Query query = database_->query(
      "SELECT runs.number FROM runs JOIN jobs ON jobs.number = runs.job WHERE runs.number NOT IN (SELECT number FROM "
      "unswept_runs) AND (?1 = '' OR jobs.name = ?1) "
      "AND (?3 = '' OR (created_at, runs.number) < (SELECT created_at, number FROM runs WHERE id = ?3)) "
      "ORDER BY created_at DESC, runs.number DESC LIMIT ?2");
  std::vector<model::Run> all;
  query.bind(job, limit, before);
  while (query.next()) {
    std::int64_t number = 0;
    query.read(number);
    auto run = run_numbered(number);
    if (!run) return run.error();
    all.push_back(std::move(*run));
  }
  if (query.failed()) return database_->failure("list the runs");
  return all;
}

Result<std::vector<std::string>> SqliteStore::run_ids_with_prefix(std::string_view prefix, std::uint32_t limit) {
  // A range of the index; DEL sorts behind every character of an id.
  Query query = database_->query(
      "SELECT id FROM runs WHERE id >= ?1 AND id < ?2 AND number NOT IN (SELECT number FROM unswept_runs) ORDER BY id "
      "LIMIT ?3");
  query.bind(prefix, std::string(prefix) + '\x7f', limit);
  std::vector<std::string> ids;
  while (query.next())
    query.read(ids.emplace_back());
  if (query.failed()) return database_->failure("look up runs");
  return ids;
}

// -- who works on it

Status SqliteStore::take_ownership(std::string_view run, std::string_view expected, std::string_view owner, Time now) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const auto place = find(run);
  if (!place) return place.error();
  Query query = database_->query("SELECT owner FROM runs WHERE number = ?1");
  std::string current;
  if (query.bind(place->number).next()) query.read(current);
  if (query.failed()) return database_->failure("look up a run's owner");
  if (current != expected) {
    return Error{ErrorKind::conflict,
                 fmt::format("run {} belongs to {}", run, current.empty() ? std::string("nobody any more") : current)};
  }
  const auto heartbeat = owner.empty() ? std::nullopt : std::optional<Time>(now);
  const bool taken = database_->query("UPDATE runs SET owner = ?2, heartbeat_at = ?3 WHERE number = ?1")
                         .run(place->number, owner, heartbeat);
  if (!taken) return database_->failure("take the run");
  return transaction.commit("take the run");
}

Status SqliteStore::request_cancel(std::string_view run, model::CancelScope scope, Time now) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const auto place = find(run);
  if (!place) return place.error();
  if (is_final(place->state)) return {};
  const bool asked = database_
                         ->query(
                             "UPDATE runs SET cancel_scope = CASE WHEN cancel_requested_at IS NULL THEN ?3 ELSE "
                             "min(cancel_scope, ?3) END, cancel_requested_at = coalesce(cancel_requested_at, ?2) "
                             "WHERE number = ?1")
                         .run(place->number, now, scope);
  if (!asked) return database_->failure("ask for the cancel");
  return transaction.commit("ask for the cancel");
}

}  // namespace batchd::store
