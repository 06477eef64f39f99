// A named output is whole or not there, and what is no file stays what it is.

#include "doors/cli/output_file.hpp"

#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

std::size_t entries_of(const Path& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder))
    ++count;
  return count;
}

mode_t mode_of(const Path& file) {
  struct stat facts{};
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  return facts.st_mode & 07777;
}

TEST_CASE("the old file stands until the new one is whole, and keeps its mode") {
  const test::TemporaryFolder folder;
  const Path target = folder.write("out.jsonl", "old");
  REQUIRE(::chmod(target.c_str(), 0640) == 0);
  {
    auto file = OutputFile::create(target);
    REQUIRE(file.ok());
    REQUIRE(file->write("new ").ok());
    CHECK(folder.read("out.jsonl") == "old");
    REQUIRE(file->write("one").ok());
    REQUIRE(file->finish().ok());
  }
  CHECK(folder.read("out.jsonl") == "new one");
  CHECK(mode_of(target) == 0640);
  CHECK(entries_of(folder.path()) == 1);
}

TEST_CASE("what is given up half-way leaves the old file and nothing beside it") {
  const test::TemporaryFolder folder;
  const Path target = folder.write("out.jsonl", "old");
  {
    auto file = OutputFile::create(target);
    REQUIRE(file.ok());
    REQUIRE(file->write("half").ok());
  }
  CHECK(folder.read("out.jsonl") == "old");
  CHECK(entries_of(folder.path()) == 1);
}

TEST_CASE("a new file has what the umask leaves") {
  const test::TemporaryFolder folder;
  const mode_t mask = ::umask(0027);
  auto file = OutputFile::create(folder / "out.csv");
  ::umask(mask);
  REQUIRE(file.ok());
  REQUIRE(file->finish().ok());
  CHECK(mode_of(folder / "out.csv") == 0640);
}

TEST_CASE("of a link the file it leads to is replaced, also where that is not there yet") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "far");
  std::filesystem::create_symlink("far/results", folder / "near");
  std::filesystem::create_symlink("near", folder / "nearer");
  auto file = OutputFile::create(folder / "nearer");
  REQUIRE(file.ok());
  REQUIRE(file->write("x").ok());
  REQUIRE(file->finish().ok());
  CHECK(folder.read("far/results") == "x");
  CHECK(std::filesystem::is_symlink(folder / "near"));
  CHECK(std::filesystem::is_symlink(folder / "nearer"));
}

TEST_CASE("a FIFO is written straight into, and is one afterwards") {
  const test::TemporaryFolder folder;
  const Path pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::string received;
  std::thread reader([&] {
    auto file = File::open_to_read(pipe);
    char buffer[16];
    for (auto count = file->read(buffer, sizeof buffer); *count > 0; count = file->read(buffer, sizeof buffer))
      received.append(buffer, *count);
  });
  {
    auto file = OutputFile::create(pipe);
    REQUIRE(file.ok());
    REQUIRE(file->write("through").ok());
    REQUIRE(file->finish().ok());
  }
  reader.join();
  CHECK(received == "through");
  CHECK(std::filesystem::is_fifo(pipe));
  CHECK(entries_of(folder.path()) == 1);
}

TEST_CASE("a link into /proc, as /dev/stdout is one, is written straight into") {
  const test::TemporaryFolder folder;
  auto behind = File::create(folder / "behind");
  REQUIRE(behind.ok());
  REQUIRE(behind->write("before ").ok());  // >> and not >
  std::filesystem::create_symlink("/proc/self/fd/" + std::to_string(behind->descriptor()), folder / "stdout");
  auto file = OutputFile::create(folder / "stdout");
  REQUIRE(file.ok());
  REQUIRE(file->write("straight").ok());
  CHECK(folder.read("behind") == "before straight");
  REQUIRE(file->finish().ok());
  CHECK(std::filesystem::is_symlink(folder / "stdout"));
  CHECK(entries_of(folder.path()) == 2);
}

TEST_CASE("a folder that is not there is named with the file") {
  const test::TemporaryFolder folder;
  const auto file = OutputFile::create(folder / "gone" / "out.jsonl");
  REQUIRE_FALSE(file.ok());
  CHECK(file.error().message.find((folder / "gone" / "out.jsonl").string()) != std::string::npos);
}

}  // namespace
}  // namespace batchd::cli
