#pragma once
// Charts as SVG, made here: no style, no script, and each says in words what it shows.

#include <cstdint>
#include <string>
#include <vector>

#include "doors/daemon/html.hpp"
#include "line/report/progress.hpp"
#include "rules/model/run.hpp"

namespace batchd::daemon {

inline constexpr std::size_t strip_runs_max = 30;

// A job's newest runs, the newest on the right: the colour is the state, the height how long it took beside the others.
html::Html run_strip(const std::vector<model::Run>& newest_first, Time now);
// The same in words: "28 of 30 succeeded".
std::string strip_words(const std::vector<model::Run>& newest_first);

// One line of several parts, each with its share.
struct Part {
  std::string kind;  // of its colour: a state's name
  std::uint64_t count = 0;
  std::string name = {};  // as it is told; "": as its kind
};
html::Html stacked_bar(const std::vector<Part>& parts, std::string_view what);
// What its colours mean, with the counts; parts of none are left out.
html::Html legend(const std::vector<Part>& parts);
std::vector<Part> outcome_parts(const model::Counts& counts);

html::Html progress_chart(const report::Progress& progress);

}  // namespace batchd::daemon
