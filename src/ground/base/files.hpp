#pragma once
// Files, written so that a crash at any moment leaves the old file or the new one, never half of either.
// Every path is taken as given and used as the system would: callers hand in absolute ones.
// Errors are ErrorKind::io and name the path and the system's reason; a missing file is ErrorKind::not_found.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/base/result.hpp"

namespace batchd {

using Path = std::filesystem::path;

// An open file descriptor; closed with its owner.
class File {
 public:
  static Result<File> open_to_read(const Path& path);
  static Result<File> create(const Path& path);  // 0600, truncated
  // A file without a name on the folder's disk: nobody finds it, and it is gone with its descriptor, after a kill, too.
  // path() is one by which this process can open it again as long as this File lives.
  static Result<File> create_unnamed(const Path& folder);
  static Result<File> open_to_append(const Path& path);  // 0600, created when missing
  File() = default;
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  const Path& path() const { return path_; }

  // Up to buffer_size bytes; 0 at the end of the file.
  Result<std::size_t> read(char* buffer, std::size_t buffer_size);
  // Exactly `length` bytes from `offset` into `out` (resized); a shorter file is an error.
  Status read_at(std::uint64_t offset, std::size_t length, std::string& out) const;
  Status write(std::string_view bytes);  // all of them
  Status sync();                         // fdatasync
  // Asks the kernel to begin writing this stretch to the disk: sync() then has less to wait for. A hint, no more.
  void begin_writeback(std::uint64_t offset, std::uint64_t length) const;
  Result<std::uint64_t> size() const;
  Status seek(std::uint64_t offset);
  Status truncate(std::uint64_t size);
  Status close();  // reports what the destructor cannot

 private:
  File(int descriptor, Path path) : descriptor_(descriptor), path_(std::move(path)) {}
  int descriptor_ = -1;
  Path path_;
};

// A buffered sequential writer that knows its offset. Bytes are durable only after finish(); a writer that is dropped
// before loses what it had not flushed.
class FileWriter {
 public:
  static constexpr std::size_t buffer_bytes = 256 * 1024;
  static constexpr std::uint64_t writeback_bytes = 8'000'000;  // the disk is set to work each time so many are written
  static Result<FileWriter> create(const Path& path);          // 0600, truncated
  Status write(std::string_view bytes);
  std::uint64_t offset() const { return offset_; }  // bytes given to write() so far
  Status flush();                                   // to the kernel
  Status finish();                                  // flush, fdatasync, close
  const Path& path() const { return file_.path(); }

 private:
  explicit FileWriter(File file) : file_(std::move(file)) { buffer_.reserve(buffer_bytes); }
  Status pass_on(std::string_view bytes);
  File file_;
  std::string buffer_;
  std::uint64_t offset_ = 0;
  std::uint64_t passed_on_ = 0;     // bytes the kernel has
  std::uint64_t in_writeback_ = 0;  // of these, bytes the disk was asked to begin with
};

// What tells whether a file is still the one we read: cheap to ask, no content is read.
struct FileIdentity {
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  bool operator==(const FileIdentity&) const = default;
};
Result<FileIdentity> identity_of(const Path& path);

// The whole content; a file of more than bytes_max is an error, not a shortened text.
Result<std::string> read_file(const Path& path, std::uint64_t bytes_max);
// Temporary name beside it, write, fdatasync, rename, sync of the folder. Mode 0600 unless told.
Status write_file_atomically(const Path& path, std::string_view bytes, unsigned mode = 0600);
Status rename_durably(const Path& from, const Path& to);  // rename, then sync of the folder of `to`
Status sync_folder(const Path& folder);
Status make_folders(const Path& folder, unsigned mode = 0700);  // and its parents; existing ones keep their mode
Status remove_file(const Path& path);                           // a missing file is success
Status remove_tree(const Path& folder);                         // a missing folder is success
Status copy_range(const File& from, std::uint64_t offset, std::uint64_t length, FileWriter& to);
// Follows links: one that points nowhere does not exist. (Not `exists`: std::filesystem's would be found as well.)
bool path_exists(const Path& path);
// NFS, SMB/CIFS, 9p, Ceph, AFS, Lustre by statfs magic; FUSE by its kind in the mount table (sshfs, rclone, s3fs …).
Result<bool> is_on_network_file_system(const Path& folder);
Result<std::uint64_t> free_disk_bytes(const Path& folder);

// A folder below $TMPDIR that nobody else has, 0700, removed with its owner. A kill leaves it to whoever cleans
// $TMPDIR.
class ScratchFolder {
 public:
  static Result<ScratchFolder> make(std::string_view name);
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();
  const Path& path() const { return path_; }

 private:
  explicit ScratchFolder(Path path) : path_(std::move(path)) {}
  Path path_;
};

// A symbolic link `link` -> `target` (kept as given, may be relative), replaced atomically. One caller at a time for
// one link and one target; what a killed one left is taken away by the next.
Status point_link(const Path& link, const Path& target);

}  // namespace batchd
