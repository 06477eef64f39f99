#pragma once
// A run as programs read it, while it goes on and afterwards.

#include <string>

#include "line/report/standing.hpp"

namespace batchd::report {

// A JSON object with type "run"; with_shards: with its standing and its shards as well. `note`: a sentence about what
// was just asked; "": none.
std::string run_json(const RunFacts& facts, Time now, bool with_shards, std::string_view note = "");

}  // namespace batchd::report
