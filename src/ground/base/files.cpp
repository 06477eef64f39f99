#include "ground/base/files.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ground/base/system_error.hpp"

namespace batchd {
namespace {

constexpr std::size_t copy_bytes = FileWriter::buffer_bytes;

Path folder_of(const Path& path) { return path.has_parent_path() ? path.parent_path() : Path("."); }

// A name of our own beside `path`, on the same file system, so that a rename replaces it in one step. The pid and the
// number keep two writers of one file apart.
Path temporary_name_beside(const Path& path) {
  static std::atomic<unsigned> number = 0;
  const std::string name =
      "." + path.filename().string() + "." + std::to_string(::getpid()) + "-" + std::to_string(number++) + ".partial";
  return folder_of(path) / name;
}

Status write_and_sync(const Path& path, std::string_view bytes, unsigned mode) {
  auto file = File::create(path);
  if (!file) return file.error();
  // fchmod, since the umask has its say when a file is created.
  if (::fchmod(file->descriptor(), static_cast<mode_t>(mode)) != 0) return system_error(errno, "set the mode of", path);
  if (auto written = file->write(bytes); !written) return written;
  if (auto synced = file->sync(); !synced) return synced;
  return file->close();
}

}  // namespace

Result<FileIdentity> identity_of(const Path& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return system_error(errno, "look at", path);
  return FileIdentity{.size_bytes = static_cast<std::uint64_t>(facts.st_size),
                      .modified_ns = std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec,
                      .inode = facts.st_ino,
                      .device = facts.st_dev};
}

Result<std::string> read_file(const Path& path, std::uint64_t bytes_max) {
  auto file = File::open_to_read(path);
  if (!file) return file.error();
  auto size = file->size();
  if (!size) return size.error();
  // A pipe or a file of /proc has no size: the reading below decides, not the figure above.
  std::string bytes;
  bytes.reserve(std::min(*size, bytes_max));
  std::string chunk(std::min<std::uint64_t>(copy_bytes, std::max<std::uint64_t>(*size, 4096) + 1), '\0');
  while (true) {
    auto count = file->read(chunk.data(), chunk.size());
    if (!count) return count.error();
    if (*count == 0) return bytes;
    if (bytes.size() + *count > bytes_max)
      return Error(ErrorKind::io,
                   "cannot read " + path.string() + ": it has more than " + std::to_string(bytes_max) + " bytes",
                   "That is the limit for a file of this kind.");
    bytes.append(chunk, 0, *count);
  }
}

Status write_file_atomically(const Path& path, std::string_view bytes, unsigned mode) {
  const Path temporary = temporary_name_beside(path);
  auto done = write_and_sync(temporary, bytes, mode);
  if (done) done = rename_durably(temporary, path);
  if (!done) ::unlink(temporary.c_str());
  return done;
}

Status rename_durably(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error(errno, "rename " + from.string() + " to", to);
  return sync_folder(folder_of(to));
}

Status sync_folder(const Path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_error(errno, "open the folder", folder);
  const int failed = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  // Some network file systems have no sync of a folder and say so: there is nothing more to be had from them.
  if (failed != 0 && failed != EINVAL && failed != ENOTSUP) return system_error(failed, "sync the folder", folder);
  return {};
}

Status make_folders(const Path& folder, unsigned mode) {
  Path so_far;
  for (const Path& part : folder) {
    so_far /= part;
    if (::mkdir(so_far.c_str(), static_cast<mode_t>(mode)) == 0) continue;
    const int failed = errno;
    // EEXIST is the usual case, but "/" and read-only parents may answer otherwise: ask what is there.
    struct stat facts{};
    const bool is_folder = ::stat(so_far.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
    if (!is_folder) return system_error(failed == EEXIST ? ENOTDIR : failed, "make the folder", so_far);
  }
  return {};
}

Status remove_file(const Path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error(errno, "remove", path);
  return {};
}

Status remove_tree(const Path& folder) {
  std::error_code problem;
  std::filesystem::remove_all(folder, problem);
  if (problem) return system_error(problem.value(), "remove the folder", folder);
  return {};
}

Status copy_range(const File& from, std::uint64_t offset, std::uint64_t length, FileWriter& to) {
  std::string chunk;
  while (length > 0) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(length, copy_bytes));
    if (auto got = from.read_at(offset, step, chunk); !got) return got;
    if (auto put = to.write(chunk); !put) return put;
    offset += step;
    length -= step;
  }
  return {};
}

bool path_exists(const Path& path) {
  struct stat facts{};
  return ::stat(path.c_str(), &facts) == 0;
}

Result<ScratchFolder> ScratchFolder::make(std::string_view name) {
  std::error_code no_folder;
  std::string path = (std::filesystem::temp_directory_path(no_folder) / name).string() + "-XXXXXX";
  if (no_folder || ::mkdtemp(path.data()) == nullptr) {
    Error error = system_error(no_folder ? no_folder.value() : errno, "make the folder", path);
    error.hint = "$TMPDIR says where there is room.";
    return error;
  }
  return ScratchFolder(path);
}

ScratchFolder::~ScratchFolder() {
  if (!path_.empty()) (void)remove_tree(path_);
}

Status point_link(const Path& link, const Path& target) {
  // By its target, not by our pid: what a kill left here the next try takes away.
  const Path temporary =
      folder_of(link) / ("." + link.filename().string() + "." + target.filename().string() + ".partial");
  if (auto removed = remove_file(temporary); !removed) return removed;
  if (::symlink(target.c_str(), temporary.c_str()) != 0) return system_error(errno, "make the link", link);
  auto done = rename_durably(temporary, link);
  if (!done) ::unlink(temporary.c_str());
  return done;
}

}  // namespace batchd
