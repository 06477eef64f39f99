#pragma once
// How runs and items are written down for reading commands, for people and as JSON.

#include <string>

#include "core/store/store.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/terminal.hpp"
#include "ground/base/clock.hpp"

namespace batchd::cli {

// One line for lists: id, job, state, items, when.
std::string run_line(const Style& style, const model::Run& run, const model::Counts& counts, Time now);
// The same as a JSON object with type "run".
std::string run_json(const model::Run& run, const model::Counts& counts, Time now);
// Everything `status RUN` says: counts, shards by stage, batches, what is waited for, what comes next.
std::string run_paragraphs(const Style& style, FoundRun& found, const model::Counts& counts, Time now);

// A stretch of a file under the state folder as text.
Result<std::string> read_blob(const Path& state_folder, const std::string& file, std::uint64_t offset,
                              std::uint64_t length);

}  // namespace batchd::cli
