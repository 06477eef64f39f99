#pragma once
// report.json: for programs.

#include <string>

#include "line/report/report.hpp"

namespace batchd::report {

inline constexpr int report_schema_version = 1;

// One line, without its end.
std::string report_json(const Request& request);

// Its state in our words. Where no batch came of the submission: "refused" (the provider said no), "unknown" (nobody
// could tell what became of it) or "never_arrived" (it certainly is not there).
std::string_view batch_state_text(const model::Submission& batch);

// How long the batches took at the provider, as far as both ends are known; in order of time.
std::vector<Duration> batch_durations(const Request& request);

}  // namespace batchd::report
