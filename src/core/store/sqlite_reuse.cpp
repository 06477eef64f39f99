#include <algorithm>

#include "core/store/answer_hash.hpp"
#include "core/store/sqlite_store.hpp"
#include "core/store/stored_values.hpp"

namespace batchd::store {
namespace {

struct Entry {
  std::int64_t hash = 0;
  std::uint64_t sequence = 0;
};

}  // namespace

Status SqliteStore::remember_answers(std::string_view run) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const auto place = find(run);
  if (!place) return place.error();
  std::int64_t job = 0;
  std::string rule;
  {
    Query query = database_->query("SELECT job, answer_rule FROM runs WHERE number = ?1");
    if (query.bind(place->number).next()) query.read(job, rule);
    if (query.failed()) return database_->failure("read a run");
  }
  if (rule.empty()) return {};  // made by a batchd that did not note it
  const std::uint64_t rule_hash = xxh3_128(rule).low;

  Query insert = database_->query("INSERT OR REPLACE INTO answers VALUES (?1, ?2, ?3, ?4)");
  std::uint64_t after = 0;
  for (;;) {
    std::vector<Entry> entries;
    {
      Query answered = database_->query(
          "SELECT outcomes.sequence, items.request_key FROM outcomes CROSS JOIN items ON items.run = outcomes.run AND "
          "items.sequence = outcomes.sequence WHERE outcomes.run = ?1 AND outcomes.sequence > ?2 AND outcomes.reason = "
          "0 AND outcomes.attempt > 0 ORDER BY outcomes.sequence LIMIT ?3");
      answered.bind(place->number, after, answers_at_once_max);
      while (answered.next()) {
        Entry entry;
        Hash128 request_key;
        answered.read(entry.sequence, request_key);
        entry.hash = answer_hash(request_key, rule_hash);
        entries.push_back(entry);
      }
      if (answered.failed()) return database_->failure("read the answers");
    }
    if (entries.empty()) break;
    after = entries.back().sequence;
    // In order they touch each page once; as they come they would touch one for every entry.
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return std::pair(a.hash, a.sequence) < std::pair(b.hash, b.sequence);
    });
    for (const Entry& entry : entries)
      if (!insert.run(job, entry.hash, place->number, entry.sequence))
        return database_->failure("keep where the answers are");
  }
  return transaction.commit("keep where the answers are");
}

Result<std::vector<std::optional<KnownAnswer>>> SqliteStore::find_answers(std::string_view job, std::string_view rule,
                                                                          std::span<const Hash128> request_keys) {
  Transaction snapshot(*database_, Transaction::Kind::read);
  if (!snapshot.begun()) return snapshot.begun().error();
  std::vector<std::optional<KnownAnswer>> found(request_keys.size());
  std::int64_t job_number = 0;
  {
    Query query = database_->query("SELECT number FROM jobs WHERE name = ?1");
    const bool is_known = query.bind(job).next();
    if (is_known) query.read(job_number);
    if (query.failed()) return database_->failure("look up a job");
    if (!is_known) return found;
  }
  const std::uint64_t rule_hash = xxh3_128(rule).low;
  // An entry may point at what is gone or was another request: then it finds nothing.
  Query query = database_->query(
      "SELECT runs.id, items.sequence, items.id, items.request_key, shards.outcome_file, outcomes.row_offset, "
      "outcomes.row_length FROM answers CROSS JOIN runs ON runs.number = answers.run AND runs.answer_rule = ?3 AND "
      "runs.number NOT IN (SELECT number FROM unswept_runs) CROSS "
      "JOIN items ON items.run = answers.run AND items.sequence = answers.sequence CROSS JOIN outcomes ON outcomes.run "
      "= answers.run AND outcomes.sequence = answers.sequence AND outcomes.reason = 0 CROSS JOIN shards ON shards.run "
      "= answers.run AND shards.n = outcomes.shard WHERE answers.job = ?1 AND answers.hash = ?2");
  for (std::size_t i = 0; i < request_keys.size(); ++i) {
    if (query.bind(job_number, answer_hash(request_keys[i], rule_hash), rule).next()) {
      KnownAnswer answer;
      query.read(answer.run, answer.sequence, answer.id, answer.request_key, answer.row.file, answer.row.offset,
                 answer.row.length);
      if (answer.request_key == request_keys[i]) found[i] = std::move(answer);
    }
    if (query.failed()) return database_->failure("look up an answer");
  }
  return found;
}

}  // namespace batchd::store
