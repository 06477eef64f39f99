#pragma once
// What a file seems to be when its rows are not what the job says: one sentence that helps more than a hundred
// complaints.

#include <string>
#include <string_view>

#include "rules/model/job_spec.hpp"

namespace batchd::prepare {

inline constexpr std::size_t glimpse_bytes_max = 512;

// `first`: the beginning of the first row as it came, where that row could not be used. "": nothing comes to mind.
std::string hint_of_shape(std::string_view name, model::InputFormat format, std::string_view first);

// How to make UTF-8 of what is not.
std::string how_to_recode(std::string_view name);
bool is_no_text(std::string_view bytes);  // gzip's first bytes, or control characters no text has

}  // namespace batchd::prepare
