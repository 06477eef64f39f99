// File and FileWriter: one open descriptor each. The operations on paths are in files.cpp.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ground/base/files.hpp"
#include "ground/base/system_error.hpp"

namespace batchd {
namespace {

Result<int> open_descriptor(const Path& path, int flags, std::string_view doing) {
  while (true) {
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (descriptor >= 0) return descriptor;
    if (errno != EINTR) return system_error(errno, doing, path);
  }
}

}  // namespace

Result<File> File::open_to_read(const Path& path) {
  // A pipe that nobody writes into is empty; opened otherwise, it would be waited for, and who waits could not be
  // ended.
  auto descriptor = open_descriptor(path, O_RDONLY | O_NONBLOCK, "open");
  if (!descriptor) return descriptor.error();
  File file(*descriptor, path);
  if (::fcntl(*descriptor, F_SETFL, 0) != 0) return system_error(errno, "open", path);
  // A folder opens like a file and fails only at the first read, with a text that names neither.
  struct stat facts{};
  if (::fstat(*descriptor, &facts) == 0 && S_ISDIR(facts.st_mode)) return system_error(EISDIR, "read", path);
  return file;
}

Result<File> File::create(const Path& path) {
  auto descriptor = open_descriptor(path, O_RDWR | O_CREAT | O_TRUNC, "create");
  if (!descriptor) return descriptor.error();
  return File(*descriptor, path);
}

Result<File> File::create_unnamed(const Path& folder) {
  int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {  // not every file system can
    std::string name = (folder / ".batchd-unnamed-XXXXXX").string();
    descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor >= 0) ::unlink(name.c_str());
  }
  if (descriptor < 0) return system_error(errno, "create a file in", folder);
  return File(descriptor, "/proc/self/fd/" + std::to_string(descriptor));
}

Result<File> File::open_to_append(const Path& path) {
  auto descriptor = open_descriptor(path, O_RDWR | O_CREAT | O_APPEND, "open");
  if (!descriptor) return descriptor.error();
  return File(*descriptor, path);
}

File::File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  if (this == &other) return *this;
  if (is_open()) ::close(descriptor_);
  descriptor_ = std::exchange(other.descriptor_, -1);
  path_ = std::move(other.path_);
  return *this;
}

File::~File() {
  if (is_open()) ::close(descriptor_);
}

Result<std::size_t> File::read(char* buffer, std::size_t buffer_size) {
  while (true) {
    const ssize_t count = ::read(descriptor_, buffer, buffer_size);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return system_error(errno, "read", path_);
  }
}

Status File::read_at(std::uint64_t offset, std::size_t length, std::string& out) const {
  out.resize(length);
  std::size_t filled = 0;
  while (filled < length) {
    const ssize_t count =
        ::pread(descriptor_, out.data() + filled, length - filled, static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "read", path_);
    if (count == 0)
      return Error(ErrorKind::io, "cannot read " + path_.string() + ": it ends at byte " +
                                      std::to_string(offset + filled) + ", before the " + std::to_string(length) +
                                      " bytes expected at " + std::to_string(offset));
    filled += static_cast<std::size_t>(count);
  }
  return {};
}

Status File::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Status File::sync() {
  // Never repeated: after a failed sync the kernel may have dropped the pages, and a second one would lie.
  if (::fdatasync(descriptor_) != 0) return system_error(errno, "sync", path_);
  return {};
}

void File::begin_writeback(std::uint64_t offset, std::uint64_t length) const {
  // What this cannot do (another file system, an error of the disk) sync() will do, or say.
  static_cast<void>(::sync_file_range(descriptor_, static_cast<off64_t>(offset), static_cast<off64_t>(length),
                                      SYNC_FILE_RANGE_WRITE));
}

Result<std::uint64_t> File::size() const {
  struct stat facts{};
  if (::fstat(descriptor_, &facts) != 0) return system_error(errno, "look at", path_);
  return static_cast<std::uint64_t>(facts.st_size);
}

Status File::seek(std::uint64_t offset) {
  if (::lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0) return system_error(errno, "seek in", path_);
  return {};
}

Status File::truncate(std::uint64_t size) {
  while (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0)
    if (errno != EINTR) return system_error(errno, "shorten", path_);
  return {};
}

Status File::close() {
  if (!is_open()) return {};
  // On Linux the descriptor is gone whatever close() says, EINTR included.
  const int closed = ::close(std::exchange(descriptor_, -1));
  if (closed != 0 && errno != EINTR) return system_error(errno, "close", path_);
  return {};
}

Result<FileWriter> FileWriter::create(const Path& path) {
  auto file = File::create(path);
  if (!file) return file.error();
  return FileWriter(std::move(*file));
}

Status FileWriter::write(std::string_view bytes) {
  offset_ += bytes.size();
  if (buffer_.size() + bytes.size() > buffer_bytes)
    if (auto flushed = flush(); !flushed) return flushed;
  if (bytes.size() >= buffer_bytes) return pass_on(bytes);  // copying it first would gain nothing
  buffer_ += bytes;
  return {};
}

Status FileWriter::flush() {
  if (buffer_.empty()) return {};
  auto written = pass_on(buffer_);
  buffer_.clear();
  return written;
}

// Left alone, a large file's bytes would wait in memory until finish(), and then finish() for the disk.
Status FileWriter::pass_on(std::string_view bytes) {
  if (auto written = file_.write(bytes); !written) return written;
  passed_on_ += bytes.size();
  if (passed_on_ - in_writeback_ >= writeback_bytes) {
    file_.begin_writeback(in_writeback_, passed_on_ - in_writeback_);
    in_writeback_ = passed_on_;
  }
  return {};
}

Status FileWriter::finish() {
  if (auto flushed = flush(); !flushed) return flushed;
  if (auto synced = file_.sync(); !synced) return synced;
  return file_.close();
}

}  // namespace batchd
