#include "doors/cli/standard_input.hpp"

#include <cerrno>

#include <fmt/format.h>
#include <unistd.h>

#include "doors/cli/terminal.hpp"
#include "ground/base/system_error.hpp"
#include "ground/base/units.hpp"

namespace batchd::cli {
namespace {

constexpr std::size_t piece_bytes = 1 << 20;

Status check_room(const Path& folder, std::uint64_t taken_bytes, const FreeSpace& free_space) {
  auto free = free_space(folder);
  if (!free) return free.error();
  if (*free >= disk_reserve_bytes) return {};
  return Error(ErrorKind::io,
               fmt::format("the disk of {} has only {} left after {} of standard input", folder.string(),
                           format_bytes(*free), format_bytes(taken_bytes)),
               "make room, or give a state directory on another disk with --state-dir; nothing was sent");
}

Result<std::size_t> read_piece(int descriptor, std::string& piece) {
  for (;;) {
    const auto count = ::read(descriptor, piece.data(), piece.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EINTR) continue;
    // Whatever is wrong with it, it is there: never `not_found`.
    return Error(ErrorKind::io, system_error(errno, "read", "standard input").message, "nothing was sent");
  }
}

}  // namespace

Result<File> spool_standard_input(const Path& folder) {
  if (is_terminal(STDIN_FILENO)) {
    return Error(ErrorKind::invalid, "the input is standard input (-), and that is this terminal",
                 "pipe the rows in, as in `zcat rows.jsonl.gz | batchd run …`, or name a file");
  }
  return spool(STDIN_FILENO, folder, free_disk_bytes);
}

Result<File> spool(int descriptor, const Path& folder, const FreeSpace& free_space) {
  if (auto made = make_folders(folder); !made) return made.error();
  auto file = File::create_unnamed(folder);
  if (!file) return file;
  std::string piece(piece_bytes, '\0');
  std::uint64_t bytes = 0;
  for (std::uint64_t look_at = 0;;) {
    if (bytes >= look_at) {
      if (auto room = check_room(folder, bytes, free_space); !room) return room.error();
      look_at = bytes + looks_at_disk_every_bytes;
    }
    auto count = read_piece(descriptor, piece);
    if (!count) return count.error();
    if (*count == 0) return file;
    if (auto written = file->write(std::string_view(piece).substr(0, *count)); !written)
      return written.error().within(fmt::format("standard input cannot be kept in {}", folder.string()));
    bytes += *count;
  }
}

}  // namespace batchd::cli
