// Who is to be told what, and how far that is.

#include "core/store/sqlite_store.hpp"
#include "core/store/stored_values.hpp"

namespace batchd::store {
namespace {

std::vector<model::Delivery> read_all(Query& query) {
  std::vector<model::Delivery> all;
  while (query.next()) {
    auto& one = all.emplace_back();
    query.read(one.id, one.run, one.event, one.target, one.payload, one.state, one.attempts, one.created_at,
               one.next_try_at, one.detail);
  }
  return all;
}

}  // namespace

// Inside the caller's transaction.
Status SqliteStore::write_deliveries(std::span<const model::Delivery> deliveries) {
  for (const auto& one : deliveries) {
    const bool written =
        database_
            ->query(
                "INSERT OR IGNORE INTO deliveries (id, run, event, target, payload, state, attempts, created_at, "
                "next_try_at, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
            .run(one.id, one.run, one.event, one.target, one.payload, one.state, one.attempts, one.created_at,
                 one.next_try_at, one.detail);
    if (!written) return database_->failure("keep whom to tell");
  }
  return {};
}

Result<std::vector<model::Delivery>> SqliteStore::due_deliveries(Time now, std::uint32_t limit) {
  Query query = database_->query(
      "SELECT id, run, event, target, payload, state, attempts, created_at, next_try_at, detail FROM deliveries WHERE "
      "state = 0 AND next_try_at <= ?1 ORDER BY next_try_at, number LIMIT ?2");
  query.bind(now, limit);
  auto all = read_all(query);
  if (query.failed()) return database_->failure("read whom to tell");
  return all;
}

Result<std::vector<model::Delivery>> SqliteStore::deliveries_of(std::string_view run) {
  Query query = database_->query(
      "SELECT id, run, event, target, payload, state, attempts, created_at, next_try_at, detail FROM deliveries WHERE "
      "run = ?1 ORDER BY number");
  query.bind(run);
  auto all = read_all(query);
  if (query.failed()) return database_->failure("read who was told");
  return all;
}

Result<std::optional<Time>> SqliteStore::next_delivery_at() {
  Query query = database_->query("SELECT next_try_at FROM deliveries WHERE state = 0 ORDER BY next_try_at LIMIT 1");
  std::optional<Time> next;
  if (query.bind().next()) query.read(next);
  if (query.failed()) return database_->failure("read whom to tell next");
  return next;
}

// The number of attempts tells whether it still is as it was read.
Result<bool> SqliteStore::claim_delivery(const model::Delivery& delivery, Time lost_at) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun().error();
  const bool written = database_
                           ->query(
                               "UPDATE deliveries SET attempts = attempts + 1, next_try_at = ?3 WHERE id = ?1 AND "
                               "attempts = ?2 AND state = 0")
                           .run(delivery.id, delivery.attempts, lost_at);
  if (!written) return database_->failure("begin to tell");
  const bool is_ours = database_->changed_rows() > 0;
  if (auto kept = transaction.commit("begin to tell"); !kept) return kept.error();
  return is_ours;
}

Status SqliteStore::note_delivery(const model::Delivery& delivery) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const bool written =
      database_->query("UPDATE deliveries SET state = ?2, next_try_at = ?3, detail = ?4 WHERE id = ?1 AND state = 0")
          .run(delivery.id, delivery.state, delivery.next_try_at, delivery.detail);
  if (!written) return database_->failure("keep who was told");
  return transaction.commit("keep who was told");
}

Result<UntoldCounts> SqliteStore::untold() {
  Query query = database_->query(
      "SELECT (SELECT count(*) FROM deliveries WHERE state = 0 AND attempts >= ?1 AND detail <> ''), (SELECT count(*) "
      "FROM deliveries WHERE state = 2)");
  UntoldCounts counts;
  if (query.bind(model::failed_tries_told_of).next()) query.read(counts.failing, counts.given_up);
  if (query.failed()) return database_->failure("count who could not be told");
  return counts;
}

}  // namespace batchd::store
