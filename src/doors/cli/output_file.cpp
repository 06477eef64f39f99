#include "doors/cli/output_file.hpp"

#include <cerrno>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ground/base/system_error.hpp"

namespace batchd::cli {
namespace {

bool is_of_the_system(const Path& path) {
  const auto plain = path.lexically_normal().string();
  return plain.starts_with("/proc/") || (plain.starts_with("/dev/") && !plain.starts_with("/dev/shm/"));
}

// The file to be replaced, at the end of all links; nothing: it is to be written straight into.
std::optional<Path> file_to_replace(const Path& target) {
  constexpr int links_max = 40;  // the kernel's own limit
  std::error_code fault;
  Path path = std::filesystem::absolute(target, fault);
  for (int n = 0; n < links_max && !is_of_the_system(path); ++n) {
    const auto kind = std::filesystem::symlink_status(path, fault).type();
    if (kind == std::filesystem::file_type::symlink) {
      const Path next = std::filesystem::read_symlink(path, fault);
      if (fault) return std::nullopt;
      path = next.is_absolute() ? next : path.parent_path() / next;
      continue;
    }
    if (kind == std::filesystem::file_type::regular || kind == std::filesystem::file_type::not_found) return path;
    return std::nullopt;
  }
  return std::nullopt;
}

mode_t mode_for(const Path& file) {
  struct stat facts{};
  if (::stat(file.c_str(), &facts) == 0) return facts.st_mode & 07777;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace

OutputFile::OutputFile(OutputFile&& other) noexcept
    : target_(std::move(other.target_)),
      file_(std::move(other.file_)),
      temporary_(std::exchange(other.temporary_, Path())),
      straight_(std::exchange(other.straight_, -1)) {}

OutputFile::~OutputFile() {
  if (straight_ >= 0) ::close(straight_);
  if (!temporary_.empty()) static_cast<void>(remove_file(temporary_));
}

Result<OutputFile> OutputFile::create(const Path& target) {
  OutputFile output;
  const auto replaced = file_to_replace(target);
  if (!replaced) {
    output.target_ = target;
    output.straight_ = ::open(target.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);  // a FIFO waits for its reader
    if (output.straight_ < 0) return system_error(errno, "write to", target);
    return output;
  }
  output.target_ = *replaced;
  const Path temporary =
      replaced->parent_path() / fmt::format(".{}.{}.partial", replaced->filename().string(), ::getpid());
  auto file = File::create(temporary);
  if (!file) return file.error().within(fmt::format("cannot write {}", target.string()));
  output.file_ = std::move(*file);
  output.temporary_ = temporary;
  if (::fchmod(output.file_.descriptor(), mode_for(*replaced)) != 0)
    return system_error(errno, "set the mode of", temporary);
  return output;
}

Status OutputFile::write(std::string_view bytes) { return straight_ >= 0 ? write_straight(bytes) : file_.write(bytes); }

Status OutputFile::write_straight(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(straight_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "write to", target_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Status OutputFile::finish() {
  if (straight_ >= 0) {  // not synced: a pipe cannot be
    const int closed = ::close(std::exchange(straight_, -1));
    return closed == 0 || errno == EINTR ? Status{} : system_error(errno, "close", target_);
  }
  if (auto synced = file_.sync(); !synced) return synced;
  if (auto closed = file_.close(); !closed) return closed;
  if (auto renamed = rename_durably(temporary_, target_); !renamed) return renamed;
  temporary_.clear();
  return {};
}

}  // namespace batchd::cli
