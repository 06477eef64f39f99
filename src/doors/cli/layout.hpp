#pragma once
// Tables as people read them, on a terminal of so many columns or in a pipe. The time is handed in; the zone is the
// system's (TZ).

#include <string>
#include <string_view>
#include <vector>

#include "doors/cli/lookup.hpp"
#include "doors/cli/terminal.hpp"
#include "ground/base/clock.hpp"
#include "line/report/moments.hpp"
#include "rules/model/run.hpp"

namespace batchd::cli {

using report::clock_time;
using report::local_second;
using report::moment;
using report::roughly_ago;

// What standard output is: how wide, and whether a person reads it.
struct Canvas {
  unsigned columns = 80;
  bool person = false;  // a terminal: ids in short, local times, lines that fit. Else whole ids, UTC, whole lines
  Style style{false};
};
Canvas canvas_of(const GlobalOptions& global, int descriptor);

// The shortest beginning of a run's id, at least eight characters, that no other run of these states has. That is what
// RUN takes.
std::string short_id(std::vector<OpenedState>& states, const std::string& id);

struct ListedRun {
  model::Run run;
  model::Counts counts;
  std::string short_id;
};
// One line a run; on a terminal with a heading, none wider than it.
std::vector<std::string> run_table(const Canvas& canvas, const std::vector<ListedRun>& runs, Time now);

}  // namespace batchd::cli
