// Standard input is kept on a disk that may be too small for it.

#include "doors/cli/standard_input.hpp"

#include <vector>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

// A file of so many zero bytes that takes no room.
File zeros(const test::TemporaryFolder& folder, std::uint64_t bytes) {
  auto file = File::create_unnamed(folder.path());
  REQUIRE(file.ok());
  REQUIRE(file->truncate(bytes).ok());
  return std::move(*file);
}

// A disk that says each of these in turn, the last one ever after; and what it was asked.
struct Disk {
  std::vector<std::uint64_t> free_bytes;
  std::size_t looks = 0;
  FreeSpace space() {
    return [this](const Path&) -> Result<std::uint64_t> {
      return free_bytes.at(std::min(looks++, free_bytes.size() - 1));
    };
  }
};

TEST_CASE("what comes in is kept whole, and the disk looked at before the first byte and after each stretch") {
  const test::TemporaryFolder folder;
  Disk disk{{disk_reserve_bytes}};
  const File input = zeros(folder, looks_at_disk_every_bytes + 17);
  const auto kept = spool(input.descriptor(), folder / "incoming", disk.space());
  REQUIRE(kept.ok());
  CHECK(*kept->size() == looks_at_disk_every_bytes + 17);
  CHECK(disk.looks == 2);
}

TEST_CASE("a disk that is nearly full is told before anything is read") {
  const test::TemporaryFolder folder;
  Disk disk{{disk_reserve_bytes - 1}};
  const File input = zeros(folder, 1);
  const auto kept = spool(input.descriptor(), folder.path(), disk.space());
  REQUIRE_FALSE(kept.ok());
  CHECK(kept.error().kind == ErrorKind::io);
  CHECK(kept.error().message ==
        "the disk of " + folder.path().string() + " has only 268.4 MB left after 0 B of standard input");
  CHECK(kept.error().hint == "make room, or give a state directory on another disk with --state-dir; nothing was sent");
}

TEST_CASE("a disk that becomes full on the way ends it there, and leaves nothing") {
  const test::TemporaryFolder folder;
  Disk disk{{2 * disk_reserve_bytes, 1'000}};
  const File input = zeros(folder, 2 * looks_at_disk_every_bytes);
  const auto kept = spool(input.descriptor(), folder / "incoming", disk.space());
  REQUIRE_FALSE(kept.ok());
  CHECK(kept.error().message.ends_with("has only 1.0 kB left after 67.1 MB of standard input"));
  CHECK(std::filesystem::is_empty(folder / "incoming"));
}

TEST_CASE("a disk that cannot be asked is an error of its own") {
  const test::TemporaryFolder folder;
  const File input = zeros(folder, 1);
  const FreeSpace broken = [](const Path&) -> Result<std::uint64_t> { return Error(ErrorKind::io, "no such disk"); };
  const auto kept = spool(input.descriptor(), folder.path(), broken);
  REQUIRE_FALSE(kept.ok());
  CHECK(kept.error().message == "no such disk");
}

}  // namespace
}  // namespace batchd::cli
