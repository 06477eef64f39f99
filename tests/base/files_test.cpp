#include "ground/base/files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "support/temporary_folder.hpp"

using namespace batchd;
using batchd::test::TemporaryFolder;

namespace {

unsigned mode_of(const Path& path) {
  struct stat facts{};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 0777U;
}

}  // namespace

TEST_CASE("an atomic write replaces the whole file and leaves nothing beside it") {
  const TemporaryFolder folder;
  const Path path = folder.write("report.json", "the old, longer text");
  REQUIRE(write_file_atomically(path, "new").ok());
  CHECK(folder.read("report.json") == "new");
  CHECK(folder.count() == 1);
  CHECK(mode_of(path) == 0600);
  REQUIRE(write_file_atomically(path, "", 0644).ok());
  CHECK(mode_of(path) == 0644);
  CHECK(folder.read("report.json").empty());
}

TEST_CASE("an atomic write that fails keeps the old file and cleans up") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "taken");
  folder.write("taken/inside", "x");
  const auto status = write_file_atomically(folder / "taken", "text");  // a folder cannot be replaced by a file
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().kind == ErrorKind::io);
  CHECK(folder.count() == 1);
  CHECK(folder.read("taken/inside") == "x");
}

TEST_CASE("a missing file is not_found, and every error names path and reason") {
  const TemporaryFolder folder;
  const Path missing = folder / "missing.jsonl";
  const auto opened = File::open_to_read(missing);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().kind == ErrorKind::not_found);
  CHECK(opened.error().message == "cannot open " + missing.string() + ": No such file or directory");
  CHECK(identity_of(missing).error().kind == ErrorKind::not_found);
  CHECK(read_file(missing, 10).error().kind == ErrorKind::not_found);
  CHECK_FALSE(path_exists(missing));
}

TEST_CASE("a folder is not read as a file") {
  const TemporaryFolder folder;
  const auto opened = File::open_to_read(folder.path());
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().kind == ErrorKind::io);
  CHECK(opened.error().message.find("Is a directory") != std::string::npos);
}

TEST_CASE("a file above its limit is refused, one at the limit is read") {
  const TemporaryFolder folder;
  const Path path = folder.write("job.yaml", "12345");
  CHECK(read_file(path, 5).value() == "12345");
  const auto over = read_file(path, 4);
  REQUIRE_FALSE(over.ok());
  CHECK(over.error().message.find("more than 4 bytes") != std::string::npos);
}

TEST_CASE("a file without a size is read to its end") {
  const auto bytes = read_file("/proc/self/status", 1 << 20);
  REQUIRE(bytes.ok());
  CHECK_FALSE(bytes->empty());
}

TEST_CASE("a file larger than the read buffer comes back whole") {
  const TemporaryFolder folder;
  std::string text;
  while (text.size() < 3 * FileWriter::buffer_bytes + 17)
    text += std::to_string(text.size());
  CHECK(read_file(folder.write("big", text), text.size()).value() == text);
}

TEST_CASE("a writer knows its offset and keeps the order of small and large pieces") {
  const TemporaryFolder folder;
  auto writer = FileWriter::create(folder / "shard.jsonl");
  REQUIRE(writer.ok());
  std::string expected;
  for (std::size_t size : {std::size_t{3}, FileWriter::buffer_bytes, std::size_t{0}, FileWriter::buffer_bytes - 1,
                           std::size_t{2}, 2 * FileWriter::buffer_bytes + 5}) {
    const std::string piece(size, static_cast<char>('a' + expected.size() % 26));
    REQUIRE(writer->write(piece).ok());
    expected += piece;
    CHECK(writer->offset() == expected.size());
  }
  REQUIRE(writer->finish().ok());
  CHECK(folder.read("shard.jsonl") == expected);
  CHECK(mode_of(folder / "shard.jsonl") == 0600);
}

TEST_CASE("a file large enough for the disk to begin early holds what was written, in order") {
  TemporaryFolder folder;
  auto writer = FileWriter::create(folder / "large");
  REQUIRE(writer.ok());
  std::string expected;
  for (int n = 0; expected.size() < 2 * FileWriter::writeback_bytes + 100; ++n) {
    const std::string piece(static_cast<std::size_t>(1 + n % 3) * 200'000, static_cast<char>('a' + n % 26));
    REQUIRE(writer->write(piece).ok());
    expected += piece;
  }
  REQUIRE(writer->finish().ok());
  CHECK(folder.read("large") == expected);
}

TEST_CASE("a writer that was moved goes on where the first one stopped") {
  const TemporaryFolder folder;
  auto first = FileWriter::create(folder / "x");
  REQUIRE(first.ok());
  REQUIRE(first->write("one ").ok());
  FileWriter second = *std::move(first);
  REQUIRE(second.write("two").ok());
  CHECK(second.offset() == 7);
  REQUIRE(second.finish().ok());
  CHECK(folder.read("x") == "one two");
}

TEST_CASE("bytes at an offset are read exactly, and a shorter file is an error that says where it ends") {
  const TemporaryFolder folder;
  const auto file = File::open_to_read(folder.write("answers.jsonl", "0123456789"));
  REQUIRE(file.ok());
  std::string bytes;
  REQUIRE(file->read_at(3, 4, bytes).ok());
  CHECK(bytes == "3456");
  REQUIRE(file->read_at(10, 0, bytes).ok());
  CHECK(bytes.empty());
  const auto over = file->read_at(8, 4, bytes);
  REQUIRE_FALSE(over.ok());
  CHECK(over.error().kind == ErrorKind::io);
  CHECK(over.error().message.find("ends at byte 10") != std::string::npos);
}

TEST_CASE("appending keeps what is there, and a cut file goes on from the cut") {
  const TemporaryFolder folder;
  const Path path = folder.write("journal", "one\ntwo\nhal");
  auto file = File::open_to_append(path);
  REQUIRE(file.ok());
  REQUIRE(file->truncate(8).ok());
  REQUIRE(file->write("three\n").ok());
  CHECK(file->size().value() == 14);
  REQUIRE(file->close().ok());
  CHECK_FALSE(file->is_open());
  CHECK(folder.read("journal") == "one\ntwo\nthree\n");
}

TEST_CASE("a sought file is read from there to its end") {
  const TemporaryFolder folder;
  auto file = File::open_to_read(folder.write("x", "0123456789"));
  REQUIRE(file.ok());
  REQUIRE(file->seek(7).ok());
  char buffer[8];
  CHECK(file->read(buffer, sizeof buffer).value() == 3);
  CHECK(file->read(buffer, sizeof buffer).value() == 0);
}

TEST_CASE("a range is copied across many buffers, and a missing end is an error") {
  const TemporaryFolder folder;
  std::string text;
  while (text.size() < 2 * FileWriter::buffer_bytes + 100)
    text += std::to_string(text.size());
  const auto from = File::open_to_read(folder.write("from", text));
  auto to = FileWriter::create(folder / "to");
  REQUIRE(from.ok());
  REQUIRE(to.ok());
  REQUIRE(to->write("head ").ok());
  REQUIRE(copy_range(*from, 10, text.size() - 20, *to).ok());
  CHECK_FALSE(copy_range(*from, text.size() - 5, 6, *to).ok());
  REQUIRE(to->finish().ok());
  CHECK(folder.read("to") == "head " + text.substr(10, text.size() - 20));
}

TEST_CASE("a full disk is an error with a hint") {
  if (!path_exists("/dev/full")) return;
  auto file = File::open_to_append("/dev/full");
  REQUIRE(file.ok());
  const auto written = file->write("x");
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().kind == ErrorKind::io);
  CHECK(written.error().message == "cannot write /dev/full: No space left on device");
  CHECK(written.error().hint.find("space") != std::string::npos);
}

TEST_CASE("a file's identity changes with its content, its name and its place") {
  const TemporaryFolder folder;
  const Path path = folder.write("rows.jsonl", "one");
  const auto before = identity_of(path);
  REQUIRE(before.ok());
  CHECK(before->size_bytes == 3);
  CHECK(*identity_of(path) == *before);
  folder.write("rows.jsonl", "more");
  CHECK_FALSE(*identity_of(path) == *before);
  CHECK_FALSE(*identity_of(folder.write("twin.jsonl", "more")) == *identity_of(path));
}

TEST_CASE("folders are made with their parents, and those that exist keep their mode") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "open");
  std::filesystem::permissions(folder / "open", std::filesystem::perms(0755));
  REQUIRE(make_folders(folder / "open/a/b").ok());
  REQUIRE(make_folders(folder / "open/a/b/").ok());
  CHECK(mode_of(folder / "open") == 0755);
  CHECK(mode_of(folder / "open/a") == 0700);
  CHECK(mode_of(folder / "open/a/b") == 0700);
}

TEST_CASE("a file in the way of a folder is named") {
  const TemporaryFolder folder;
  const Path file = folder.write("state", "x");
  const auto made = make_folders(folder / "state/spool");
  REQUIRE_FALSE(made.ok());
  CHECK(made.error().message.find(file.string()) != std::string::npos);
}

TEST_CASE("removing what is not there is success") {
  const TemporaryFolder folder;
  CHECK(remove_file(folder / "nothing").ok());
  CHECK(remove_tree(folder / "nothing").ok());
  folder.write("spool/01/shard-1.jsonl", "x");
  REQUIRE(remove_tree(folder / "spool").ok());
  CHECK(folder.count() == 0);
}

TEST_CASE("a link is made and moved without ever being gone, and may point relatively") {
  const TemporaryFolder folder;
  folder.write("run-1/x", "1");
  folder.write("run-2/x", "2");
  REQUIRE(point_link(folder / "latest", "run-1").ok());
  CHECK(folder.read("latest/x") == "1");
  REQUIRE(point_link(folder / "latest", "run-2").ok());
  CHECK(folder.read("latest/x") == "2");
  CHECK(std::filesystem::read_symlink(folder / "latest") == "run-2");
  CHECK(folder.count() == 3);
}

TEST_CASE("a link that was made and not yet named when its process was killed does not stay") {
  const TemporaryFolder folder;
  folder.write("run-1/x", "1");
  std::filesystem::create_symlink("run-1", folder / ".latest.run-1.partial");
  REQUIRE(point_link(folder / "latest", "run-1").ok());
  CHECK(folder.read("latest/x") == "1");
  CHECK(folder.count() == 2);
}

TEST_CASE("a link never replaces a real folder") {
  const TemporaryFolder folder;
  folder.write("latest/kept", "x");
  CHECK_FALSE(point_link(folder / "latest", "run-1").ok());
  CHECK(folder.read("latest/kept") == "x");
  CHECK(folder.count() == 1);
}

TEST_CASE("a scratch folder is gone with all it holds when its owner is") {
  Path kept;
  {
    auto scratch = ScratchFolder::make("batchd-test");
    REQUIRE(scratch.ok());
    const ScratchFolder moved = std::move(*scratch);
    kept = moved.path();
    REQUIRE(write_file_atomically(kept / "x", "1").ok());
  }
  CHECK_FALSE(path_exists(kept));
}

TEST_CASE("a durable rename replaces its target") {
  const TemporaryFolder folder;
  folder.write("results.partial", "new");
  folder.write("results.jsonl", "old");
  REQUIRE(rename_durably(folder / "results.partial", folder / "results.jsonl").ok());
  CHECK(folder.read("results.jsonl") == "new");
  CHECK(folder.count() == 1);
  CHECK(rename_durably(folder / "gone", folder / "x").error().kind == ErrorKind::not_found);
}

TEST_CASE("the disk tells what is free, and /proc is no network file system") {
  const TemporaryFolder folder;
  CHECK(free_disk_bytes(folder.path()).value() > 0);
  CHECK_FALSE(is_on_network_file_system("/proc").value());
  CHECK(is_on_network_file_system(folder / "gone").error().kind == ErrorKind::not_found);
}

TEST_CASE("a file without a name lies on the folder's disk, can be read again, and nobody finds it") {
  const TemporaryFolder folder;
  auto file = File::create_unnamed(folder.path());
  REQUIRE(file.ok());
  REQUIRE(file->write("text").ok());
  CHECK(folder.count() == 0);
  CHECK(read_file(file->path(), 100).value() == "text");
  CHECK(read_file(file->path(), 100).value() == "text");  // from its beginning each time
  CHECK(identity_of(file->path()).value().device == identity_of(folder.path()).value().device);
  const Path gone = file->path();
  REQUIRE(file->close().ok());
  CHECK_FALSE(path_exists(gone));
  CHECK(File::create_unnamed(folder / "none").error().kind == ErrorKind::not_found);
}
