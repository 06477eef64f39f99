#pragma once
// What who may not see texts of rows and answers is told of a run all the same. A provider that refuses something may
// quote the row it means, and so may an error about a row: where such words can stand, what kind of thing happened is
// told and the words are not. What is ours alone stays as it is.

#include <string>
#include <string_view>

#include "line/report/standing.hpp"
#include "rules/model/due_run.hpp"
#include "rules/model/run.hpp"

namespace batchd::daemon {

// In the place of words that are not told.
inline constexpr std::string_view withheld = "why is told to who may see content";

std::string discreet_text(const model::Happening& happening);

// In place; each is to be told to somebody without `content` then.
void make_discreet(model::Run& run);
void make_discreet(report::RunFacts& facts);
void make_discreet(model::DueRun& due);

}  // namespace batchd::daemon
