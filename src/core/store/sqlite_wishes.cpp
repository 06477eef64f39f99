// What persons wish, written by their processes and noticed by the owner of a run.

#include <fmt/format.h>

#include "core/store/sqlite_store.hpp"
#include "core/store/stored_values.hpp"

namespace batchd::store {

Status SqliteStore::resolve(std::string_view run, const model::Resolution& resolution) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const auto place = find(run);
  if (!place) return place.error();
  const auto all = resolutions_of(place->number);
  if (!all) return all.error();
  for (const auto& earlier : *all) {
    if (earlier.shard != resolution.shard || earlier.submission != resolution.submission) continue;
    if (says_the_same(earlier, resolution)) return {};
    return Error{ErrorKind::conflict,
                 fmt::format("--{} was said of shard {} before", name_of(earlier.by), resolution.shard)};
  }
  Query doubt = database_->query(
      "SELECT 1 FROM shards JOIN submissions ON submissions.run = shards.run AND submissions.shard = shards.n AND "
      "submissions.n = shards.submission WHERE shards.run = ?1 AND shards.n = ?2 AND shards.submission = ?3 AND "
      "shards.stage = ?4 AND submissions.state_text = ?5");
  const bool is_in_doubt = doubt
                               .bind(place->number, resolution.shard, resolution.submission, model::ShardStage::unknown,
                                     model::submission_unknown)
                               .next();
  if (doubt.failed()) return database_->failure("look up a shard");
  if (!is_in_doubt)
    return Error{ErrorKind::conflict,
                 fmt::format("what became of shard {} is no question for a person (any more)", resolution.shard)};
  const bool written = database_->query("INSERT INTO resolutions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
                           .run(place->number, resolution.shard, resolution.submission, resolution.by,
                                resolution.batch_id, resolution.input_file_id, resolution.decided_at);
  if (!written) return database_->failure("keep what was settled");
  return transaction.commit("keep what was settled");
}

Result<std::vector<model::Resolution>> SqliteStore::resolutions(std::string_view run) {
  const auto place = find(run);
  if (!place) return place.error();
  return resolutions_of(place->number);
}

Result<std::vector<model::Resolution>> SqliteStore::resolutions_of(std::int64_t run) {
  Query query = database_->query(
      "SELECT shard, submission, settlement, batch_id, input_file_id, decided_at FROM resolutions WHERE run = ?1 "
      "ORDER BY shard, submission");
  std::vector<model::Resolution> all;
  query.bind(run);
  while (query.next()) {
    auto& one = all.emplace_back();
    query.read(one.shard, one.submission, one.by, one.batch_id, one.input_file_id, one.decided_at);
  }
  if (query.failed()) return database_->failure("read what was settled");
  return all;
}

Result<bool> SqliteStore::pause(const model::Pause& pause) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun().error();
  const auto known = is_paused(pause.of, pause.name);
  if (!known) return known;
  if (*known) return false;
  if (!database_->query("INSERT INTO pauses VALUES (?1, ?2, ?3)").run(pause.of, pause.name, pause.since))
    return database_->failure("keep the pause");
  if (auto kept = transaction.commit("keep the pause"); !kept) return kept.error();
  return true;
}

Result<bool> SqliteStore::unpause(model::PauseOf of, std::string_view name) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun().error();
  const auto known = is_paused(of, name);
  if (!known) return known;
  if (!*known) return false;
  if (!database_->query("DELETE FROM pauses WHERE target = ?1 AND name = ?2").run(of, name))
    return database_->failure("end the pause");
  if (auto ended = transaction.commit("end the pause"); !ended) return ended.error();
  return true;
}

Result<bool> SqliteStore::is_paused(model::PauseOf of, std::string_view name) {
  Query query = database_->query("SELECT 1 FROM pauses WHERE target = ?1 AND name = ?2");
  const bool found = query.bind(of, name).next();
  if (query.failed()) return database_->failure("look up a pause");
  return found;
}

Result<std::vector<model::Pause>> SqliteStore::pauses() {
  Query query = database_->query("SELECT target, name, since FROM pauses ORDER BY since, target, name");
  std::vector<model::Pause> all;
  query.bind();
  while (query.next()) {
    auto& one = all.emplace_back();
    query.read(one.of, one.name, one.since);
  }
  if (query.failed()) return database_->failure("read what is paused");
  return all;
}

}  // namespace batchd::store
