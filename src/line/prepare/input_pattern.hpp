#pragma once
// glob(7) patterns: `*`, `?` and `[…]` in any part of a path, hidden names only when the pattern says the dot. No
// braces and no `**`. A part that exists as it is written is not taken for a pattern: `[old]` may be a folder.

#include <vector>

#include "line/prepare/prepare.hpp"

namespace batchd::prepare {

// How many parts at the end of the path are, or come behind, a pattern; 0: it names one file.
std::size_t parts_of_pattern(const Path& path);
// What matches, folders and special files too, by name, bytewise. Empty when nothing does. invalid: a folder that may
// not be read, or more than input_files_max matches.
Result<std::vector<Path>> matches_of(const Path& pattern, const std::string& as_written);
// For a pattern nothing matches: the deepest folder to look at, and what there is instead, when that is little.
std::string what_is_there(const Path& pattern);

}  // namespace batchd::prepare
