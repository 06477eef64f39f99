#pragma once
// How runs and items are written down for reading commands, for people and as JSON.

#include <string>

#include "core/store/store.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/standing.hpp"
#include "ground/base/clock.hpp"

namespace batchd::cli {

// A run as a JSON object with type "run"; with_shards: with its standing and its shards as well.
std::string run_json(const RunFacts& facts, Time now, bool with_shards);
// How it stands in sentences: on a terminal broken to its width, all lines but the first indented.
std::string standing_paragraph(const Canvas& canvas, const Standing& standing, unsigned indent);
// Everything `status RUN` says: counts, how it stands, shards and batches, what happened lately, what to type next.
std::string status_page(const Canvas& canvas, const RunFacts& facts, const std::vector<model::Happening>& lately,
                        Time now);

// A stretch of a file under the state folder as text.
Result<std::string> read_blob(const Path& state_folder, const std::string& file, std::uint64_t offset,
                              std::uint64_t length);

}  // namespace batchd::cli
