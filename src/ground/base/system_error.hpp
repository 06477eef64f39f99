#pragma once
// What the system refused, as an Error of ours.

#include <filesystem>
#include <string_view>

#include "ground/base/result.hpp"

namespace batchd {

// "cannot open rows.jsonl: Permission denied". `number` is errno; ENOENT and ENOTDIR become ErrorKind::not_found, every
// other ErrorKind::io. The hint says what to do where that is known (a full disk, a missing permission, too many
// files).
Error system_error(int number, std::string_view doing, const std::filesystem::path& path);

}  // namespace batchd
