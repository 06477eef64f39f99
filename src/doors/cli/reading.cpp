#include "doors/cli/reading.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ground/base/units.hpp"
#include "line/report/report.hpp"

namespace batchd::cli {

using model::RunState;
using model::ShardStage;

namespace {

constexpr unsigned label_columns = 11;
constexpr unsigned prose_columns_max = 100;
constexpr std::size_t shards_shown = 12;

std::string counts_sentence(const model::Run& run, const model::Counts& counts) {
  auto text = fmt::format("{} of {}: {} succeeded{}, {} failed, {} pending", format_count(run.items),
                          counted(run.rows, "row"), format_count(counts.succeeded),
                          counts.reused > 0 ? fmt::format(" ({} reused)", format_count(counts.reused)) : "",
                          format_count(counts.failed), format_count(counts.pending));
  std::string reasons;
  for (int i = 1; i < model::reason_count; ++i) {
    const auto count = counts.reasons[static_cast<std::size_t>(i)];
    if (count > 0)
      reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", format_count(count),
                             name_of(static_cast<model::Reason>(i)));
  }
  return reasons.empty() ? text : text + " (" + reasons + ")";
}

std::string coloured_state(const Style& style, RunState state) {
  const auto name = name_of(state);
  switch (state) {
    case RunState::succeeded:
      return style.green(name);
    case RunState::failed:
      return style.red(name);
    case RunState::stopped:
    case RunState::cancelled:
      return style.yellow(name);
    case RunState::created:
    case RunState::running:
    case RunState::finalizing:
      break;
  }
  return std::string(name);
}

std::string shard_line(const RunFacts& facts, const model::Shard& shard, unsigned number_columns) {
  if (model::is_reused(shard))
    return fmt::format("{:>{}}  {:<16}  {} from earlier runs", shard.n, number_columns, "reused",
                       counted(shard.requests, "answer"));
  auto line = fmt::format("{:>{}}  {:<16}", shard.n, number_columns, told(shard.stage));
  const auto* submission = newest_submission(facts, shard);
  if (!submission) return line + "  " + counted(shard.requests, "request");
  line +=
      fmt::format("  {:<10}  {} of {} done", name_of(submission->state),
                  format_count(submission->counts.completed + submission->counts.failed), format_count(shard.requests));
  return submission->counts.failed > 0 ? line + fmt::format(", {} failed", format_count(submission->counts.failed))
                                       : line;
}

// What is still under way first; of many only some, and how many more.
std::vector<std::string> shard_lines(const Canvas& canvas, const RunFacts& facts) {
  std::vector<const model::Shard*> shown;
  for (const auto& shard : facts.shards)
    shown.push_back(&shard);
  if (shown.empty()) return {};
  std::stable_partition(shown.begin(), shown.end(),
                        [](const model::Shard* shard) { return shard->stage != ShardStage::collected; });
  const auto more = shown.size() - std::min(shown.size(), shards_shown);
  shown.resize(shown.size() - more);
  const auto number_columns = static_cast<unsigned>(std::to_string(facts.shards.size()).size());
  std::vector<std::string> lines;
  for (const auto* shard : shown) {
    const auto label = canvas.style.dim(fmt::format("  {:<9}", lines.empty() ? "shards" : ""));
    lines.push_back(label + shard_line(facts, *shard, number_columns));
    // An id is there to be copied: never cut, on a line of its own where it does not fit.
    if (const auto* submission = newest_submission(facts, *shard)) {
      const bool fits = width_of(lines.back()) + 2 + width_of(submission->batch_id) <= canvas.columns;
      if (fits || !canvas.person) {
        lines.back() += "  " + submission->batch_id;
      } else {
        lines.push_back(fmt::format("{:{}}{}", "", label_columns + number_columns + 2, submission->batch_id));
      }
    }
    if (!shard->error.empty()) {
      const auto trouble = fmt::format("{:{}}{}", "", label_columns + number_columns + 2, printable(shard->error));
      lines.push_back(canvas.person ? fitted(trouble, canvas.columns) : trouble);
    }
  }
  if (more > 0)
    lines.push_back(fmt::format("{:{}}… and {} more (--json has them all)", "", label_columns, format_count(more)));
  return lines;
}

}  // namespace

std::string standing_paragraph(const Canvas& canvas, const Standing& standing, unsigned indent) {
  const auto text = printable(fmt::format("{}", fmt::join(standing.sentences, " ")));
  if (!canvas.person) return text;
  const auto columns = std::min(canvas.columns, prose_columns_max);
  const auto lines = wrapped(text, columns - std::min(columns, indent));
  const bool loud = standing.mood == Mood::wants_people;
  std::string paragraph;
  for (const auto& line : lines) {
    paragraph += paragraph.empty() ? "" : "\n" + std::string(indent, ' ');
    paragraph += loud ? canvas.style.bold(line) : line;
  }
  constexpr std::string_view fine = "Fine.";
  if (!loud && paragraph.starts_with(fine)) paragraph.replace(0, fine.size(), canvas.style.green(fine));
  return paragraph;
}

// Broken to a terminal's width behind a label; whole in a pipe.
std::string behind_label(const Canvas& canvas, const std::string& label, const std::string& text) {
  if (!canvas.person) return label + text + "\n";
  std::string lines;
  for (const auto& line : wrapped(text, canvas.columns - std::min(canvas.columns, label_columns)))
    lines += (lines.empty() ? label : std::string(label_columns, ' ')) + line + "\n";
  return lines;
}

std::string status_page(const Canvas& canvas, const RunFacts& facts, const std::vector<model::Happening>& lately,
                        Time now) {
  const auto& run = facts.run;
  const bool final = model::is_final(run.state);
  const auto label = [&](std::string_view text) { return canvas.style.dim(fmt::format("  {:<9}", text)); };
  auto text = fmt::format("{}  {}\n", canvas.style.bold(run.job), coloured_state(canvas.style, run.state));
  text += fmt::format("{}{}\n", label("run"), run.id);
  text += fmt::format("{}{}\n", label("key"), printable(run.key));
  text += fmt::format("{}{}{}{}, created {}\n", label("at"), run.provider, run.simulated ? " (simulated)" : "",
                      run.sample ? ", a sample" : "", moment(run.created_at, now));
  text += fmt::format("{}{}\n", label("items"), counts_sentence(run, facts.counts));
  const auto standing = standing_of(facts, owner_of(run), now);
  text += label(final ? "ended" : "now") + standing_paragraph(canvas, standing, label_columns) + "\n";
  for (const auto& one : facts.untold)
    text += behind_label(canvas, label("untold"), printable(report::untold_sentence(one, now)));
  for (const auto& line : shard_lines(canvas, facts))
    text += line + "\n";
  bool first = true;
  for (const auto& happening : lately) {
    const auto where = happening.shard > 0 ? fmt::format("shard {}: ", happening.shard) : "";
    const auto when = canvas.person ? clock_time(happening.at, now) : format_utc(happening.at);
    text += behind_label(canvas, label(first ? "lately" : ""),
                         fmt::format("{} {}{}", when, where, printable(happening.text)));
    first = false;
  }
  if (!final) {
    text += standing.command.empty() ? fmt::format("{}batchd watch {}\n", label("follow"), run.id)
                                     : fmt::format("{}batchd {} {}\n", label("go on"), standing.command, run.id);
    text += fmt::format("{}batchd cancel {}\n", label("cancel"), run.id);
    return text;
  }
  text += fmt::format("{}{}\n", label("files"), shown_path(report::folder_of(run) / run.id));
  if (facts.counts.failed > 0) text += fmt::format("{}batchd items {} --status failed\n", label("failures"), run.id);
  return text;
}

}  // namespace batchd::cli
