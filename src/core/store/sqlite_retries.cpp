#include <fmt/format.h>

#include "core/store/sqlite_store.hpp"
#include "core/store/stored_values.hpp"

namespace batchd::store {

Status SqliteStore::request_retry(std::string_view run, model::ReasonSet reasons) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const auto place = find(run);
  if (!place) return place.error();
  if (place->state == model::RunState::created)
    return Error{ErrorKind::conflict, fmt::format("run {} is being prepared: nothing of it has failed yet", run)};
  const bool asked = database_
                         ->query(
                             "UPDATE runs SET retry_reasons = ?2, retry_last_shard = (SELECT coalesce(max(n), 0) FROM "
                             "shards WHERE run = ?1) WHERE "
                             "number = ?1")
                         .run(place->number, reasons.bits());
  if (!asked) return database_->failure("ask for the retry");
  const bool reopened =
      !is_final(place->state) ||
      database_
          ->query(
              "UPDATE runs SET state = ?2, stopped_by = '', finished_at = NULL, exit_code = -1, cancel_requested_at = "
              "NULL, waiting_for = ?3, waiting_next_try_at = NULL, waiting_detail = '' WHERE number = ?1")
          .run(place->number, model::RunState::running, model::WaitingFor::nothing);
  if (!reopened) return database_->failure("ask for the retry");
  return transaction.commit("ask for the retry");
}

Result<std::vector<FailureCount>> SqliteStore::failures(std::string_view run) {
  Transaction snapshot(*database_, Transaction::Kind::read);
  if (!snapshot.begun()) return snapshot.begun().error();
  const auto place = find(run);
  if (!place) return place.error();
  Query query = database_->query(
      "SELECT shard, reason, count(*) FROM outcomes WHERE run = ?1 AND reason > 0 GROUP BY shard, reason ORDER BY "
      "shard, reason");
  std::vector<FailureCount> all;
  query.bind(place->number);
  while (query.next()) {
    FailureCount& one = all.emplace_back();
    query.read(one.shard, one.reason, one.items);
  }
  if (query.failed()) return database_->failure("count what has failed");
  return all;
}

Status SqliteStore::add_retry_shard(std::string_view run, const model::Shard& shard, std::span<const model::Item> items,
                                    const model::Changes& changes) {
  check(shard.attempt > 1 && shard.requests == items.size(), "a retry shard holds later attempts of its items");
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const auto place = find(run);
  if (!place) return place.error();
  {
    Query insert = database_->query("INSERT INTO retries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    for (const model::Item& item : items) {
      if (insert.run(place->number, item.sequence, shard.attempt, shard.n, item.row_offset, item.row_length,
                     item.request_offset, item.request_length))
        continue;
      if (!insert.met_known_row()) return database_->failure("keep the retries");
      return Error{ErrorKind::conflict, fmt::format("attempt {} of item #{} of run {} is in another shard already",
                                                    shard.attempt, item.sequence, run)};
    }
  }
  if (auto written = write_changes(place->number, run, changes); !written) return written;
  return transaction.commit("keep the retries");
}

Result<std::vector<model::EarlierUse>> SqliteStore::earlier_use(std::string_view run, std::uint32_t shard) {
  Transaction snapshot(*database_, Transaction::Kind::read);
  if (!snapshot.begun()) return snapshot.begun().error();
  const auto place = find(run);
  if (!place) return place.error();
  // Every item of a retry shard has an attempt before it, so none is left out by the join.
  Query query = database_->query(
      "SELECT count(*), count(input_tokens), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), "
      "coalesce(sum(reasoning_tokens), 0), coalesce(sum(cached_tokens), 0), count(cost), coalesce(sum(cost), 0) FROM "
      "shards JOIN retries ON retries.run = shards.run AND retries.sequence BETWEEN first_sequence AND last_sequence "
      "AND retries.shard = shards.n JOIN attempts ON attempts.run = retries.run AND attempts.sequence = "
      "retries.sequence AND attempts.n < retries.attempt WHERE shards.run = ?1 AND shards.n = ?2 GROUP BY "
      "retries.sequence ORDER BY retries.sequence");
  std::vector<model::EarlierUse> all;
  query.bind(place->number, shard);
  while (query.next()) {
    model::EarlierUse& one = all.emplace_back();
    std::uint64_t attempts = 0;
    std::uint64_t with_usage = 0;
    std::uint64_t with_cost = 0;
    std::int64_t cost = 0;
    query.read(attempts, with_usage, one.usage.input_tokens, one.usage.output_tokens, one.usage.reasoning_tokens,
               one.usage.cached_tokens, with_cost, cost);
    one.usage.known = with_usage == attempts;
    if (with_cost == attempts) one.cost = model::Money{cost};
  }
  if (query.failed()) return database_->failure("add up what earlier attempts used");
  return all;
}

}  // namespace batchd::store
