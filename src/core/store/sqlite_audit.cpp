#include "core/store/sqlite_store.hpp"
#include "core/store/stored_values.hpp"

namespace batchd::store {

Result<Recount> SqliteStore::recount(std::string_view run) {
  Transaction snapshot(*database_, Transaction::Kind::read);
  if (!snapshot.begun()) return snapshot.begun().error();
  const auto place = find(run);
  if (!place) return place.error();
  Recount recount;
  bool failed = false;
  const auto count = [&](std::string_view sql, std::uint64_t& number) {
    Query query = database_->query(sql);
    if (query.bind(place->number).next()) query.read(number);
    failed = failed || query.failed();
  };
  count("SELECT count(*) FROM items WHERE run = ?1", recount.items);
  count(
      "SELECT count(*) FROM outcomes WHERE run = ?1 AND NOT EXISTS (SELECT 1 FROM items WHERE items.run = ?1 AND "
      "items.sequence = outcomes.sequence)",
      recount.outcomes_without_item);
  count(
      "SELECT count(*) FROM outcomes WHERE run = ?1 AND NOT (attempt = 0 AND reason = 0 AND EXISTS (SELECT 1 FROM "
      "shards WHERE shards.run = ?1 AND shards.n = outcomes.shard AND lane = 'reused')) AND NOT EXISTS (SELECT 1 FROM "
      "attempts WHERE attempts.run = ?1 AND attempts.sequence = outcomes.sequence AND attempts.n = outcomes.attempt "
      "AND attempts.reason = outcomes.reason "
      "AND attempts.shard = outcomes.shard AND attempts.row_offset = outcomes.row_offset AND attempts.row_length = "
      "outcomes.row_length)",
      recount.outcomes_without_attempt);
  count("SELECT count(*) FROM outcomes WHERE run = ?1 AND attempt = 0 AND reason = 0", recount.counts.reused);
  count(
      "SELECT count(*) FROM outcomes WHERE run = ?1 AND EXISTS (SELECT 1 FROM attempts WHERE attempts.run = ?1 AND "
      "attempts.sequence = outcomes.sequence AND attempts.n > outcomes.attempt)",
      recount.outcomes_outdone);
  count(
      "SELECT count(*) FROM attempts WHERE run = ?1 AND NOT EXISTS (SELECT 1 FROM items WHERE items.run = ?1 AND "
      "items.sequence = attempts.sequence)",
      recount.attempts_without_item);
  std::uint64_t with_item = 0;
  count(
      "SELECT count(*) FROM items WHERE run = ?1 AND EXISTS (SELECT 1 FROM outcomes WHERE outcomes.run = ?1 AND "
      "outcomes.sequence = items.sequence)",
      with_item);
  recount.counts.pending = recount.items - with_item;
  {
    Query query = database_->query("SELECT reason, count(*) FROM outcomes WHERE run = ?1 GROUP BY reason");
    query.bind(place->number);
    while (query.next()) {
      model::Reason reason = model::Reason::none;
      std::uint64_t items = 0;
      query.read(reason, items);
      (reason == model::Reason::none ? recount.counts.succeeded : recount.counts.failed) += items;
      if (reason != model::Reason::none) recount.counts.reasons[static_cast<std::size_t>(reason)] = items;
    }
    failed = failed || query.failed();
  }
  {
    Query query = database_->query(
        "SELECT count(*), count(*) - count(cost), count(*) - count(input_tokens), coalesce(sum(input_tokens), 0), "
        "coalesce(sum(output_tokens), 0), coalesce(sum(reasoning_tokens), 0), coalesce(sum(cached_tokens), 0), "
        "coalesce(sum(cost), 0) FROM attempts WHERE run = ?1");
    auto& sums = recount.sums;
    if (query.bind(place->number).next())
      query.read(sums.attempts, sums.attempts_without_cost, sums.attempts_without_usage, sums.usage.input_tokens,
                 sums.usage.output_tokens, sums.usage.reasoning_tokens, sums.usage.cached_tokens, sums.cost.nano);
    sums.usage.known = sums.attempts > sums.attempts_without_usage;
    failed = failed || query.failed();
  }
  if (failed) return database_->failure("count the run again");
  return recount;
}

Result<std::vector<AttemptRecord>> SqliteStore::attempts_of_shard(std::string_view run, std::uint32_t shard) {
  Transaction snapshot(*database_, Transaction::Kind::read);
  if (!snapshot.begun()) return snapshot.begun().error();
  const auto place = find(run);
  if (!place) return place.error();
  Query query = database_->query(
      "SELECT attempts.sequence, attempts.n, reason, attempts.submission, input_tokens, output_tokens, "
      "reasoning_tokens, "
      "cached_tokens, cost, row_offset, row_length, answer_offset, answer_length, answer_in_error_file FROM shards "
      "JOIN attempts ON attempts.run = shards.run AND attempts.sequence BETWEEN first_sequence AND last_sequence AND "
      "attempts.shard = shards.n WHERE shards.run = ?1 AND shards.n = ?2 ORDER BY attempts.sequence, attempts.n");
  std::vector<AttemptRecord> all;
  query.bind(place->number, shard);
  while (query.next()) {
    AttemptRecord& record = all.emplace_back();
    model::Outcome& outcome = record.outcome;
    record.shard = shard;
    std::optional<std::uint64_t> input, output, reasoning, cached;
    std::optional<std::int64_t> cost;
    query.read(outcome.sequence, outcome.attempt, outcome.reason, record.submission, input, output, reasoning, cached,
               cost, outcome.row_offset, outcome.row_length, outcome.answer_offset, outcome.answer_length,
               outcome.answer_in_error_file);
    outcome.status = outcome.reason == model::Reason::none ? model::ItemStatus::succeeded : model::ItemStatus::failed;
    outcome.usage = {input.value_or(0), output.value_or(0), reasoning.value_or(0), cached.value_or(0),
                     input.has_value()};
    if (cost) outcome.cost = model::Money{*cost};
  }
  if (query.failed()) return database_->failure("read the shard's attempts");
  return all;
}

}  // namespace batchd::store
