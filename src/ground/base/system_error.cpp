#include "ground/base/system_error.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace batchd {
namespace {

std::string_view hint_for(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return "Free some space or raise the quota, then run the same command again.";
    case EACCES:
    case EPERM:
    case EROFS:
      return "Check who owns it and whether this user may read and write there.";
    case EMFILE:
    case ENFILE:
      return "Too many files are open: raise the limit (ulimit -n) and run the same command again.";
    case EIO:
      return "The disk reported an error: look at the system's log before trying again.";
    default:
      return "";
  }
}

}  // namespace

Error system_error(int number, std::string_view doing, const std::filesystem::path& path) {
  const ErrorKind kind = number == ENOENT || number == ENOTDIR ? ErrorKind::not_found : ErrorKind::io;
  return Error(kind, fmt::format("cannot {} {}: {}", doing, path.string(), std::generic_category().message(number)),
               std::string(hint_for(number)));
}

}  // namespace batchd
