#include "doors/daemon/run_table.hpp"

#include <fmt/format.h>

#include "doors/daemon/page_charts.hpp"
#include "doors/daemon/page_pieces.hpp"
#include "ground/base/units.hpp"

namespace batchd::daemon {

using html::element;

namespace {

Html took(const model::Run& run) {
  if (!run.finished_at) return Html();
  return Html(format_duration(*run.finished_at - run.started_at.value_or(run.created_at)));
}

Html run_row(const RunLine& line, bool with_jobs) {
  const auto& run = line.run;
  Html cells;
  cells.add(element("td", {{"class", "lead"}},
                    element("a", {{"href", path_of({"runs", run.id})}}, time_of(run.created_at)),
                    element("small", {}, purpose_of(run))));
  if (with_jobs) cells.add(element("td", {}, link(path_of({"jobs", run.job}), run.job)));
  Html state = badge(name_of(run.state));
  if (run.simulated) state.add(element("small", {}, " simulated"));
  if (run.sample) state.add(element("small", {}, " sample"));
  cells.add(element("td", {{"data-name", "state"}}, state));
  cells.add(element("td", {{"class", "wide"}, {"data-name", "items"}}, stacked_bar(outcome_parts(line.counts), "items"),
                    element("small", {}, counts_words(line.counts, run.items))));
  cells.add(element("td", {{"class", "number"}, {"data-name", "took"}}, took(run)));
  return element("tr", {{"data-row", ""}, {"data-key", run.id}}, cells);
}

}  // namespace

std::string counts_words(const model::Counts& counts, std::uint64_t items) {
  if (items == 0) return "no items yet";
  auto words = fmt::format("{} of {} succeeded", format_count(counts.succeeded), format_count(items));
  if (counts.failed > 0) words += fmt::format(", {} failed", format_count(counts.failed));
  return words;
}

Html run_table(const std::vector<RunLine>& runs, bool with_jobs) {
  Html head;
  head.add(element("th", {{"scope", "col"}}, "Run"));
  if (with_jobs) head.add(element("th", {{"scope", "col"}}, "Job"));
  for (const char* name : {"State", "Items"})
    head.add(element("th", {{"scope", "col"}}, name));
  head.add(element("th", {{"scope", "col"}, {"class", "number"}}, "Took"));
  Html rows;
  for (const auto& line : runs)
    rows.add(run_row(line, with_jobs));
  return element("table", {{"class", "rows runs"}}, element("thead", {}, element("tr", {}, head)),
                 element("tbody", {}, rows));
}

Html begin_form(const std::string& job, const std::string& begin_key) {
  return careful_form("begin-" + job, path_of({"jobs", job, "begin"}), "Begin a run",
                      "Its input is read now and sent to the provider, who charges for it.", {{"key", begin_key}});
}

Html schedule_of(const JobLine& job, Time now) {
  if (!job.schedule) return element("span", {{"class", "quiet"}}, "by hand");
  Html html;
  if (job.next_due) html.add(element("span", {}, time_beside(*job.next_due, now)));
  html.add(" ").add(element("small", {}, element("code", {}, job.schedule->cron), " ", job.schedule->timezone));
  return html;
}

}  // namespace batchd::daemon
