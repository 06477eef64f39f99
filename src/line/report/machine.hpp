#pragma once
// report.json: for programs.

#include <cstdint>
#include <string>

#include "line/report/report.hpp"

namespace batchd::report {

inline constexpr int report_schema_version = 1;

// One line, without its end.
std::string report_json(const Request& request);

// Its state in our words. Where no batch came of the submission: "refused" (the provider said no), "unknown" (nobody
// could tell what became of it) or "never_arrived" (it certainly is not there).
std::string_view batch_state_text(const model::Submission& batch);

// Requests that were answered in a second batch of theirs as well.
std::uint64_t requests_paid_twice(const Request& request);

// How long the batches took at the provider, as far as both ends are known; in order of time.
std::vector<Duration> batch_durations(const Request& request);

}  // namespace batchd::report
