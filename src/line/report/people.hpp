#pragma once
// report.md: for people who were not there.

#include <string>

#include "line/report/report.hpp"

namespace batchd::report {

inline constexpr std::size_t batches_shown_max = 50;  // report.json has all

std::string report_markdown(const Request& request, const Path& folder);

}  // namespace batchd::report
