#pragma once
// The shape of the file and how it came about. `user_version` counts the steps that were taken; a file of an older
// batchd takes the missing ones in one transaction, a file of a newer one is refused.

#include <span>
#include <string_view>

#include "core/store/database.hpp"
#include "ground/base/result.hpp"

namespace batchd::store {

struct Step {
  int version;  // of the file after it: 1, 2, 3, …
  std::string_view sql;
};

std::span<const Step> steps();

// "btcd": tells our file from another program's.
inline constexpr std::int64_t application_id = 0x62746364;

// What an existing file is; 0 an empty one. invalid: it is another program's, or newer than `newest` (both versions
// are named).
Result<int> version_of(Database& database, int newest);

// Takes the steps the file lacks. Two processes may do this at once.
Status migrate(Database& database, std::span<const Step> all);

}  // namespace batchd::store
