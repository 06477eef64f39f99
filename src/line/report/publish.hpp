#pragma once
// A folder that appears whole or not at all, and the link to the newest one.

#include <string_view>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd::report {

inline constexpr std::string_view link_name = "latest";

// `partial` becomes `final`: one rename. A folder that stands there already, from a crash before the store knew or
// from before a retry, is exchanged for it in one step; where the file system cannot do that, in two.
Status publish(const Path& partial, const Path& final_folder);

// `<parent>/latest` -> `run`, unless it points to a newer run that is there: ids sort by time.
Status move_latest(const Path& parent, std::string_view run);

}  // namespace batchd::report
