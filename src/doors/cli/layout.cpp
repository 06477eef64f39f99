#include "doors/cli/layout.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ground/base/units.hpp"

namespace batchd::cli {

using model::RunState;

namespace {

constexpr std::size_t id_characters_min = 8;
constexpr std::size_t column_gap = 2;
constexpr unsigned job_columns_min = 12;

std::string coloured(const Style& style, RunState state, const std::string& text) {
  switch (state) {
    case RunState::succeeded:
      return style.green(text);
    case RunState::failed:
      return style.red(text);
    case RunState::stopped:
    case RunState::cancelled:
      return style.yellow(text);
    case RunState::created:
    case RunState::running:
    case RunState::finalizing:
      break;
  }
  return text;
}

std::string remark_on(const model::Run& run) {
  if (run.simulated) return run.sample ? "simulated, sample" : "simulated";
  return run.sample ? "sample" : "";
}

enum Column : std::size_t { id, state, job, items, failed, created, remark, column_count };
using Cells = std::array<std::string, column_count>;
using Widths = std::array<unsigned, column_count>;

Cells cells_of(const Canvas& canvas, const ListedRun& listed, Time now) {
  const auto& run = listed.run;
  return {canvas.person ? listed.short_id : run.id,
          std::string(name_of(run.state)),
          run.job,
          format_count(run.items),
          format_count(listed.counts.failed),
          canvas.person ? fmt::format("{}, {}", roughly_ago(run.created_at, now), clock_time(run.created_at, now))
                        : format_utc(run.created_at),
          remark_on(run)};
}

Widths widths_of(const std::vector<Cells>& rows) {
  Widths widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < column_count; ++i)
      widths[i] = std::max(widths[i], width_of(row[i]));
  }
  return widths;
}

unsigned sum_of(const Widths& widths) {
  unsigned sum = 0;
  for (const auto width : widths)
    sum += width == 0 ? 0 : width + static_cast<unsigned>(column_gap);
  return sum == 0 ? 0 : sum - static_cast<unsigned>(column_gap);
}

// What is too wide gives way: first what stands behind a comma, then the job's name, then whole columns.
void fit(std::vector<Cells>& rows, Widths& widths, unsigned columns) {
  const auto over = [&] { return sum_of(widths) > columns ? sum_of(widths) - columns : 0; };
  for (const Column column : {remark, created}) {
    if (over() == 0) return;
    for (auto& row : rows)
      row[column] = row[column].substr(0, row[column].find(", "));
    widths = widths_of(rows);
  }
  widths[job] = std::max(std::min(job_columns_min, widths[job]), widths[job] - std::min(widths[job], over()));
  for (auto& row : rows)
    row[job] = fitted(row[job], widths[job]);
  for (const Column column : {remark, created, failed, items})
    if (over() > 0) widths[column] = 0;
}

}  // namespace

Canvas canvas_of(const GlobalOptions& global, int descriptor) {
  const bool terminal = is_terminal(descriptor);
  return {columns_of(descriptor), terminal, Style(global.force_color || (global.color && terminal))};
}

std::string short_id(std::vector<OpenedState>& states, const std::string& id) {
  for (auto length = id_characters_min; length < id.size(); ++length) {
    std::size_t holders = 0;
    for (auto& state : states) {
      const auto ids = state.store->run_ids_with_prefix(std::string_view(id).substr(0, length), 2);
      holders += ids ? ids->size() : 2;
    }
    if (holders <= 1) return id.substr(0, length);
  }
  return id;
}

std::vector<std::string> run_table(const Canvas& canvas, const std::vector<ListedRun>& runs, Time now) {
  std::vector<Cells> rows;
  if (canvas.person) rows.push_back({"RUN", "STATE", "JOB", "ITEMS", "FAILED", "CREATED", ""});
  for (const auto& listed : runs)
    rows.push_back(cells_of(canvas, listed, now));
  auto widths = widths_of(rows);
  if (canvas.person) fit(rows, widths, canvas.columns);
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool heading = canvas.person && i == 0;
    std::string line;
    std::string blanks;  // held back, so that no line ends in some
    for (std::size_t column = 0; column < column_count; ++column) {
      const auto& cell = rows[i][column];
      if (widths[column] == 0) continue;
      const std::string filling(widths[column] - std::min(widths[column], width_of(cell)), ' ');
      const bool right = column == items || column == failed;
      if (right) blanks += filling;
      if (!cell.empty()) {
        line += std::exchange(blanks, {});
        const bool is_state = column == state && !heading;
        line += is_state ? coloured(canvas.style, runs[i - (canvas.person ? 1 : 0)].run.state, cell)
                : heading || column == created || column == remark ? canvas.style.dim(cell)
                                                                   : cell;
      }
      blanks += (right ? "" : filling) + std::string(column_gap, ' ');
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace batchd::cli
