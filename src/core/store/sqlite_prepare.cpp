#include <fmt/format.h>

#include "core/store/packed_keys.hpp"
#include "core/store/sqlite_store.hpp"
#include "core/store/stored_values.hpp"

namespace batchd::store {
namespace {

Error already_prepared(std::string_view run, model::RunState state) {
  return {ErrorKind::conflict, fmt::format("run {} is {}: it has been prepared already", run, name_of(state))};
}

}  // namespace

Status SqliteStore::add_items(std::string_view run, std::span<const model::Item> items) {
  check(items.size() <= rows_per_transaction_max, "items come in blocks of at most rows_per_transaction_max");
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const auto place = find(run);
  if (!place) return place.error();
  if (place->state != model::RunState::created) return already_prepared(run, place->state);

  if (!write_items(place->number, items)) return database_->failure("keep the items");
  return transaction.commit("keep the items");
}

// false: the database refused.
bool SqliteStore::write_items(std::int64_t run, std::span<const model::Item> items) {
  static const std::string many = many_rows("INSERT INTO items VALUES", 9);
  Query insert_many = database_->query(many);
  Query insert_one = database_->query("INSERT INTO items VALUES (?,?,?,?,?,?,?,?,?)");
  while (!items.empty()) {
    const bool is_full = items.size() >= rows_per_statement;
    const std::size_t count = is_full ? rows_per_statement : 1;
    Query& insert = is_full ? insert_many : insert_one;
    insert.begin();
    for (const model::Item& item : items.first(count))
      insert.append(run, item.sequence, item.id, item.shard, item.row_offset, item.row_length, item.request_offset,
                    item.request_length, item.request_key);
    if (!insert.finish()) return false;
    items = items.subspan(count);
  }
  return true;
}

Status SqliteStore::add_reused_items(std::string_view run, std::span<const model::Item> items,
                                     std::span<const model::Outcome> outcomes) {
  check(items.size() <= rows_per_transaction_max, "items come in blocks of at most rows_per_transaction_max");
  check(items.size() == outcomes.size(), "every reused item has its outcome");
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const auto place = find(run);
  if (!place) return place.error();
  if (place->state != model::RunState::created) return already_prepared(run, place->state);
  if (!write_items(place->number, items)) return database_->failure("keep the items");

  static const std::string many = many_rows("INSERT INTO outcomes VALUES", 7);
  Query insert_many = database_->query(many);
  Query insert_one = database_->query("INSERT INTO outcomes VALUES (?,?,?,?,?,?,?)");
  for (std::size_t first = 0; first < items.size();) {
    const bool is_full = items.size() - first >= rows_per_statement;
    const std::size_t count = is_full ? rows_per_statement : 1;
    Query& insert = is_full ? insert_many : insert_one;
    insert.begin();
    for (std::size_t i = first; i < first + count; ++i) {
      const model::Outcome& outcome = outcomes[i];
      check(outcome.sequence == items[i].sequence && outcome.attempt == 0 && outcome.reason == model::Reason::none,
            "a reused item has succeeded without an attempt");
      insert.append(place->number, outcome.sequence, outcome.attempt, outcome.reason, items[i].shard,
                    outcome.row_offset, outcome.row_length);
    }
    if (!insert.finish()) return database_->failure("keep what is reused");
    first += count;
  }
  return transaction.commit("keep what is reused");
}

// What is reused has succeeded; until the seal the tally knew nothing of it.
Status SqliteStore::tally_reused(std::int64_t run, std::span<const model::Shard> shards) {
  std::uint64_t reused = 0;
  for (const model::Shard& shard : shards)
    reused += model::is_reused(shard) ? shard.requests : 0;
  Query count = database_->query("SELECT count(*) FROM outcomes WHERE run = ?1");
  std::uint64_t kept = 0;
  if (count.bind(run).next()) count.read(kept);
  if (count.failed()) return database_->failure("count what is reused");
  if (kept != reused) {
    return Error{ErrorKind::internal, fmt::format("a run is to have {} reused items, {} are in {}", reused, kept,
                                                  database_->file().string())};
  }
  if (reused == 0) return {};
  if (!database_->query("INSERT INTO tallies VALUES (?1, ?2, ?3)").run(run, model::Reason::none, reused))
    return database_->failure("count what is reused");
  return {};
}

// Sealed runs, and the shards that retries were asked for behind.
Result<std::uint64_t> SqliteStore::asked_so_far(std::string_view job) {
  Query query = database_->query(
      "SELECT count(*) + coalesce(sum(retry_last_shard), 0) + coalesce((SELECT asked_by_pruned FROM jobs WHERE name = "
      "?1), 0) FROM runs WHERE job = (SELECT number FROM jobs WHERE name = ?1) AND state <> ?2 AND "
      "number NOT IN (SELECT number FROM unswept_runs)");
  std::uint64_t asked = 0;
  if (query.bind(job, model::RunState::created).next()) query.read(asked);
  if (query.failed()) return database_->failure("look what is being asked");
  return asked;
}

Result<std::optional<Time>> SqliteStore::unseen_since(std::string_view job) {
  Query query = database_->query("SELECT unseen_since FROM jobs WHERE name = ?1");
  std::optional<Time> since;
  if (query.bind(job).next()) query.read(since);
  if (query.failed()) return database_->failure("look whether it was put back from a backup");
  return since;
}

Status SqliteStore::note_seen(std::string_view job) {
  if (!database_->query("UPDATE jobs SET unseen_since = NULL WHERE name = ?1").run(job))
    return database_->failure("note that the account was looked at");
  return {};
}

Status SqliteStore::dismiss_runs(std::string_view job, std::span<const std::string> runs, Time now, Time until) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  bool done = database_->query("DELETE FROM dismissed_runs WHERE at < ?1").run(until);
  for (const auto& run : runs)
    done = done && database_->query("INSERT OR REPLACE INTO dismissed_runs VALUES (?1, ?2, ?3)").run(job, run, now);
  if (!done) return database_->failure("note which runs were dismissed");
  return transaction.commit("note which runs were dismissed");
}

Result<std::vector<std::string>> SqliteStore::dismissed_runs(std::string_view job) {
  Query query = database_->query("SELECT run FROM dismissed_runs WHERE job = ?1 ORDER BY run");
  std::vector<std::string> runs;
  query.bind(job);
  for (std::string run; query.next();) {
    query.read(run);
    runs.push_back(run);
  }
  if (query.failed()) return database_->failure("look which runs were dismissed");
  return runs;
}

Result<bool> SqliteStore::seal_prepared(const model::Run& run, std::span<const model::Shard> shards,
                                        std::span<const IdKey> keys, Time now,
                                        std::optional<std::uint64_t> asked_by_then) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun().error();
  const auto place = find(run.id);
  if (!place) return place.error();
  if (place->state != model::RunState::created) return already_prepared(run.id, place->state);
  if (asked_by_then) {
    const auto asked = asked_so_far(run.job);
    if (!asked) return asked.error();
    if (*asked != *asked_by_then) return false;
  }

  // An item that got lost on the way here would never be sent, and nobody would ask for it again.
  Query count = database_->query("SELECT count(*) FROM items WHERE run = ?1");
  std::uint64_t kept = 0;
  if (count.bind(place->number).next()) count.read(kept);
  if (count.failed()) return database_->failure("count the items");
  if (kept != run.items) {
    return Error{ErrorKind::internal, fmt::format("run {} is to have {} items, {} are in {}", run.id, run.items, kept,
                                                  database_->file().string())};
  }

  for (const model::Shard& shard : shards) {
    if (auto written = write_shard(place->number, shard); !written) return written.error();
  }
  if (auto tallied = tally_reused(place->number, shards); !tallied) return tallied.error();
  Query insert = database_->query("INSERT INTO keys VALUES (?1, ?2, ?3)");
  while (!keys.empty()) {
    const auto page = keys.first(keys_of_page(keys));
    if (!insert.run(place->number, stored_hash(page.front().hash), packed(page)))
      return database_->failure("keep the ids");
    keys = keys.subspan(page.size());
  }
  const bool sealed =
      database_
          ->query(
              "UPDATE runs SET rows = ?2, rejected = ?3, items = ?4, prompt_sha = ?5, state = ?6, started_at = ?7 "
              "WHERE number = ?1")
          .run(place->number, run.rows, run.rejected, run.items, run.prompt_sha, model::RunState::running, now);
  if (!sealed) return database_->failure("seal the run");
  if (auto committed = transaction.commit("seal the run"); !committed) return committed.error();
  return true;
}

}  // namespace batchd::store
