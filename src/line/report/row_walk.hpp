#pragma once
// All rows of a run, page by page: while one page is worked on, the next is already being asked for.

#include <cstdint>
#include <functional>

#include "line/report/report.hpp"

namespace batchd::report {

inline constexpr std::uint32_t page_rows = 4'096;  // asked for at a time; two pages are held

// `rows` is called by the caller's thread, `take` by one other at a time, row by row, in order. Ends with the first
// error of either; nothing runs any more when it returns.
Status walk(const Rows& rows, const std::function<Status(const RowRef&)>& take);

}  // namespace batchd::report
