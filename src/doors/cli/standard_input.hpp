#pragma once
// Standard input, kept in a file: an input is read more than once, a pipe is not.

#include <cstdint>
#include <functional>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd::cli {

// Reads standard input to its end into a file without a name on the folder's disk (made when missing). Its path() is an
// InputSpec's while the File lives; nothing of it outlives the process. invalid: standard input is a terminal. io: it
// could not be read, or the disk is nearly full.
Result<File> spool_standard_input(const Path& folder);

// The same of any descriptor, with the disk's free space asked for where a test may answer.
using FreeSpace = std::function<Result<std::uint64_t>(const Path& folder)>;
inline constexpr std::uint64_t looks_at_disk_every_bytes = 64 << 20;
inline constexpr std::uint64_t disk_reserve_bytes = 256 << 20;  // the requests made of it want room, too
Result<File> spool(int descriptor, const Path& folder, const FreeSpace& free_space);

}  // namespace batchd::cli
