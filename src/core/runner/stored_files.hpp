#pragma once
// Files of the state directory, and what is noted of them. Blocking.

#include "ground/base/files.hpp"
#include "rules/model/run.hpp"

namespace batchd::runner {

// Of a file of our own: its length and XXH3-128.
Result<model::FileMark> mark_of_stored(const Path& file);
// By the same hash as `noted` has: SHA-256 or XXH3-128.
Result<model::FileMark> mark_like(const model::FileMark& noted, const Path& file);

// io: the file is not what was noted when it was written, and how; a hash that nobody noted is not asked for.
Status check_stored(const model::FileMark& noted, const Path& file);
// What a shard's answers are read with is there and as long as it was. not_found: the answers are not; io: the rows.
Status check_for_collecting(const model::Shard& shard, const Path& state_folder);

}  // namespace batchd::runner
