#include <filesystem>
#include <fstream>
#include <thread>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "core/store/database.hpp"
#include "core/store/migrations.hpp"
#include "store/conformance.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::store {
namespace {

using samples::run_id;

std::unique_ptr<Store> opened(const Path& file) {
  auto store = Store::open(file, Mode::read_write);
  REQUIRE_OK(store);
  return std::move(*store);
}

unsigned mode_of(const Path& file) {
  struct stat facts{};
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  return facts.st_mode & 0777;
}

void set_pragma(const Path& file, const std::string& pragma) {
  auto database = Database::open(file, Mode::read_write);
  REQUIRE_OK(database);
  REQUIRE_OK((*database)->execute("PRAGMA " + pragma, "test"));
}

void overwrite(const Path& file, std::uint64_t offset, const std::string& bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(offset));
  stream << bytes;
}

// A run of `count` items with 12-byte ids, prepared and collected, as a large job leaves it.
void fill(Store& store, std::uint64_t count) {
  std::vector<model::Item> all;
  for (std::uint64_t sequence = 1; sequence <= count; ++sequence) {
    model::Item item = samples::item(sequence, 1);
    item.id = std::to_string(100'000'000'000 + sequence);
    item.row_offset = sequence * 777;
    item.row_length = 776;
    item.request_offset = sequence * 1'400;
    item.request_length = 1'399;
    all.push_back(std::move(item));
  }
  REQUIRE_OK(samples::seal(store, all));
  std::vector<model::Outcome> outcomes = samples::outcomes(1, count);
  for (model::Outcome& outcome : outcomes) {
    outcome.usage = {700, 250, 0, 0, true};
    outcome.cost = model::Money{580'000};
    outcome.row_offset = outcome.sequence * 900;
    outcome.row_length = 899;
    outcome.answer_offset = outcome.sequence * 1'100;
    outcome.answer_length = 1'099;
  }
  REQUIRE_OK(store.commit_outcomes(run_id, samples::shard(1, 1, count), outcomes, {}));
}

}  // namespace

TEST_CASE("a finished item costs at most 170 bytes of disk over all tables") {
  test::TemporaryFolder folder;
  constexpr std::uint64_t count = 20'000;
  fill(*opened(folder / "batchd.db"), count);  // closed: the journal has been taken over
  CHECK_FALSE(folder.holds("batchd.db-wal"));
  const auto bytes = std::filesystem::file_size(folder / "batchd.db");
  MESSAGE("bytes per item: ", double(bytes) / double(count));
  CHECK(bytes <= 170 * count);
}

TEST_CASE("the database, its journal and its index are for their owner's eyes only") {
  test::TemporaryFolder folder;
  const auto store = opened(folder / "state/batchd.db");
  REQUIRE_OK(store->create_run(samples::run()));
  CHECK(mode_of(folder / "state") == 0700);
  CHECK(mode_of(folder / "state/batchd.db") == 0600);
  CHECK(mode_of(folder / "state/batchd.db-wal") == 0600);
  CHECK(mode_of(folder / "state/batchd.db-shm") == 0600);
}

TEST_CASE("a commit is in the journal and synced before it returns") {
  test::TemporaryFolder folder;
  auto database = Database::open(folder / "batchd.db", Mode::read_write);
  REQUIRE_OK(database);
  REQUIRE_OK((*database)->prepare_for_writing());
  Query mode = (*database)->query("PRAGMA journal_mode");
  std::string journal;
  REQUIRE(mode.bind().next());
  mode.read(journal);
  CHECK(journal == "wal");
  CHECK(*(*database)->number("PRAGMA synchronous", "test") == 2);  // FULL
  CHECK(*(*database)->number("PRAGMA foreign_keys", "test") == 1);
  CHECK(*(*database)->number("PRAGMA busy_timeout", "test") == Database::busy_timeout_ms);
}

TEST_CASE("reading where there is no database says so and makes none") {
  test::TemporaryFolder folder;
  const auto store = Store::open(folder / "batchd.db", Mode::read_only);
  REQUIRE_FALSE(store.ok());
  CHECK(store.error().kind == ErrorKind::not_found);
  CHECK(store.error().message.find("batchd.db") != std::string::npos);
  CHECK(folder.count() == 0);
}

TEST_CASE("an empty file counts as a new database") {
  test::TemporaryFolder folder;
  const Path file = folder.write("batchd.db", "");
  CHECK(Store::open(file, Mode::read_only).error().kind == ErrorKind::not_found);
  REQUIRE_OK(opened(file)->create_run(samples::run()));
  CHECK(Store::open(file, Mode::read_only).ok());
}

TEST_CASE("a database of a newer batchd is refused, naming both versions, and left as it is") {
  test::TemporaryFolder folder;
  opened(folder / "batchd.db");
  set_pragma(folder / "batchd.db", "user_version = 41");
  const std::string before = folder.read("batchd.db");
  for (const Mode mode : {Mode::read_write, Mode::read_only}) {
    const auto store = Store::open(folder / "batchd.db", mode);
    REQUIRE_FALSE(store.ok());
    CHECK(store.error().kind == ErrorKind::invalid);
    CHECK(store.error().message.find("version 41") != std::string::npos);
    CHECK(store.error().message.find("up to " + std::to_string(Store::schema_version)) != std::string::npos);
  }
  CHECK(folder.read("batchd.db") == before);
}

TEST_CASE("another program's database is refused and left as it is") {
  test::TemporaryFolder folder;
  {
    auto database = Database::open(folder / "batchd.db", Mode::read_write);
    REQUIRE_OK(database);
    REQUIRE_OK((*database)->execute("CREATE TABLE recipes (name TEXT)", "test"));
  }
  const std::string before = folder.read("batchd.db");
  const auto store = Store::open(folder / "batchd.db", Mode::read_write);
  REQUIRE_FALSE(store.ok());
  CHECK(store.error().kind == ErrorKind::invalid);
  CHECK(store.error().message.find("not one of batchd's") != std::string::npos);
  CHECK(folder.read("batchd.db") == before);
}

TEST_CASE("a file that is no database is answered with a sentence") {
  test::TemporaryFolder folder;
  const Path file = folder.write("batchd.db", std::string(10'000, 'x'));
  const auto store = Store::open(file, Mode::read_write);
  REQUIRE_FALSE(store.ok());
  CHECK(store.error().kind == ErrorKind::io);
  CHECK(store.error().message.find(file.string() + " is damaged") != std::string::npos);
  CHECK_FALSE(store.error().hint.empty());
  CHECK(folder.read("batchd.db") == std::string(10'000, 'x'));
}

TEST_CASE("a damaged page is found by the integrity check and never read as an answer") {
  test::TemporaryFolder folder;
  const Path file = folder / "batchd.db";
  fill(*opened(file), 2'000);
  const auto pages = std::filesystem::file_size(file) / 4'096;
  for (std::uint64_t page = 40; page < pages; ++page)
    overwrite(file, page * 4'096, std::string(4'096, '\x5a'));
  auto store = Store::open(file, Mode::read_write);
  REQUIRE_OK(store);  // its first pages are whole
  const auto checked = (*store)->check_integrity();
  REQUIRE_FALSE(checked.ok());
  CHECK(checked.error().kind == ErrorKind::io);
  CHECK(checked.error().message.find("is damaged") != std::string::npos);
  ItemFilter all;
  all.limit = 10'000;
  const auto items = (*store)->items(run_id, all);
  REQUIRE_FALSE(items.ok());
  CHECK(items.error().kind == ErrorKind::io);
}

TEST_CASE("a state of the first version is brought up to date with what is in it") {
  const test::TemporaryFolder folder;
  const auto file = folder / "batchd.db";
  {
    auto database = Database::open(file, Mode::read_write);
    REQUIRE_OK(database);
    REQUIRE_OK((*database)->prepare_for_writing());
    REQUIRE_OK(migrate(**database, steps().first(1)));
    REQUIRE_OK((*database)->execute(R"sql(
      INSERT INTO jobs VALUES (1, 'tickets');
      INSERT INTO runs VALUES (1, '01jd', 1, 'k', 1, '', 0, 0, NULL, '', 'openai', 0, 0, 'aa', 'bb', '/out', 5, 6, NULL,
                               NULL, '', NULL, 10, 0, 10, -1, 0, 0, 0, 0, 0, '{}');
      INSERT INTO shards VALUES (1, 1, 1, 'batch', 'm', '', 10, 100, 1, 10, 'r', 's', 'h', 5, 0, '', 'file-1', 1, '', '',
                                 '');
      INSERT INTO submissions VALUES (1, 1, 1, 7, NULL, 'batch-1', 1, 'in_progress', 10, 3, 0, '', '', 8, NULL, NULL, 0);
    )sql",
                                    "fill it"));
  }
  auto store = Store::open(file, Mode::read_write);
  REQUIRE_OK(store);
  const auto run = (*store)->run("01jd");
  REQUIRE_OK(run);
  CHECK(run->items == 10);
  CHECK(run->list_lag == Duration(0));
  const auto submissions = (*store)->submissions("01jd");
  REQUIRE_OK(submissions);
  REQUIRE(submissions->size() == 1);
  CHECK(submissions->front().batch_id == "batch-1");
  CHECK_FALSE(submissions->front().missed_at);
  CHECK_FALSE(submissions->front().usage.known);
}

TEST_CASE("a value no version has written is damage, not a crash") {
  test::TemporaryFolder folder;
  const auto store = opened(folder / "batchd.db");
  REQUIRE_OK(store->create_run(samples::run()));
  auto database = Database::open(folder / "batchd.db", Mode::read_write);
  REQUIRE_OK((*database)->execute("UPDATE runs SET waiting_for = 77", "test"));
  const auto run = store->run(run_id);
  REQUIRE_FALSE(run.ok());
  CHECK(run.error().kind == ErrorKind::io);
  CHECK(run.error().message.find("waiting_for") != std::string::npos);
}

TEST_CASE("an older database takes the steps it lacks, all or none") {
  test::TemporaryFolder folder;
  auto database = Database::open(folder / "batchd.db", Mode::read_write);
  REQUIRE_OK(database);
  const std::vector<Step> old = {{1, "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (7);"}};
  REQUIRE_OK(migrate(**database, old));
  CHECK(*version_of(**database, 9) == 1);

  const std::vector<Step> broken = {old[0], {2, "CREATE TABLE b (x INTEGER)"}, {3, "CREATE TABLE b (x INTEGER)"}};
  const auto failed = migrate(**database, broken);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().message.find("from version 2 to 3") != std::string::npos);
  CHECK(*version_of(**database, 9) == 1);

  const std::vector<Step> whole = {old[0], {2, "CREATE TABLE b (x INTEGER)"}, {3, "INSERT INTO b SELECT x FROM a"}};
  REQUIRE_OK(migrate(**database, whole));
  REQUIRE_OK(migrate(**database, whole));
  CHECK(*version_of(**database, 9) == 3);
  CHECK(*(*database)->number("SELECT x FROM b", "test") == 7);
  CHECK(migrate(**database, old).error().kind == ErrorKind::invalid);
}

TEST_CASE("the tables of the identity chain stand, and rows by the million have no rowid") {
  test::TemporaryFolder folder;
  opened(folder / "batchd.db");
  auto database = Database::open(folder / "batchd.db", Mode::read_only);
  for (const char* table : {"jobs", "runs", "items", "keys", "shards", "submissions", "attempts", "outcomes"}) {
    Query query = (*database)->query("SELECT count(*) FROM pragma_table_list WHERE name = ?1");
    int found = 0;
    REQUIRE(query.bind(std::string_view(table)).next());
    query.read(found);
    CHECK_MESSAGE(found == 1, table);
  }
  CHECK(
      *(*database)->number("SELECT count(*) FROM pragma_table_list WHERE wr AND name IN ('items', 'keys', 'attempts', "
                           "'outcomes')",
                           "test") == 4);
}

// Once: the tables were made between two looks at whether there are any; and SQLite does not wait for a lock there.
void open_a_new_one_at_the_same_moment() {
  test::TemporaryFolder folder;
  std::vector<std::thread> openers;
  std::vector<std::string> complaints(8);
  for (std::size_t n = 0; n < complaints.size(); ++n) {
    openers.emplace_back([&, n] {
      auto store = Store::open(folder / "batchd.db", Mode::read_write);
      if (!store) {
        complaints[n] = store.error().text();
        return;
      }
      const auto created = (*store)->create_run(samples::run("run" + std::to_string(n), "job", std::to_string(n)));
      if (!created) complaints[n] = created.error().text();
    });
  }
  for (std::thread& opener : openers)
    opener.join();
  for (const std::string& complaint : complaints)
    CHECK(complaint == "");
  CHECK(opened(folder / "batchd.db")->runs("job", 100)->size() == complaints.size());
}

TEST_CASE("processes that open a new database at the same moment all succeed") {
  for (int round = 0; round < 12; ++round)
    open_a_new_one_at_the_same_moment();
}

TEST_CASE("of several that want a run, one gets it") {
  test::TemporaryFolder folder;
  model::Run run = samples::run();
  run.owner = "";
  REQUIRE_OK(opened(folder / "batchd.db")->create_run(run));
  std::vector<std::thread> takers;
  std::atomic<int> taken = 0;
  std::atomic<int> refused = 0;
  for (int n = 0; n < 6; ++n) {
    takers.emplace_back([&, n] {
      auto store = Store::open(folder / "batchd.db", Mode::read_write);
      if (!store) return;
      const auto took = (*store)->take_ownership(run_id, "", "taker " + std::to_string(n), samples::at(n));
      (took ? taken : refused) += took || took.error().kind == ErrorKind::conflict ? 1 : 0;
    });
  }
  for (std::thread& taker : takers)
    taker.join();
  CHECK(taken == 1);
  CHECK(refused == 5);
}

}  // namespace batchd::store
