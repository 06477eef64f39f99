#pragma once
// Paths as tables of routes write them: "/api/v1/runs/{run}/items".

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batchd::daemon {

// What stands in the place of {…}, in order; nothing: another path.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path);

}  // namespace batchd::daemon
