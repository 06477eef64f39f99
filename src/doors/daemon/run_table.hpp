#pragma once
// Runs as a table, on the pages of jobs.

#include <vector>

#include "doors/daemon/home_page.hpp"

namespace batchd::daemon {

html::Html run_table(const std::vector<RunLine>& runs, bool with_jobs);

// "1,234 of 1,240 succeeded, 6 failed".
std::string counts_words(const model::Counts& counts, std::uint64_t items);

// A button that begins a run of the job, in two steps.
html::Html begin_form(const std::string& job, const std::string& begin_key);

// When it runs: in words and as its pattern.
html::Html schedule_of(const JobLine& job, Time now);

}  // namespace batchd::daemon
