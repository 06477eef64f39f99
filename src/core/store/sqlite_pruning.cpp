// What is no longer kept: records of runs, in portions, and what is bygone.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/store/answer_hash.hpp"
#include "core/store/sqlite_store.hpp"
#include "core/store/stored_values.hpp"

namespace batchd::store {
namespace {

constexpr std::string_view keeping = "keep what stays of a run";
constexpr std::string_view sweeping = "delete what is left of a run";
constexpr std::string_view forgetting = "delete what is bygone";

// Portions in the order of their keys. Of rows that share the last one of a portion a few more go: the attempts of one
// item, the errors of one batch, what happened in one millisecond.
constexpr std::array<std::string_view, 10> portions{
    "DELETE FROM attempts WHERE run = ?1 AND sequence <= (SELECT max(sequence) FROM (SELECT sequence FROM attempts "
    "WHERE run = ?1 ORDER BY sequence LIMIT ?2))",
    "DELETE FROM outcomes WHERE run = ?1 AND sequence <= (SELECT max(sequence) FROM (SELECT sequence FROM outcomes "
    "WHERE run = ?1 ORDER BY sequence LIMIT ?2))",
    "DELETE FROM retries WHERE run = ?1 AND sequence <= (SELECT max(sequence) FROM (SELECT sequence FROM retries WHERE "
    "run = ?1 ORDER BY sequence LIMIT ?2))",
    "DELETE FROM submission_errors WHERE run = ?1 AND shard <= (SELECT max(shard) FROM (SELECT shard FROM "
    "submission_errors WHERE run = ?1 ORDER BY shard LIMIT ?2))",
    "DELETE FROM resolutions WHERE run = ?1 AND shard <= (SELECT max(shard) FROM (SELECT shard FROM resolutions WHERE "
    "run = ?1 ORDER BY shard LIMIT ?2))",
    "DELETE FROM submissions WHERE run = ?1 AND shard <= (SELECT max(shard) FROM (SELECT shard FROM submissions WHERE "
    "run = ?1 ORDER BY shard LIMIT ?2))",
    "DELETE FROM shards WHERE run = ?1 AND n <= (SELECT max(n) FROM (SELECT n FROM shards WHERE run = ?1 ORDER BY n "
    "LIMIT ?2))",
    "DELETE FROM inputs WHERE run = ?1 AND n <= (SELECT max(n) FROM (SELECT n FROM inputs WHERE run = ?1 ORDER BY n "
    "LIMIT ?2))",
    "DELETE FROM happenings WHERE run = ?1 AND at <= (SELECT max(at) FROM (SELECT at FROM happenings WHERE run = ?1 "
    "ORDER BY at LIMIT ?2))",
    "DELETE FROM deliveries WHERE state <> 0 AND number IN (SELECT number FROM deliveries WHERE run = (SELECT id FROM "
    "runs WHERE number = ?1) AND state <> 0 LIMIT ?2)",
};
// A row is a page of many keys.
constexpr std::string_view portion_of_keys =
    "DELETE FROM keys WHERE run = ?1 AND first_hash <= (SELECT max(first_hash) FROM (SELECT first_hash FROM keys WHERE "
    "run = ?1 ORDER BY first_hash LIMIT ?2))";
constexpr std::uint32_t key_pages_per_sweep_max = 1'000;

void read_one(Query& query, model::PrunedRun& run) {
  query.read(run.id, run.job, run.key, run.provider, run.state, run.sample, run.exit_code, run.question,
             run.results_folder, run.created_at, run.finished_at, run.pruned_at);
}

std::vector<model::PrunedRun> read_all(Query& query) {
  std::vector<model::PrunedRun> all;
  while (query.next())
    read_one(query, all.emplace_back());
  return all;
}

constexpr std::string_view bygone_deliveries =
    "SELECT number FROM deliveries WHERE state <> 0 AND created_at < ?1 AND NOT EXISTS (SELECT 1 FROM runs WHERE "
    "runs.id = deliveries.run AND runs.state < 3) ORDER BY number LIMIT ?2";
// The newest of a job stays: its schedule is followed from there on, and what is behind it is never begun again.
constexpr std::string_view bygone_due_runs =
    "SELECT job, at FROM due_runs WHERE at < ?1 AND noted_at < ?1 AND fate <> 1 AND at < (SELECT max(at) FROM due_runs "
    "AS newer WHERE newer.job = due_runs.job) LIMIT ?2";
constexpr std::string_view bygone_audit_entries = "SELECT n FROM audit WHERE at < ?1 ORDER BY n LIMIT ?2";

}  // namespace

Bygone& Bygone::operator+=(const Bygone& other) {
  deliveries += other.deliveries;
  due_runs += other.due_runs;
  audit_entries += other.audit_entries;
  return *this;
}

Status SqliteStore::prune_run(const model::PrunedRun& run) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const auto place = find(run.id);
  if (!place) return place.error();
  if (!model::is_final(place->state))
    return Error{ErrorKind::conflict,
                 fmt::format("run {} is {}: its record is still needed", run.id, name_of(place->state))};
  const bool kept =
      database_
          ->query(
              "INSERT INTO pruned_runs SELECT job, key, id, ?2, state, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM runs WHERE "
              "number = ?1")
          .run(place->number, run.provider, run.sample, run.exit_code, run.question, run.results_folder, run.created_at,
               run.finished_at, run.pruned_at);
  const bool counted =
      kept &&
      database_
          ->query(
              "UPDATE jobs SET asked_by_pruned = asked_by_pruned + 1 + (SELECT retry_last_shard FROM runs WHERE "
              "number = ?1) WHERE number = (SELECT job FROM runs WHERE number = ?1)")
          .run(place->number);
  const bool hidden = counted && database_->query("INSERT INTO unswept_runs VALUES (?1)").run(place->number);
  if (!hidden) return database_->failure(keeping);
  return transaction.commit(keeping);
}

Result<bool> SqliteStore::sweep_pruned(std::string_view run) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun().error();
  std::int64_t number = 0;
  {
    Query query =
        database_->query("SELECT number FROM runs WHERE id = ?1 AND number IN (SELECT number FROM unswept_runs)");
    const bool any = query.bind(run).next();
    if (any) query.read(number);
    if (query.failed()) return database_->failure(sweeping);
    if (!any) return false;
  }
  const auto any = sweep(number);
  if (!any) return any.error();
  if (auto committed = transaction.commit(sweeping); !committed) return committed.error();
  return *any;
}

Result<bool> SqliteStore::sweep(std::int64_t run) {
  // Items first, while the rule that their answers are found by is known.
  const auto items = sweep_items(run);
  if (!items || *items) return items;
  for (const auto portion : portions) {
    if (!database_->query(portion).run(run, rows_per_sweep_max)) return database_->failure(sweeping);
    if (database_->changed_rows() > 0) return true;
  }
  if (!database_->query(portion_of_keys).run(run, key_pages_per_sweep_max)) return database_->failure(sweeping);
  if (database_->changed_rows() > 0) return true;
  for (const std::string_view last :
       {"DELETE FROM tallies WHERE run = ?1", "DELETE FROM sums WHERE run = ?1",
        "DELETE FROM pauses WHERE target = 0 AND name = (SELECT id FROM runs WHERE number = ?1)",
        "DELETE FROM unswept_runs WHERE number = ?1", "DELETE FROM runs WHERE number = ?1"}) {
    if (!database_->query(last).run(run)) return database_->failure(sweeping);
  }
  return false;
}

Result<bool> SqliteStore::sweep_items(std::int64_t run) {
  std::int64_t job = 0;
  std::string rule;
  {
    Query query = database_->query("SELECT job, answer_rule FROM runs WHERE number = ?1");
    if (query.bind(run).next()) query.read(job, rule);
    if (query.failed()) return database_->failure(sweeping);
  }
  const std::uint64_t rule_hash = xxh3_128(rule).low;
  std::uint64_t last = 0;
  std::vector<std::int64_t> hashes;
  {
    Query query = database_->query("SELECT sequence, request_key FROM items WHERE run = ?1 ORDER BY sequence LIMIT ?2");
    query.bind(run, rows_per_sweep_max);
    while (query.next()) {
      Hash128 request_key;
      query.read(last, request_key);
      hashes.push_back(answer_hash(request_key, rule_hash));
    }
    if (query.failed()) return database_->failure(sweeping);
  }
  if (hashes.empty()) return false;
  if (!rule.empty()) {
    std::sort(hashes.begin(), hashes.end());  // so that each page is touched once
    Query entry = database_->query("DELETE FROM answers WHERE job = ?1 AND hash = ?2 AND run = ?3");
    for (const auto hash : hashes)
      if (!entry.run(job, hash, run)) return database_->failure(sweeping);
  }
  if (!database_->query("DELETE FROM items WHERE run = ?1 AND sequence <= ?2").run(run, last))
    return database_->failure(sweeping);
  return true;
}

// -- reading

Result<std::vector<model::PrunedRun>> SqliteStore::unswept_runs(std::uint32_t limit) {
  Query query = database_->query(
      "SELECT pruned_runs.id, jobs.name, pruned_runs.key, pruned_runs.provider, pruned_runs.state, pruned_runs.sample, "
      "pruned_runs.exit_code, question, results_folder, pruned_runs.created_at, pruned_runs.finished_at, pruned_at "
      "FROM unswept_runs CROSS JOIN runs ON runs.number = unswept_runs.number JOIN pruned_runs ON pruned_runs.id = "
      "runs.id JOIN jobs ON jobs.number = pruned_runs.job ORDER BY unswept_runs.number LIMIT ?1");
  query.bind(limit);
  auto all = read_all(query);
  if (query.failed()) return database_->failure("look what is left to delete");
  return all;
}

Result<std::vector<model::PrunedRun>> SqliteStore::pruned_runs(std::string_view job, std::uint32_t limit,
                                                               std::string_view id_prefix) {
  constexpr std::string_view of_job =
      "SELECT id, name, key, provider, state, sample, exit_code, question, results_folder, created_at, finished_at, "
      "pruned_at FROM jobs JOIN pruned_runs ON pruned_runs.job = jobs.number WHERE name = ?1 AND id >= ?2 AND id < ?3 "
      "ORDER BY created_at DESC LIMIT ?4";
  // Ids begin with their time, and are indexed; DEL sorts behind every character of one.
  constexpr std::string_view of_all =
      "SELECT id, name, key, provider, state, sample, exit_code, question, results_folder, created_at, finished_at, "
      "pruned_at FROM pruned_runs JOIN jobs ON jobs.number = pruned_runs.job WHERE ?1 = '' AND id >= ?2 AND id < ?3 "
      "ORDER BY id DESC LIMIT ?4";
  Query query = database_->query(job.empty() ? of_all : of_job);
  query.bind(job, id_prefix, std::string(id_prefix) + '\x7f', limit);
  auto all = read_all(query);
  if (query.failed()) return database_->failure("look up pruned runs");
  return all;
}

Result<std::vector<model::PrunedRun>> SqliteStore::pruned_runs_like(std::string_view job, std::string_view key,
                                                                    const Hash128& question, std::uint32_t limit) {
  // '0' is the character behind the slash.
  Query query = database_->query(
      "SELECT id, name, key, provider, state, sample, exit_code, question, results_folder, created_at, finished_at, "
      "pruned_at FROM jobs JOIN pruned_runs ON pruned_runs.job = jobs.number WHERE name = ?1 AND (key = ?2 OR (key >= "
      "?2 || '/' AND key < ?2 || '0') OR question = ?3) ORDER BY created_at DESC LIMIT ?4");
  query.bind(job, key, question, limit);
  auto all = read_all(query);
  if (query.failed()) return database_->failure("look up pruned runs");
  return all;
}

// -- what is bygone

Result<Bygone> SqliteStore::bygone(Time before) {
  Bygone found;
  Query query = database_->query(
      "SELECT (SELECT count(*) FROM deliveries WHERE state <> 0 AND created_at < ?1 AND NOT EXISTS (SELECT 1 FROM runs "
      "WHERE runs.id = deliveries.run AND runs.state < 3)), (SELECT count(*) FROM due_runs WHERE at < ?1 AND noted_at "
      "< ?1 AND fate <> 1 AND at < (SELECT max(at) FROM due_runs AS newer WHERE newer.job = due_runs.job)), (SELECT "
      "count(*) FROM audit WHERE at < ?1)");
  if (query.bind(before).next()) query.read(found.deliveries, found.due_runs, found.audit_entries);
  if (query.failed()) return database_->failure("count what is bygone");
  return found;
}

Result<Bygone> SqliteStore::forget_bygone(Time before) {
  // Looked for outside of the transaction, which then holds the database for its deletes alone: what is bygone stays
  // so, but for a due time that has been queued again.
  const auto numbers = [&](std::string_view sql) {
    std::vector<std::int64_t> found;
    Query query = database_->query(sql);
    query.bind(before, rows_per_sweep_max);
    while (query.next())
      query.read(found.emplace_back());
    return query.failed() ? std::optional<std::vector<std::int64_t>>() : std::optional(std::move(found));
  };
  std::vector<std::pair<std::string, Time>> due;
  {
    Query query = database_->query(bygone_due_runs);
    query.bind(before, rows_per_sweep_max);
    while (query.next()) {
      auto& one = due.emplace_back();
      query.read(one.first, one.second);
    }
    if (query.failed()) return database_->failure(forgetting);
  }
  const auto deliveries = numbers(bygone_deliveries);
  const auto entries = numbers(bygone_audit_entries);
  if (!deliveries || !entries) return database_->failure(forgetting);
  const Bygone found{deliveries->size(), due.size(), entries->size()};
  if (found.total() == 0) return found;

  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun().error();
  const auto delete_all = [&](std::string_view sql, const std::vector<std::int64_t>& rows) {
    Query query = database_->query(sql);
    return std::all_of(rows.begin(), rows.end(), [&](std::int64_t row) { return query.run(row); });
  };
  bool deleted = delete_all("DELETE FROM deliveries WHERE number = ?1", *deliveries) &&
                 delete_all("DELETE FROM audit WHERE n = ?1", *entries);
  Query time = database_->query("DELETE FROM due_runs WHERE job = ?1 AND at = ?2 AND fate <> 1");
  for (const auto& [job, at] : due)
    deleted = deleted && time.run(job, at);
  if (!deleted) return database_->failure(forgetting);
  if (auto committed = transaction.commit(forgetting); !committed) return committed.error();
  return found;
}

}  // namespace batchd::store
