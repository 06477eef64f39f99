#pragma once
// The truth table: every row and every item is somewhere, and in one place only.

#include "line/report/report.hpp"
#include "line/report/rows.hpp"

namespace batchd::report {

// internal: the sum that is wrong, with its numbers.
Status check_counts(const Request& request);
// The rows that were written are the items that were counted.
Status check_copied(const Request& request, const Copied& copied);

}  // namespace batchd::report
