#pragma once
// Files of the state directory, and what is noted of them. Blocking.

#include "ground/base/files.hpp"
#include "rules/model/run.hpp"

namespace batchd::runner {

// Of a file of our own: its length and XXH3-128.
Result<model::FileMark> mark_of_stored(const Path& file);
// By the same hash as `noted` has: SHA-256 or XXH3-128.
Result<model::FileMark> mark_like(const model::FileMark& noted, const Path& file);

}  // namespace batchd::runner
