#include "core/store/backup.hpp"

#include <fmt/format.h>

#include "core/store/database.hpp"
#include "core/store/sqlite_store.hpp"
#include "core/store/stored_values.hpp"

namespace batchd::store {
namespace {

Status copy_into(const Path& database, const Path& copy) {
  // Looked at as any reader does: a database of another version, or none, is not copied.
  if (auto readable = Store::open(database, Mode::read_only); !readable) return readable.error();
  auto from = Database::open(database, Mode::read_only);
  if (!from) return from.error();
  if (!(*from)->query("VACUUM INTO ?1").run(copy.native())) return (*from)->failure("copy it");
  return {};
}

// The copy as it leaves the house: with its pauses, and found sound.
Result<std::uint64_t> finish(const Path& copy, Time now) {
  auto database = Database::open(copy, Mode::read_write);
  if (!database) return database.error();
  Transaction transaction(**database);
  if (!transaction.begun()) return transaction.begun().error();
  // Whoever puts it back does not know what was submitted since: the engine asks the account, run by run, and so does
  // whoever begins a new one.
  const bool marked = (*database)->query("UPDATE runs SET asks_account = 1").run() &&
                      (*database)->query("UPDATE jobs SET unseen_since = ?1").run(now);
  if (!marked) return (*database)->failure("mark the copy");
  const bool paused =
      (*database)->query("INSERT OR IGNORE INTO pauses SELECT ?1, name, ?2 FROM jobs").run(model::PauseOf::job, now);
  if (!paused) return (*database)->failure("pause the jobs in the copy");
  if (auto committed = transaction.commit("pause the jobs in the copy"); !committed) return committed.error();
  const auto jobs = (*database)->number("SELECT count(*) FROM jobs", "count the jobs");
  if (!jobs) return jobs.error();
  if (auto sound = SqliteStore(std::move(*database)).check_integrity(); !sound) return sound.error();
  return static_cast<std::uint64_t>(*jobs);
}

Status sync(const Path& file) {
  auto opened = File::open_to_append(file);
  return opened ? opened->sync() : Status(opened.error());
}

Result<Backup> make(const Path& database, const Path& copy, const Path& target, Time now) {
  // SQLite fills a file that is there and empty: so it has our mode from its first byte on.
  if (auto made = File::create(copy); !made) return made.error();
  if (auto copied = copy_into(database, copy); !copied) return copied.error();
  const auto jobs = finish(copy, now);
  if (!jobs) return jobs.error();
  if (auto synced = sync(copy); !synced) return synced.error();
  const auto bytes = identity_of(copy);
  if (!bytes) return bytes.error();
  if (auto renamed = rename_durably(copy, target); !renamed) return renamed.error();
  return Backup{bytes->size_bytes, *jobs};
}

}  // namespace

Result<Backup> back_up(const Path& database, const Path& target, Time now) {
  if (path_exists(target))
    return Error(ErrorKind::invalid, fmt::format("{} is there already; nothing is overwritten", target.string()),
                 "name another file");
  if (!path_exists(target.parent_path()))
    return Error(ErrorKind::invalid, fmt::format("there is no folder {}", target.parent_path().string()));
  const Path copy = target.string() + ".partial";
  auto made = make(database, copy, target, now);
  if (!made) (void)remove_file(copy);
  (void)remove_file(copy.string() + "-journal");
  return made;
}

Result<std::map<std::string, std::uint64_t>> answers_remembered(const Path& database) {
  auto opened = Database::open(database, Mode::read_only);
  if (!opened) return opened.error();
  std::map<std::string, std::uint64_t> remembered;
  Query query = (*opened)->query(
      "SELECT runs.id, counted.answers FROM (SELECT run, count(*) AS answers FROM answers GROUP BY run) AS counted "
      "JOIN "
      "runs ON runs.number = counted.run WHERE runs.number NOT IN (SELECT number FROM unswept_runs)");
  query.bind();
  while (query.next()) {
    std::string run;
    std::uint64_t answers = 0;
    query.read(run, answers);
    remembered.emplace(std::move(run), answers);
  }
  if (query.failed()) return (*opened)->failure("look which answers may be reused");
  return remembered;
}

}  // namespace batchd::store
