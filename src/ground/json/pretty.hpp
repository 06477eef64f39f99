#pragma once
// JSON for people: over several lines, two blanks a level.

#include <string>
#include <string_view>

namespace batchd::json {

// What is no JSON comes back as it is.
std::string pretty(std::string_view text);

}  // namespace batchd::json
