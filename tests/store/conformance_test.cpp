#include "store/conformance.hpp"

#include <filesystem>

#include "support/temporary_folder.hpp"

namespace batchd::store {
namespace {

class SqliteBackend final : public Backend {
 public:
  Result<std::unique_ptr<Store>> open(Mode mode) override { return Store::open(current_ / "batchd.db", mode); }

  // Copies the database and its journal as they lie there, while they are in use: what a disk keeps.
  void lose_power() override {
    const Path later = folder_ / ("later-" + std::to_string(++cuts_));
    std::filesystem::create_directories(later);
    for (const char* name : {"batchd.db", "batchd.db-wal"}) {
      if (std::filesystem::exists(current_ / name)) std::filesystem::copy(current_ / name, later / name);
    }
    current_ = later;
  }

 private:
  test::TemporaryFolder folder_;
  Path current_ = folder_ / "first";
  int cuts_ = 0;
};

}  // namespace

TEST_CASE("SQLite keeps runs as every store must") {
  SqliteBackend backend;
  conform_in_runs(backend);
}

TEST_CASE("SQLite keeps items as every store must") {
  SqliteBackend backend;
  conform_in_items(backend);
}

TEST_CASE("SQLite keeps decisions as every store must") {
  SqliteBackend backend;
  conform_in_decisions(backend);
}

TEST_CASE("SQLite keeps outcomes as every store must") {
  SqliteBackend backend;
  conform_in_outcomes(backend);
}

TEST_CASE("SQLite keeps retries as every store must") {
  SqliteBackend backend;
  conform_in_retries(backend);
}

TEST_CASE("SQLite keeps who is to be told as every store must") {
  SqliteBackend backend;
  conform_in_deliveries(backend);
}

TEST_CASE("SQLite keeps tokens and the audit as every store must") {
  SqliteBackend backend;
  conform_in_access(backend);
}

TEST_CASE("SQLite keeps what is due as every store must") {
  SqliteBackend backend;
  conform_in_due_runs(backend);
}

TEST_CASE("SQLite keeps what persons wish as every store must") {
  SqliteBackend backend;
  conform_in_wishes(backend);
}

TEST_CASE("SQLite keeps what can be reused as every store must") {
  SqliteBackend backend;
  conform_in_reuse(backend);
}

TEST_CASE("SQLite forgets what is pruned as every store must") {
  SqliteBackend backend;
  conform_in_pruning(backend);
}

}  // namespace batchd::store
