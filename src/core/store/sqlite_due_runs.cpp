// What became of the times at which jobs were due.

#include "core/store/sqlite_store.hpp"
#include "core/store/stored_values.hpp"

namespace batchd::store {
namespace {

std::vector<model::DueRun> read_all(Query& query) {
  std::vector<model::DueRun> all;
  while (query.next()) {
    auto& one = all.emplace_back();
    query.read(one.job, one.at, one.fate, one.detail, one.noted_at);
  }
  return all;
}

}  // namespace

Status SqliteStore::note_due_run(const model::DueRun& due, std::span<const model::Delivery> deliveries) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const bool written = database_->query("INSERT OR REPLACE INTO due_runs VALUES (?1, ?2, ?3, ?4, ?5)")
                           .run(due.job, due.at, due.fate, due.detail, due.noted_at);
  if (!written) return database_->failure("keep what is due");
  if (auto kept = write_deliveries(deliveries); !kept) return kept;
  return transaction.commit("keep what is due");
}

Result<std::vector<model::DueRun>> SqliteStore::due_runs(std::string_view job, std::uint32_t limit) {
  Query query =
      database_->query("SELECT job, at, fate, detail, noted_at FROM due_runs WHERE job = ?1 ORDER BY at DESC LIMIT ?2");
  query.bind(job, limit);
  auto all = read_all(query);
  if (query.failed()) return database_->failure("read what was due");
  return all;
}

Result<std::vector<model::DueRun>> SqliteStore::refused_runs(std::uint32_t limit) {
  Query query = database_->query(
      "SELECT job, at, fate, detail, noted_at FROM due_runs WHERE fate = ?1 AND NOT EXISTS (SELECT 1 FROM due_runs AS "
      "later WHERE later.job = due_runs.job AND later.at > due_runs.at AND later.fate = ?2) ORDER BY at DESC LIMIT ?3");
  query.bind(model::DueFate::refused, model::DueFate::begun, limit);
  auto all = read_all(query);
  if (query.failed()) return database_->failure("read what was refused");
  return all;
}

Result<std::vector<model::DueRun>> SqliteStore::queued_runs() {
  Query query =
      database_->query("SELECT job, at, fate, detail, noted_at FROM due_runs WHERE fate = 1 ORDER BY at, job");
  query.bind();
  auto all = read_all(query);
  if (query.failed()) return database_->failure("read what is due");
  return all;
}

}  // namespace batchd::store
