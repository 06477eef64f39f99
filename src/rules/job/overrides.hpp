#pragma once
// --set request.model=X: one value of the tree, replaced or added, before anything is judged.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/job/yaml_tree.hpp"

namespace batchd::job {

// `path`: keys with dots between them, elements of a list by their number from 0. `value`: a YAML scalar, plain or in
// quotes. Maps on the way are made; an anchored value is changed in this place only. Returns the faults.
std::vector<YamlFault> override_value(YamlTree& tree, std::string_view path, std::string_view value,
                                      std::uint32_t origin);

}  // namespace batchd::job
