#include "core/store/backup.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "store/samples.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::store;

namespace {

struct Kept {
  Kept() {
    REQUIRE(store->create_run(samples::run()).ok());
    REQUIRE(store->create_run(samples::run("01jd0000000000000000000002", "catalog", "key-2")).ok());
  }
  test::TemporaryFolder folder;
  Path database = folder / "batchd.db";
  Path copy = folder / "copy.db";
  std::unique_ptr<Store> store = *Store::open(database, Mode::read_write);
};

std::unique_ptr<Store> opened(const Path& file) {
  auto store = Store::open(file, Mode::read_write);
  REQUIRE_MESSAGE(store.ok(), (store ? "" : store.error().text()));
  return std::move(*store);
}

}  // namespace

TEST_CASE("a backup is made beside an open database, and holds what was committed by then") {
  Kept kept;
  const auto made = back_up(kept.database, kept.copy, samples::at(100));
  REQUIRE_MESSAGE(made.ok(), (made ? "" : made.error().text()));
  CHECK(made->jobs_paused == 2);
  const auto copy = opened(kept.copy);
  CHECK(copy->run(samples::run_id).ok());
  CHECK(copy->check_integrity().ok());
  struct stat facts{};
  REQUIRE(::stat(kept.copy.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  CHECK_FALSE(path_exists(kept.copy.string() + ".partial"));
}

TEST_CASE("in the copy every job is paused, and in the database none is") {
  Kept kept;
  REQUIRE(back_up(kept.database, kept.copy, samples::at(100)).ok());
  const auto pauses = opened(kept.copy)->pauses();
  REQUIRE(pauses.ok());
  REQUIRE(pauses->size() == 2);
  for (const auto& pause : *pauses) {
    CHECK(pause.of == model::PauseOf::job);
    CHECK(pause.since == samples::at(100));
  }
  CHECK(kept.store->pauses()->empty());
}

TEST_CASE("the copy knows that it does not know what comes after it, and the database knows all") {
  Kept kept;
  REQUIRE(back_up(kept.database, kept.copy, samples::at(100)).ok());
  const auto copy = opened(kept.copy);
  CHECK(copy->unseen_since("tickets").value() == samples::at(100));
  CHECK(copy->run("01jd0000000000000000000002")->asks_account);
  CHECK_FALSE(kept.store->unseen_since("tickets").value().has_value());
  REQUIRE(copy->note_seen("tickets").ok());
  CHECK_FALSE(copy->unseen_since("tickets").value().has_value());
  CHECK(copy->unseen_since("catalog").value() == samples::at(100));
  CHECK_FALSE(copy->unseen_since("never run").value().has_value());
}

TEST_CASE("runs of another life are dismissed one by one, and forgotten when no account lists them any more") {
  Kept kept;
  CHECK(kept.store->dismissed_runs("tickets")->empty());
  const std::vector<std::string> strange{"01jd000000000000000000000b", "01jd000000000000000000000a"};
  REQUIRE(kept.store->dismiss_runs("tickets", strange, samples::at(100), samples::at(0)).ok());
  REQUIRE(kept.store->dismiss_runs("tickets", std::span(strange).first(1), samples::at(200), samples::at(0)).ok());
  CHECK(kept.store->dismissed_runs("tickets").value() == std::vector{strange[1], strange[0]});
  CHECK(kept.store->dismissed_runs("catalog")->empty());
  REQUIRE(kept.store->dismiss_runs("catalog", {}, samples::at(300), samples::at(150)).ok());
  CHECK(kept.store->dismissed_runs("tickets").value() == std::vector{strange[0]});
}

TEST_CASE("a job that was paused before keeps its time in the copy") {
  Kept kept;
  REQUIRE(kept.store->pause({model::PauseOf::job, "catalog", samples::at(50)}).ok());
  REQUIRE(back_up(kept.database, kept.copy, samples::at(100)).ok());
  const auto pauses = opened(kept.copy)->pauses();
  REQUIRE(pauses->size() == 2);
  CHECK(pauses->front().name == "catalog");
  CHECK(pauses->front().since == samples::at(50));
}

TEST_CASE("what is at the target is not overwritten, and no database makes no file") {
  Kept kept;
  kept.folder.write("copy.db", "mine");
  const auto refused = back_up(kept.database, kept.copy, samples::at(100));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK(kept.folder.read("copy.db") == "mine");
  const auto missing = back_up(kept.folder / "none.db", kept.folder / "other.db", samples::at(100));
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().kind == ErrorKind::not_found);
  CHECK_FALSE(path_exists(kept.folder / "other.db"));
  CHECK_FALSE(path_exists(kept.folder / "other.db.partial"));
}
