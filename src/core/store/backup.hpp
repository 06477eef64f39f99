#pragma once
// A copy of the database that can be put in its place, made while others read and write it.

#include <cstdint>
#include <map>
#include <string>

#include "ground/base/clock.hpp"
#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd::store {

struct Backup {
  std::uint64_t bytes = 0;
  std::uint64_t jobs_paused = 0;
};

// One moment of the database in one file (0600): written under another name, checked by SQLite, synced, renamed.
// In the copy, and only there, every job is paused since `now`. What happened after the copy was made is not known to
// who goes on from it, so nothing is submitted there until a person has looked and unpauses it.
// Errors: invalid (the target is there already, or its folder is not; the database is of another version), not_found
// (no database), io.
Result<Backup> back_up(const Path& database, const Path& target, Time now);

// How many answers of each run would be copied by `reuse` if their requests came again, by the run's id.
Result<std::map<std::string, std::uint64_t>> answers_remembered(const Path& database);

}  // namespace batchd::store
