#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batchd {

// The candidate a person most likely meant by `word` (Damerau-Levenshtein distance at most a third of its length,
// at least 1, never the whole word, never above `distance_max`), or nothing. Ties go to the earlier candidate.
std::optional<std::string> suggest(std::string_view word, const std::vector<std::string>& candidates,
                                   std::size_t distance_max = SIZE_MAX);

}  // namespace batchd
