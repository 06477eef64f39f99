#include "line/report/publish.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ground/base/ulid.hpp"

namespace batchd::report {
namespace {

// Both names stay taken at every moment: a reader never finds the folder missing.
bool exchange(const Path& one, const Path& other) {
  return ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0;
}

// What the link says now; "" when there is none.
std::string target_of(const Path& link) {
  char target[256];
  const ssize_t length = ::readlink(link.c_str(), target, sizeof target);
  return length > 0 && length < static_cast<ssize_t>(sizeof target)
             ? std::string(target, static_cast<std::size_t>(length))
             : std::string();
}

bool is_something_else(const Path& link) {
  struct stat facts{};
  return ::lstat(link.c_str(), &facts) == 0 && !S_ISLNK(facts.st_mode);
}

}  // namespace

Status publish(const Path& partial, const Path& final_folder) {
  if (!exists(final_folder)) return rename_durably(partial, final_folder);
  if (!exchange(partial, final_folder)) {
    if (auto removed = remove_tree(final_folder); !removed) return removed;
    return rename_durably(partial, final_folder);
  }
  if (auto synced = sync_folder(final_folder.parent_path()); !synced) return synced;
  return remove_tree(partial);  // the older one, by now
}

Status move_latest(const Path& parent, std::string_view run) {
  const Path link = parent / link_name;
  if (is_something_else(link)) {
    return Error{ErrorKind::io,
                 fmt::format("{} is not a link: batchd keeps a link to the newest run there", link.string()),
                 "Give what lies there another name, then give the same command again."};
  }
  const std::string target = target_of(link);
  if (is_ulid(target) && target > run && exists(parent / target)) return {};
  return point_link(link, run);
}

}  // namespace batchd::report
