// Looking at runs where nothing may be written: another user's state folder, a read-only mount, a backup.

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/store/database.hpp"
#include "store/conformance.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::store {
namespace {

// Root may write everywhere; for the time of this value the process is nobody.
class Nobody {
 public:
  Nobody() {
    constexpr uid_t nobody = 65534;
    if (::geteuid() == 0) dropped_ = ::seteuid(nobody) == 0;
  }
  Nobody(const Nobody&) = delete;
  Nobody& operator=(const Nobody&) = delete;
  ~Nobody() {
    if (dropped_) CHECK(::seteuid(0) == 0);
  }

 private:
  bool dropped_ = false;
};

// A folder that everybody may read and nobody may write to.
class SealedFolder {
 public:
  explicit SealedFolder(const Path& folder) : folder_(folder) {
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      ::chmod(entry.path().c_str(), 0444);
    ::chmod(folder_.c_str(), 0555);
  }
  SealedFolder(const SealedFolder&) = delete;
  SealedFolder& operator=(const SealedFolder&) = delete;
  ~SealedFolder() { ::chmod(folder_.c_str(), 0700); }

 private:
  Path folder_;
};

void write_run(const Path& file) {
  auto store = Store::open(file, Mode::read_write);
  REQUIRE_OK(store);
  REQUIRE_OK((*store)->create_run(samples::run()));
}

TEST_CASE("a database that was closed properly is read where nothing may be written beside it") {
  const test::TemporaryFolder folder;
  const auto file = folder / "batchd.db";
  write_run(file);
  const SealedFolder sealed(folder.path());
  const Nobody nobody;
  auto store = Store::open(file, Mode::read_only);
  REQUIRE_OK(store);
  const auto run = (*store)->run(samples::run_id);
  REQUIRE_OK(run);
  CHECK(run->job == "tickets");
  CHECK_FALSE(folder.holds("batchd.db-wal"));
  CHECK_FALSE(folder.holds("batchd.db-shm"));
}

TEST_CASE("a name that means something in a URI is a name all the same") {
  const test::TemporaryFolder folder;
  const auto place = folder / "100% sure?#1";
  std::filesystem::create_directory(place);
  write_run(place / "batchd.db");
  ::chmod(folder.path().c_str(), 0755);
  const SealedFolder sealed(place);
  const Nobody nobody;
  auto store = Store::open(place / "batchd.db", Mode::read_only);
  REQUIRE_OK(store);
  CHECK((*store)->run(samples::run_id).ok());
}

TEST_CASE("changes that lie in the log are never left out in silence") {
  const test::TemporaryFolder folder;
  const auto file = folder / "batchd.db";
  write_run(file);
  folder.write("batchd.db-wal", std::string(4096, 'x'));
  const SealedFolder sealed(folder.path());
  const Nobody nobody;
  const auto store = Store::open(file, Mode::read_only);
  REQUIRE_FALSE(store);
  CHECK(store.error().kind == ErrorKind::io);
  CHECK(store.error().message.find("newest changes") != std::string::npos);
  CHECK(store.error().hint.find("may write to its folder") != std::string::npos);
}

}  // namespace
}  // namespace batchd::store
