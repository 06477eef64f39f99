#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/store/sqlite_store.hpp"
#include "core/store/stored_values.hpp"

namespace batchd::store {
namespace {

// What a block of outcomes adds to the run's aggregates: gathered here, written once.
struct Gain {
  std::array<std::int64_t, model::reason_count> items{};  // by reason; a better verdict takes one away again
  UsageSums sums;
};

void add_attempt(Gain& gain, const model::Outcome& outcome) {
  gain.sums.attempts += 1;
  gain.sums.usage += outcome.usage;
  if (!outcome.usage.known) gain.sums.attempts_without_usage += 1;
  if (outcome.cost) {
    gain.sums.cost += *outcome.cost;
  } else {
    gain.sums.attempts_without_cost += 1;
  }
}

Status write_gain(Database& database, std::int64_t run, const Gain& gain) {
  Query tally = database.query(
      "INSERT INTO tallies VALUES (?1, ?2, ?3) ON CONFLICT (run, reason) DO UPDATE SET items = items + ?3");
  for (std::size_t reason = 0; reason < gain.items.size(); ++reason) {
    if (gain.items[reason] == 0) continue;
    if (!tally.run(run, reason, gain.items[reason])) return database.failure("count the outcomes");
  }
  if (gain.sums.attempts == 0) return {};
  const model::Usage& used = gain.sums.usage;
  const bool summed =
      database
          .query(
              "INSERT INTO sums VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (run) DO UPDATE SET attempts "
              "= attempts + ?2, attempts_without_cost = attempts_without_cost + ?3, input_tokens = input_tokens + "
              "?4, output_tokens = output_tokens + ?5, reasoning_tokens = reasoning_tokens + ?6, cached_tokens = "
              "cached_tokens + ?7, usage_known = usage_known + ?8, cost = cost + ?9")
          .run(run, gain.sums.attempts, gain.sums.attempts_without_cost, used.input_tokens, used.output_tokens,
               used.reasoning_tokens, used.cached_tokens, gain.sums.attempts - gain.sums.attempts_without_usage,
               gain.sums.cost.nano);
  if (!summed) return database.failure("add up the usage");
  return {};
}

// Writes the outcomes of one shard. Sixteen at a time, as nearly always none of them is known; where some are, because
// the shard is collected again or these are second attempts, one at a time.
class OutcomeWriter {
 public:
  OutcomeWriter(Database& database, std::int64_t run, const model::Shard& shard)
      : run_(run),
        shard_(shard),
        many_attempts_(database.query(many_attempts())),
        many_outcomes_(database.query(many_outcomes())),
        attempt_(database.query("INSERT INTO attempts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")),
        outcome_(database.query("INSERT INTO outcomes VALUES (?,?,?,?,?,?,?)")),
        earlier_(database.query("SELECT attempt, reason FROM outcomes WHERE run = ?1 AND sequence = ?2")),
        replace_(
            database.query("UPDATE outcomes SET attempt = ?3, reason = ?4, shard = ?5, row_offset = ?6, row_length "
                           "= ?7 WHERE run = ?1 AND sequence = ?2")) {}

  // false: the database refused.
  bool write(std::span<const model::Outcome> outcomes, Gain& gain) {
    while (outcomes.size() >= rows_per_statement) {
      if (!write_block(outcomes.first(rows_per_statement), gain)) return false;
      outcomes = outcomes.subspan(rows_per_statement);
    }
    return write_singly(outcomes, gain);
  }

 private:
  static const std::string& many_attempts() {
    static const std::string sql = many_rows("INSERT INTO attempts VALUES", 16);
    return sql;
  }
  static const std::string& many_outcomes() {
    static const std::string sql = many_rows("INSERT INTO outcomes VALUES", 7);
    return sql;
  }

  bool write_block(std::span<const model::Outcome> block, Gain& gain) {
    many_attempts_.begin();
    for (const model::Outcome& outcome : block)
      append_attempt(many_attempts_, outcome);
    if (!many_attempts_.finish()) return many_attempts_.met_known_row() && write_singly(block, gain);
    many_outcomes_.begin();
    for (const model::Outcome& outcome : block)
      append_outcome(many_outcomes_, outcome);
    const bool are_first = many_outcomes_.finish();
    if (!are_first && !many_outcomes_.met_known_row()) return false;
    for (const model::Outcome& outcome : block) {
      add_attempt(gain, outcome);
      if (are_first) {
        gain.items[static_cast<std::size_t>(outcome.reason)] += 1;
      } else if (!write_outcome(outcome, gain)) {
        return false;
      }
    }
    return true;
  }

  bool write_singly(std::span<const model::Outcome> outcomes, Gain& gain) {
    for (const model::Outcome& outcome : outcomes) {
      attempt_.begin();
      append_attempt(attempt_, outcome);
      if (!attempt_.finish()) {
        if (attempt_.met_known_row()) continue;  // this shard is being collected again
        return false;
      }
      add_attempt(gain, outcome);
      if (!write_outcome(outcome, gain)) return false;
    }
    return true;
  }

  bool write_outcome(const model::Outcome& outcome, Gain& gain) {
    outcome_.begin();
    append_outcome(outcome_, outcome);
    if (!outcome_.finish()) return outcome_.met_known_row() && outdo_earlier(outcome, gain);
    gain.items[static_cast<std::size_t>(outcome.reason)] += 1;
    return true;
  }

  void append_attempt(Query& query, const model::Outcome& outcome) {
    const model::Usage& used = outcome.usage;
    query.append(run_, outcome.sequence, outcome.attempt, outcome.reason, shard_.n, shard_.submission);
    if (used.known) {
      query.append(used.input_tokens, used.output_tokens, used.reasoning_tokens, used.cached_tokens);
    } else {
      query.append(nullptr, nullptr, nullptr, nullptr);
    }
    if (outcome.cost) {
      query.append(outcome.cost->nano);
    } else {
      query.append(nullptr);
    }
    query.append(outcome.row_offset, outcome.row_length, outcome.answer_offset, outcome.answer_length,
                 outcome.answer_in_error_file);
  }

  void append_outcome(Query& query, const model::Outcome& outcome) {
    query.append(run_, outcome.sequence, outcome.attempt, outcome.reason, shard_.n, outcome.row_offset,
                 outcome.row_length);
  }

  // The item has an outcome of another attempt: the later attempt counts, whichever is collected first.
  bool outdo_earlier(const model::Outcome& outcome, Gain& gain) {
    std::uint32_t attempt = 0;
    model::Reason reason = model::Reason::none;
    if (earlier_.bind(run_, outcome.sequence).next()) earlier_.read(attempt, reason);
    if (earlier_.failed()) return false;
    if (attempt > outcome.attempt) return true;
    gain.items[static_cast<std::size_t>(reason)] -= 1;
    gain.items[static_cast<std::size_t>(outcome.reason)] += 1;
    return replace_.run(run_, outcome.sequence, outcome.attempt, outcome.reason, shard_.n, outcome.row_offset,
                        outcome.row_length);
  }

  std::int64_t run_;
  const model::Shard& shard_;
  Query many_attempts_;
  Query many_outcomes_;
  Query attempt_;
  Query outcome_;
  Query earlier_;
  Query replace_;
};

bool is_whole(const model::Outcome& outcome) {
  return outcome.status == model::ItemStatus::succeeded
             ? outcome.reason == model::Reason::none
             : outcome.status == model::ItemStatus::failed && outcome.reason != model::Reason::none;
}

}  // namespace

Status SqliteStore::commit_outcomes(std::string_view run, const model::Shard& shard,
                                    std::span<const model::Outcome> outcomes, const model::Changes& changes) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const auto place = find(run);
  if (!place) return place.error();

  Gain gain;
  {
    for (const model::Outcome& outcome : outcomes)
      check(is_whole(outcome), "an outcome has succeeded without a reason or failed with one");
    OutcomeWriter writer(*database_, place->number, shard);
    if (!writer.write(outcomes, gain)) return database_->failure("keep the outcomes");
  }
  if (auto written = write_gain(*database_, place->number, gain); !written) return written;
  if (auto written = write_changes(place->number, run, changes); !written) return written;
  // Outcomes say where their rows lie through the shard, whatever the decision had to say about it.
  if (!database_->query("UPDATE shards SET outcome_file = ?3 WHERE run = ?1 AND n = ?2")
           .run(place->number, shard.n, shard.outcome_file))
    return database_->failure("keep the outcomes");
  if (database_->changed_rows() == 0)
    return Error{ErrorKind::not_found, fmt::format("run {} has no shard {}", run, shard.n)};
  return transaction.commit("keep the outcomes");
}

// -- the aggregates

Result<model::Counts> SqliteStore::counts(std::string_view run) {
  Transaction snapshot(*database_, Transaction::Kind::read);
  if (!snapshot.begun()) return snapshot.begun().error();
  const auto place = find(run);
  if (!place) return place.error();
  std::uint64_t items = place->items;
  if (place->state == model::RunState::created) {  // being prepared: the run's own count comes with the seal
    Query count = database_->query("SELECT count(*) FROM items WHERE run = ?1");
    if (count.bind(place->number).next()) count.read(items);
    if (count.failed()) return database_->failure("count the items");
  }

  model::Counts counts;
  Query query = database_->query("SELECT reason, items FROM tallies WHERE run = ?1");
  query.bind(place->number);
  while (query.next()) {
    model::Reason reason = model::Reason::none;
    std::uint64_t of_reason = 0;
    query.read(reason, of_reason);
    if (reason == model::Reason::none) {
      counts.succeeded = of_reason;
    } else {
      counts.reasons[static_cast<std::size_t>(reason)] = of_reason;
      counts.failed += of_reason;
    }
  }
  if (query.failed()) return database_->failure("count the outcomes");
  if (counts.succeeded + counts.failed > items) {
    return Error{ErrorKind::internal,
                 fmt::format("run {} has {} items, but {} outcomes", run, items, counts.succeeded + counts.failed)};
  }
  counts.pending = items - counts.succeeded - counts.failed;
  Query reused = database_->query("SELECT coalesce(sum(requests), 0) FROM shards WHERE run = ?1 AND lane = ?2");
  if (reused.bind(place->number, model::lane_reused).next()) reused.read(counts.reused);
  if (reused.failed()) return database_->failure("count what is reused");
  return counts;
}

Result<UsageSums> SqliteStore::usage(std::string_view run) {
  const auto place = find(run);
  if (!place) return place.error();
  Query query = database_->query(
      "SELECT attempts, attempts_without_cost, input_tokens, output_tokens, reasoning_tokens, cached_tokens, "
      "usage_known, cost FROM sums WHERE run = ?1");
  UsageSums sums;
  std::uint64_t attempts_with_usage = 0;
  if (query.bind(place->number).next()) {
    query.read(sums.attempts, sums.attempts_without_cost, sums.usage.input_tokens, sums.usage.output_tokens,
               sums.usage.reasoning_tokens, sums.usage.cached_tokens, attempts_with_usage, sums.cost.nano);
  }
  if (query.failed()) return database_->failure("read the usage");
  sums.usage.known = attempts_with_usage > 0;
  sums.attempts_without_usage = sums.attempts - std::min(sums.attempts, attempts_with_usage);
  return sums;
}

}  // namespace batchd::store
