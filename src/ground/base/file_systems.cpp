// What a folder lies on: how much room is left, and whether SQLite's locks can be trusted there.
#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>

#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "ground/base/files.hpp"
#include "ground/base/system_error.hpp"

namespace batchd {
namespace {

// From linux/magic.h and statfs(2); f_type is signed on some machines, hence the cut to 32 bits.
constexpr std::array<std::uint32_t, 8> network_magics = {
    0x6969,      // NFS
    0x517B,      // SMB
    0xFE534D42,  // SMB2
    0xFF534D42,  // CIFS
    0x01021997,  // 9p
    0x00C36400,  // Ceph
    0x5346414F,  // AFS
    0x0BD00BD0,  // Lustre
};
constexpr std::uint32_t fuse_magic = 0x65735546;

// Every FUSE file system has one magic; its kind stands in the mount table, as "fuse.sshfs".
constexpr std::array<std::string_view, 8> network_fuse_kinds = {
    "fuse.sshfs",   "fuse.rclone", "fuse.s3fs",     "fuse.glusterfs",
    "fuse.gcsfuse", "fuse.davfs",  "fuse.smbnetfs", "fuse.ceph",
};

// The file-system type in /proc/self/mountinfo of the mount a device number belongs to; empty when it is not listed.
std::string mounted_kind(dev_t device) {
  const std::string wanted = std::to_string(major(device)) + ":" + std::to_string(minor(device));
  std::ifstream table("/proc/self/mountinfo");
  for (std::string line; std::getline(table, line);) {
    // id parent major:minor root mount-point options [optional fields] - type source …
    std::istringstream fields(line);
    std::string skipped, numbers, kind;
    fields >> skipped >> skipped >> numbers;
    if (numbers != wanted) continue;
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream(line.substr(dash + 3)) >> kind;
    return kind;
  }
  return {};
}

}  // namespace

Result<bool> is_on_network_file_system(const Path& folder) {
  struct statfs facts{};
  if (::statfs(folder.c_str(), &facts) != 0) return system_error(errno, "look at the file system of", folder);
  const auto magic = static_cast<std::uint32_t>(facts.f_type);
  for (std::uint32_t network : network_magics)
    if (magic == network) return true;
  if (magic != fuse_magic) return false;
  struct stat place{};
  if (::stat(folder.c_str(), &place) != 0) return system_error(errno, "look at", folder);
  const std::string kind = mounted_kind(place.st_dev);
  for (std::string_view network : network_fuse_kinds)
    if (kind == network) return true;
  return false;
}

Result<std::uint64_t> free_disk_bytes(const Path& folder) {
  struct statvfs facts{};
  if (::statvfs(folder.c_str(), &facts) != 0) return system_error(errno, "look at the file system of", folder);
  return std::uint64_t{facts.f_bavail} * facts.f_frsize;  // what this user may use, without root's reserve
}

}  // namespace batchd
