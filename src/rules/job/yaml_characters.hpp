#pragma once
// What may stand in a YAML text at all, checked before yaml-cpp sees it: that library passes wrong UTF-8 through and
// takes the byte 0x04 for the end of the file.

#include <optional>
#include <string_view>

#include "rules/job/yaml_tree.hpp"

namespace batchd::job {

// The first byte that is not UTF-8, or a control character other than tab, line feed and carriage return.
std::optional<YamlFault> character_fault(std::string_view text);

}  // namespace batchd::job
