// What is said when a command ends: errors, complaints, the closing panel.

#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "core/engine/ladder.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/screen.hpp"
#include "ground/base/units.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "line/report/report.hpp"

namespace batchd::cli {
namespace {

constexpr std::uint64_t report_bytes_max = 64'000'000;

Style error_style(const GlobalOptions& global) { return canvas_of(global, STDERR_FILENO).style; }

void say_json(std::string_view type, const std::function<void(json::Writer&)>& fields) {
  std::string line;
  json::Writer writer(line);
  writer.begin_object().key("type").string(type).key("time").string(format_utc(SystemClock().now(), true));
  fields(writer);
  writer.end_object();
  std::cout << line << std::endl;
}

constexpr unsigned label_columns = 11;

std::string label(const Style& style, std::string_view text) { return style.dim(fmt::format("  {:<9}", text)); }

// Broken to the width of a terminal, whole elsewhere.
std::string listed(std::string label, const std::string& text) {
  if (!is_terminal(STDERR_FILENO)) return label + text + "\n";
  const auto columns = std::max(columns_of(STDERR_FILENO), 2 * label_columns);
  std::string lines;
  for (const auto& line : wrapped(text, columns - label_columns))
    lines += std::exchange(label, std::string(label_columns, ' ')) + line + "\n";
  return lines;
}

std::string reasons_of(const model::Counts& counts) {
  std::string text;
  for (int i = 1; i < model::reason_count; ++i) {
    const auto count = counts.reasons[static_cast<std::size_t>(i)];
    if (count == 0) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {}", format_count(count), name_of(static_cast<model::Reason>(i)));
  }
  return text;
}

std::string anomalies_of(const model::Anomalies& anomalies) {
  std::string text;
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", format_count(count), what);
  };
  add(anomalies.missing_results, "results missing");
  add(anomalies.duplicate_results, "double results");
  add(anomalies.unknown_results, "results of unknown items");
  add(anomalies.undecodable_lines, "undecodable lines");
  add(anomalies.unwrapped, "answers with text around their JSON");
  return text;
}

// Tokens and cost stand in report.json, not in the run's record.
std::string usage_of(json::View report) {
  const auto usage = report.find("usage");
  const auto number = [&](std::string_view key) {
    return static_cast<std::uint64_t>(usage.find(key).as_int64().value_or(0));
  };
  const auto untold = number("answers_without_usage");
  if (untold > 0 && usage.find("input_tokens").is_null()) return "unknown; no answer says what it used";
  const std::string_view bound = untold > 0 ? "at least " : "";
  auto text = fmt::format("{}{} in, {} out", bound, format_count(number("input_tokens")),
                          format_count(number("output_tokens")));
  const auto cost = report.find("cost");
  if (const auto actual = cost.find("actual"); actual && !actual.is_null())
    text += fmt::format("; {}{} {}", bound, cost.find("currency").as_string().value_or(""), actual.source_text());
  if (untold > 0)
    text += fmt::format("; {} not say", untold == 1 ? "1 answer does" : format_count(untold) + " answers do");
  return text;
}

std::string verdict_of(const Style& style, const model::Run& run) {
  switch (run.state) {
    case model::RunState::succeeded:
      return style.green("succeeded");
    case model::RunState::failed:
      return style.red("failed");
    case model::RunState::cancelled:
      return style.yellow("cancelled");
    default:
      return std::string(name_of(run.state));
  }
}

void log_closing(const GlobalOptions& global, const model::Run& run, const model::Counts& counts) {
  say(global, LogLevel::info, fmt::format("{} {}", run.job, name_of(run.state)),
      {{"run", run.id},
       {"items", std::to_string(run.items)},
       {"succeeded", std::to_string(counts.succeeded)},
       {"reused", std::to_string(counts.reused)},
       {"failed", std::to_string(counts.failed)},
       {"folder", (report::folder_of(run) / run.id).string()}});
}

// Items that `batchd retry` would ask again.
std::uint64_t worth_a_retry(const model::Counts& counts) {
  std::uint64_t items = 0;
  for (int number = 1; number < model::reason_count; ++number) {
    if (engine::asked_by_hand.contains(static_cast<model::Reason>(number)))
      items += counts.reasons[static_cast<std::size_t>(number)];
  }
  return items;
}

void print_closing(const GlobalOptions& global, const model::Run& run, const model::Counts& counts, bool again,
                   const std::string& report) {
  const auto style = error_style(global);
  const auto folder = report::folder_of(run) / run.id;
  const auto now = SystemClock().now();
  const auto took = run.finished_at ? *run.finished_at - run.created_at : Duration(0);
  std::string text =
      fmt::format("{} {} {}\n", style.bold(run.job), verdict_of(style, run),
                  again ? style.dim(fmt::format("earlier ({}); nothing was sent now", moment(*run.finished_at, now)))
                        : style.dim("in " + format_duration(took)));
  text += fmt::format("{}{}{}\n", label(style, "run"), run.id, run.simulated ? " (simulated)" : "");
  text += fmt::format(
      "{}{}, {} succeeded{}, {} failed", label(style, "items"), format_count(run.items), format_count(counts.succeeded),
      counts.reused > 0 ? fmt::format(" ({} reused)", format_count(counts.reused)) : "", format_count(counts.failed));
  text += run.rejected > 0 ? fmt::format("; {} rejected before they were items\n", counted(run.rejected, "row")) : "\n";
  if (counts.failed > 0) text += listed(label(style, "reasons"), reasons_of(counts));
  if (const auto odd = anomalies_of(run.anomalies); !odd.empty()) text += listed(label(style, "odd"), odd);
  json::Document document;
  if (const auto parsed = document.parse(report))
    text += fmt::format("{}{}\n", label(style, "tokens"), usage_of(*parsed));
  if (again && run.state != model::RunState::succeeded)
    text += fmt::format("{}the same question of the same rows; --new asks again\n", label(style, "again"));
  if (const auto items = worth_a_retry(counts); items > 0)
    text += fmt::format(
        "{}batchd retry {} asks {} once more\n", label(style, "retry"), run.id,
        items == counts.failed ? (items == 1 ? "it" : "them") : fmt::format("{} of them", format_count(items)));
  text += fmt::format("{}{}\n", label(style, "files"), shown_path(folder));
  std::string names = "results.jsonl";
  if (counts.failed > 0) names += ", failures.jsonl";
  if (run.rejected > 0) names += ", rejected.jsonl";
  text += fmt::format("{}{}\n", label(style, ""), style.dim(names + ", report.md"));
  Screen::standard_error().write(text);
}

// {"type":"summary","time":…, and then the fields of report.json.
void print_summary(const std::string& report) {
  const auto open = report.find('{');
  if (open == std::string::npos) return;
  std::cout << fmt::format(R"({{"type":"summary","time":"{}",)", format_utc(SystemClock().now(), true))
            << report.substr(open + 1, report.find_last_not_of("\n") - open) << std::endl;
}

// "data/tickets.jsonl:17: item T-1: the row has no subject"
std::string row_complaint(const std::string& file, const prepare::Complaint& complaint) {
  constexpr unsigned id_columns_max = 60;
  const auto item =
      complaint.id.empty() ? "" : fmt::format("item {}: ", fitted(printable(complaint.id), id_columns_max));
  return fmt::format("{}:{}: {}{}", complaint.file.empty() ? file : complaint.file, complaint.line, item,
                     complaint.message);
}

}  // namespace

void say(const GlobalOptions& global, LogLevel level, const std::string& text, const std::vector<LogField>& fields) {
  if (global.quiet && level < LogLevel::error) return;
  if (global.log_format == LogFormat::json) {
    const auto line = format_log_line(LogFormat::json, SystemClock().now(), level, text, fields);
    return Screen::standard_error().write(line + "\n");
  }
  const auto style = error_style(global);
  const auto mark = level == LogLevel::warning ? style.yellow("warning: ") : "";
  Screen::standard_error().write(mark + text + "\n");
}

int show_error(const GlobalOptions& global, const Error& error) {
  const auto style = error_style(global);
  if (global.json) {
    say_json("error", [&](json::Writer& writer) {
      writer.key("kind")
          .string(name_of(error.kind))
          .key("message")
          .string(error.message)
          .key("hint")
          .string(error.hint);
      writer.key("exit_code").integer(exit_code_of(error.kind));
    });
  }
  if (global.log_format == LogFormat::json) {
    say(global, LogLevel::error, error.message, {{"kind", std::string(name_of(error.kind))}, {"hint", error.hint}});
    return exit_code_of(error.kind);
  }
  std::string text = style.red("error: ") + error.message + "\n";
  if (!error.hint.empty()) text += "  " + error.hint + "\n";
  Screen::standard_error().write(text);
  return exit_code_of(error.kind);
}

void show_complaints(const GlobalOptions& global, const std::vector<job::Complaint>& complaints) {
  if (global.json) {
    for (const auto& complaint : complaints) {
      say_json("complaint", [&](json::Writer& writer) {
        writer.key("file").string(complaint.file).key("line").integer(complaint.line);
        writer.key("column").integer(complaint.column).key("message").string(complaint.message);
        writer.key("warning").boolean(complaint.is_warning);
      });
    }
  }
  for (const bool warnings : {false, true}) {
    for (const auto& complaint : complaints) {
      if (complaint.is_warning != warnings) continue;
      auto unmarked = complaint;
      unmarked.is_warning = false;  // say() puts the word before the place
      if (warnings || global.log_format == LogFormat::json) {
        say(global, warnings ? LogLevel::warning : LogLevel::error, unmarked.text());
      } else {
        Screen::standard_error().write(unmarked.text() + "\n");
      }
    }
  }
}

void show_rejected_rows(const GlobalOptions& global, LogLevel level, const std::string& file,
                        const std::vector<prepare::Complaint>& complaints, std::uint64_t rejected) {
  constexpr std::uint64_t shown_of_a_kind = 3;
  std::map<std::string_view, std::uint64_t> of_a_kind;
  std::uint64_t told = 0;
  for (const auto& complaint : complaints) {
    if (++of_a_kind[complaint.message] > shown_of_a_kind) continue;
    say(global, level, row_complaint(file, complaint));
    ++told;
  }
  const bool all_alike = of_a_kind.size() == 1 && rejected == complaints.size();
  for (const auto& [message, count] : of_a_kind) {
    if (count <= shown_of_a_kind) continue;
    const auto more = count - shown_of_a_kind;
    say(global, level,
        fmt::format("… and {} more{}{}", format_count(more), all_alike ? " alike" : ": ",
                    all_alike ? "" : printable(message)));
    told += more;
  }
  if (rejected > told) say(global, level, fmt::format("… and {} more", format_count(rejected - told)));
}

void show_pruned(const GlobalOptions& global, const model::PrunedRun& run, std::string_view again) {
  if (global.json) {
    say_json("summary", [&](json::Writer& writer) {
      writer.key("run").string(run.id).key("job").string(run.job).key("key").string(run.key);
      writer.key("state").string(name_of(run.state)).key("exit_code").integer(run.exit_code);
      writer.key("finished_at").string(format_utc(run.finished_at)).key("pruned_at").string(format_utc(run.pruned_at));
      writer.key("folder").string(run.results_folder);
    });
  }
  auto text = told(run);
  text.front() = 'R';
  say(global, LogLevel::info,
      fmt::format("{}{}. Nothing was sent; {} asks again.", text,
                  path_exists(run.results_folder) ? "" : ", if somebody has kept them", again));
}

void show_refused_rows(const GlobalOptions& global, const runner::Refused& refused) {
  for (const auto& complaint : refused.complaints) {
    if (!global.json) break;
    say_json("rejected_row", [&](json::Writer& writer) {
      writer.key("file")
          .string(complaint.file.empty() ? refused.file : complaint.file)
          .key("line")
          .unsigned_integer(complaint.line)
          .key("id");
      complaint.id.empty() ? writer.null() : writer.string(complaint.id);
      writer.key("reason").string(name_of(complaint.fault)).key("error").string(complaint.message);
    });
  }
  show_rejected_rows(global, LogLevel::error, refused.file, refused.complaints, refused.tally.rejected);
  show_error(global, refused.error);
}

void show_closing(const GlobalOptions& global, const model::Run& run, const model::Counts& counts, bool again) {
  auto report = read_file(report::folder_of(run) / run.id / "report.json", report_bytes_max);
  if (!report) {
    say(global, LogLevel::warning, report.error().message);
    report = std::string("{}");
  }
  if (global.json) print_summary(*report);
  if (global.quiet || global.json) return;
  if (global.log_format == LogFormat::json) return log_closing(global, run, counts);
  print_closing(global, run, counts, again, *report);
}

void show_interrupted(const GlobalOptions& global, const model::Run& run, const runner::Ending& ending,
                      const std::vector<std::string>& batches) {
  constexpr std::size_t batches_shown_max = 8;
  if (ending.error) show_error(global, *ending.error);
  const auto in_flight = ending.batches_in_flight;
  if (global.json) {
    say_json("interrupted", [&](json::Writer& writer) {
      writer.key("run").string(run.id).key("batches_in_flight").unsigned_integer(in_flight);
      writer.key("batches").begin_array();
      for (const auto& batch : batches)
        writer.string(batch);
      writer.end_array();
    });
  }
  if (global.quiet) return;
  if (global.log_format == LogFormat::json) {
    return say(global, LogLevel::warning, fmt::format("run {} is unfinished; nothing is lost", run.id),
               {{"run", run.id}, {"batches_in_flight", std::to_string(in_flight)}});
  }
  std::string text = fmt::format("Run {} is unfinished; nothing is lost.\n", run.id);
  if (in_flight > 0)
    text += fmt::format("{} at the provider and will be paid for.\n",
                        in_flight == 1 ? "1 batch goes on" : format_count(in_flight) + " batches go on");
  for (std::size_t i = 0; i < batches.size() && i < batches_shown_max; ++i)
    text += fmt::format("  {}\n", printable(batches[i]));
  if (batches.size() > batches_shown_max)
    text += fmt::format("  … and {} more; batchd status {} lists them\n",
                        format_count(batches.size() - batches_shown_max), run.id);
  text +=
      fmt::format("  go on:   the same command again, or batchd resume {0}\n  cancel:  batchd cancel {0}\n", run.id);
  Screen::standard_error().write(text);
}

}  // namespace batchd::cli
