#pragma once
// Standard input, kept in a file: an input is read more than once, a pipe is not.

#include "doors/cli/options.hpp"
#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd::cli {

// Reads standard input to its end into a file without a name on the folder's disk (made when missing). Its path() is an
// InputSpec's while the File lives; nothing of it outlives the process. invalid: standard input is a terminal. io: it
// could not be read, or the disk is nearly full.
Result<File> spool_standard_input(const Path& folder);

}  // namespace batchd::cli
