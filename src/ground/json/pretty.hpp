#pragma once
// JSON for people: over several lines, two blanks a level.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace batchd::json {

// What is no JSON comes back as it is. What would become longer than bytes_max ends about there: white space may make
// much of little.
std::string pretty(std::string_view text, std::size_t bytes_max = SIZE_MAX);

}  // namespace batchd::json
