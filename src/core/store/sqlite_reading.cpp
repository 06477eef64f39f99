#include <fmt/format.h>

#include "core/store/packed_keys.hpp"
#include "core/store/sqlite_store.hpp"
#include "core/store/stored_values.hpp"

namespace batchd::store {
namespace {

using model::ItemStatus;
using model::Reason;

bool wants(const ItemFilter& filter, const ItemState& state) {
  return (!filter.status || *filter.status == state.status) && (!filter.reason || *filter.reason == state.reason);
}

// Which outcomes can pass at all; nothing: items without an outcome can, too.
struct Reasons {
  Reason first = Reason::none;
  Reason last = Reason::none;
};
std::optional<Reasons> reasons_of(const ItemFilter& filter) {
  if (filter.reason.value_or(Reason::none) != Reason::none) return Reasons{*filter.reason, *filter.reason};
  if (filter.status == ItemStatus::succeeded) return Reasons{Reason::none, Reason::none};
  if (filter.status == ItemStatus::failed) return Reasons{Reason::not_json, last_stored<Reason>};
  return std::nullopt;
}

}  // namespace

Result<SqliteStore::ShardMap> SqliteStore::shard_facts(std::int64_t run) {
  Query query = database_->query("SELECT n, stage, end_kind, outcome_file FROM shards WHERE run = ?1 ORDER BY n");
  ShardMap facts;
  query.bind(run);
  while (query.next()) {
    std::uint32_t n = 0;
    model::ShardStage stage = model::ShardStage::planned;
    model::EndKind end = model::EndKind::none;
    ShardFacts shard;
    query.read(n, stage, end, shard.outcome_file);
    shard.is_submitted = stage == model::ShardStage::in_flight || stage == model::ShardStage::fetched ||
                         (stage == model::ShardStage::ended && end == model::EndKind::batch);
    facts.emplace_hint(facts.end(), n, std::move(shard));
  }
  if (query.failed()) return database_->failure("read the shards");
  return facts;
}

void SqliteStore::judge(ItemState& state, const Verdict& verdict, const ShardMap& shards) {
  state.status = verdict.reason == Reason::none ? ItemStatus::succeeded : ItemStatus::failed;
  state.reason = verdict.reason;
  state.attempts = verdict.attempt;
  state.outcome_shard = verdict.shard;
  state.row_offset = verdict.row_offset;
  state.row_length = verdict.row_length;
  if (const auto shard = shards.find(verdict.shard); shard != shards.end())
    state.outcome_file = shard->second.outcome_file;
}

Result<std::vector<ItemState>> SqliteStore::items(std::string_view run, const ItemFilter& filter) {
  Transaction snapshot(*database_, Transaction::Kind::read);
  if (!snapshot.begun()) return snapshot.begun().error();
  const auto place = find(run);
  if (!place) return place.error();
  const auto shards = shard_facts(place->number);
  if (!shards) return shards.error();
  std::vector<ItemState> found;
  const auto reasons = reasons_of(filter);
  const bool read = reasons ? walk_outcomes(place->number, reasons->first, reasons->last, filter, *shards, found)
                            : walk_items(place->number, filter, *shards, found);
  if (!read) return database_->failure("read the items");
  return found;
}

// Both tables lie in order of sequence: side by side they are read in half the time a join takes.
bool SqliteStore::walk_items(std::int64_t run, const ItemFilter& filter, const ShardMap& shards,
                             std::vector<ItemState>& found) {
  Query items = database_->query(
      "SELECT sequence, id, shard, row_offset, row_length, request_offset, request_length, request_key FROM items "
      "WHERE run = ?1 AND sequence > ?2 ORDER BY sequence");
  Query outcomes = database_->query(
      "SELECT sequence, attempt, reason, shard, row_offset, row_length FROM outcomes WHERE run = ?1 AND sequence > ?2 "
      "ORDER BY sequence");
  items.bind(run, filter.after_sequence);
  outcomes.bind(run, filter.after_sequence);
  Verdict verdict;
  bool has_verdict = true;
  while (found.size() < filter.limit && items.next()) {
    ItemState state;
    model::Item& item = state.item;
    items.read(item.sequence, item.id, item.shard, item.row_offset, item.row_length, item.request_offset,
               item.request_length, item.request_key);
    while (has_verdict && verdict.sequence < item.sequence) {
      has_verdict = outcomes.next();
      if (has_verdict)
        outcomes.read(verdict.sequence, verdict.attempt, verdict.reason, verdict.shard, verdict.row_offset,
                      verdict.row_length);
    }
    if (has_verdict && verdict.sequence == item.sequence) {
      judge(state, verdict, shards);
    } else if (const auto shard = shards.find(item.shard); shard != shards.end() && shard->second.is_submitted) {
      state.status = ItemStatus::submitted;
    }
    if (wants(filter, state)) found.push_back(std::move(state));
  }
  return !items.failed() && !outcomes.failed();
}

// A few failures among a million: the narrow table is walked, and items are looked up for what passes.
bool SqliteStore::walk_outcomes(std::int64_t run, Reason first, Reason last, const ItemFilter& filter,
                                const ShardMap& shards, std::vector<ItemState>& found) {
  Query query = database_->query(
      "SELECT items.sequence, items.id, items.shard, items.row_offset, items.row_length, request_offset, "
      "request_length, request_key, outcomes.attempt, outcomes.reason, outcomes.shard, outcomes.row_offset, "
      "outcomes.row_length FROM outcomes CROSS JOIN items ON items.run = outcomes.run AND items.sequence = "
      "outcomes.sequence WHERE outcomes.run = ?1 AND outcomes.sequence > ?2 AND outcomes.reason BETWEEN ?3 AND ?4 "
      "ORDER BY outcomes.sequence");
  query.bind(run, filter.after_sequence, first, last);
  while (found.size() < filter.limit && query.next()) {
    ItemState state;
    model::Item& item = state.item;
    Verdict verdict;
    query.read(item.sequence, item.id, item.shard, item.row_offset, item.row_length, item.request_offset,
               item.request_length, item.request_key, verdict.attempt, verdict.reason, verdict.shard,
               verdict.row_offset, verdict.row_length);
    judge(state, verdict, shards);
    if (wants(filter, state)) found.push_back(std::move(state));
  }
  return !query.failed();
}

Result<std::vector<model::Item>> SqliteStore::items_of_shard(std::string_view run, std::uint32_t shard) {
  Transaction snapshot(*database_, Transaction::Kind::read);
  if (!snapshot.begun()) return snapshot.begun().error();
  const auto place = find(run);
  if (!place) return place.error();
  Query range =
      database_->query("SELECT first_sequence, last_sequence, requests, attempt FROM shards WHERE run = ?1 AND n = ?2");
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t requests = 0;
  std::uint32_t attempt = 0;
  const bool exists = range.bind(place->number, shard).next();
  if (exists) range.read(first, last, requests, attempt);
  if (range.failed()) return database_->failure("read a shard");
  if (!exists) return Error{ErrorKind::not_found, fmt::format("run {} has no shard {}", run, shard)};

  // Shards of several models interleave: between the first and the last there are others' items.
  constexpr std::string_view first_time =
      "SELECT sequence, id, shard, row_offset, row_length, request_offset, request_length, request_key FROM items "
      "WHERE run = ?1 AND sequence BETWEEN ?2 AND ?3 AND shard = ?4 ORDER BY sequence";
  constexpr std::string_view again =
      "SELECT retries.sequence, id, retries.shard, retries.row_offset, retries.row_length, retries.request_offset, "
      "retries.request_length, request_key FROM retries JOIN items ON items.run = retries.run AND items.sequence = "
      "retries.sequence WHERE retries.run = ?1 AND retries.sequence BETWEEN ?2 AND ?3 AND retries.shard = ?4 ORDER BY "
      "retries.sequence";
  Query query = database_->query(attempt > 1 ? again : first_time);
  query.bind(place->number, first, last, shard);
  std::vector<model::Item> items;
  items.reserve(requests);
  while (query.next()) {
    model::Item& item = items.emplace_back();
    query.read(item.sequence, item.id, item.shard, item.row_offset, item.row_length, item.request_offset,
               item.request_length, item.request_key);
  }
  if (query.failed()) return database_->failure("read a shard's items");
  return items;
}

Result<ItemState> SqliteStore::item(std::string_view run, std::uint64_t sequence) {
  if (sequence > 0) {
    ItemFilter only;
    only.after_sequence = sequence - 1;
    only.limit = 1;
    auto found = items(run, only);
    if (!found) return found.error();
    if (!found->empty() && found->front().item.sequence == sequence) return std::move(found->front());
  }
  return Error{ErrorKind::not_found, fmt::format("run {} has no item #{}", run, sequence)};
}

Result<ItemState> SqliteStore::item_by_id(std::string_view run, std::string_view id) {
  const auto place = find(run);
  if (!place) return place.error();
  const std::uint64_t hash = xxh3_128(id).low;
  Blob page;
  {
    Query query =
        database_->query("SELECT page FROM keys WHERE run = ?1 AND first_hash <= ?2 ORDER BY first_hash DESC LIMIT 1");
    if (query.bind(place->number, stored_hash(hash)).next()) query.read(page);
    if (query.failed()) return database_->failure("look up an item");
  }
  for (const std::uint64_t sequence : sequences_of(page, hash)) {
    auto found = item(run, sequence);
    if (!found || found->item.id == id) return found;
  }
  return Error{ErrorKind::not_found, fmt::format("run {} has no item with the id {}", run, id)};
}

Result<std::vector<AttemptRecord>> SqliteStore::attempts(std::string_view run, std::uint64_t sequence) {
  const auto place = find(run);
  if (!place) return place.error();
  Query query = database_->query(
      "SELECT n, reason, shard, submission, input_tokens, output_tokens, reasoning_tokens, cached_tokens, cost, "
      "row_offset, row_length, answer_offset, answer_length, answer_in_error_file FROM attempts WHERE run = ?1 AND "
      "sequence = ?2 ORDER BY n");
  std::vector<AttemptRecord> all;
  query.bind(place->number, sequence);
  while (query.next()) {
    AttemptRecord& record = all.emplace_back();
    model::Outcome& outcome = record.outcome;
    std::optional<std::uint64_t> input, output, reasoning, cached;
    std::optional<std::int64_t> cost;
    query.read(outcome.attempt, outcome.reason, record.shard, record.submission, input, output, reasoning, cached, cost,
               outcome.row_offset, outcome.row_length, outcome.answer_offset, outcome.answer_length,
               outcome.answer_in_error_file);
    outcome.sequence = sequence;
    outcome.status = outcome.reason == Reason::none ? ItemStatus::succeeded : ItemStatus::failed;
    outcome.usage = {input.value_or(0), output.value_or(0), reasoning.value_or(0), cached.value_or(0),
                     input.has_value()};
    if (cost) outcome.cost = model::Money{*cost};
  }
  if (query.failed()) return database_->failure("read the attempts");
  return all;
}

Status SqliteStore::check_integrity() {
  Query pages = database_->query("PRAGMA integrity_check(1)");
  std::string verdict;
  if (pages.bind().next()) pages.read(verdict);
  if (pages.failed()) return database_->failure("check it");
  if (verdict != "ok") {
    return Error{ErrorKind::io, fmt::format("the database {} is damaged: {}", database_->file().string(), verdict),
                 std::string(Database::damage_hint)};
  }
  Query links = database_->query("PRAGMA foreign_key_check");
  std::string table;
  if (links.bind().next()) links.read(table);
  if (links.failed()) return database_->failure("check it");
  if (!table.empty()) {
    return Error{ErrorKind::io,
                 fmt::format("the database {} is damaged: a row of {} refers to one that is gone",
                             database_->file().string(), table),
                 std::string(Database::damage_hint)};
  }
  return {};
}

}  // namespace batchd::store
