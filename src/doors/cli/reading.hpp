#pragma once
// How runs are written down for reading commands.

#include <string>

#include "core/runner/run_facts.hpp"
#include "core/store/store.hpp"
#include "doors/cli/layout.hpp"
#include "ground/base/clock.hpp"
#include "line/report/run_json.hpp"

namespace batchd::cli {

using report::Mood;
using report::newest_submission;
using report::Owner;
using report::owner_of;
using report::run_json;
using report::RunFacts;
using report::Standing;
using report::standing_of;
using report::told;
using report::waiting_sentence;
using report::WaitingWatch;
using runner::facts_of;

// How it stands in sentences: on a terminal broken to its width, all lines but the first indented.
std::string standing_paragraph(const Canvas& canvas, const Standing& standing, unsigned indent);
// Everything `status RUN` says: counts, how it stands, shards and batches, what happened lately, what to type next.
std::string status_page(const Canvas& canvas, const RunFacts& facts, const std::vector<model::Happening>& lately,
                        Time now);

}  // namespace batchd::cli
