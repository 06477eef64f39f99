#include "doors/cli/reading.hpp"

#include <map>

#include <fmt/format.h>

#include "ground/base/process.hpp"
#include "ground/base/units.hpp"
#include "ground/json/writer.hpp"
#include "line/report/report.hpp"

namespace batchd::cli {

using model::RunState;
using model::ShardStage;

namespace {

std::string coloured_state(const Style& style, const model::Run& run) {
  const auto padded = fmt::format("{:<10}", name_of(run.state));
  switch (run.state) {
    case RunState::succeeded:
      return style.green(padded);
    case RunState::failed:
      return style.red(padded);
    case RunState::stopped:
    case RunState::cancelled:
      return style.yellow(padded);
    case RunState::created:
    case RunState::running:
    case RunState::finalizing:
      break;
  }
  return padded;
}

// A run nobody works on goes nowhere, whatever its state says.
std::string owner_sentence(const model::Run& run) {
  if (model::is_final(run.state)) return {};
  const auto owner = process_from_text(run.owner);
  if (!run.owner.empty() && owner) {
    switch (liveness_of(*owner)) {
      case Liveness::alive:
        return fmt::format("process {} is working on it", owner->pid);
      case Liveness::elsewhere:
        return fmt::format("process {} on {} works on it", owner->pid, owner->host);
      case Liveness::dead:
        break;
    }
  }
  if (run.state == RunState::created) return "nobody is working on it, and nothing was sent; start it again";
  return fmt::format("nobody is working on it; go on with: batchd resume {}", run.id);
}

std::string waiting_sentence(const model::Run& run, Time now) {
  const auto& waiting = run.waiting;
  if (waiting.what == model::WaitingFor::nothing) return {};
  auto text = fmt::format("for {} since {}: {}", name_of(waiting.what), format_ago(waiting.since, now), waiting.detail);
  if (waiting.next_try_at && *waiting.next_try_at > now)
    text += fmt::format("; next look {}", format_ago(*waiting.next_try_at, now));
  return text;
}

std::string stages_sentence(const std::vector<model::Shard>& shards) {
  std::map<ShardStage, std::uint64_t> by_stage;
  for (const auto& shard : shards)
    ++by_stage[shard.stage];
  std::string text;
  for (const auto& [stage, count] : by_stage)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", format_count(count), name_of(stage));
  return text;
}

std::string counts_sentence(const model::Run& run, const model::Counts& counts) {
  auto text =
      fmt::format("{} of {}: {} succeeded, {} failed, {} pending", format_count(run.items), counted(run.rows, "row"),
                  format_count(counts.succeeded), format_count(counts.failed), format_count(counts.pending));
  std::string reasons;
  for (int i = 1; i < model::reason_count; ++i) {
    const auto count = counts.reasons[static_cast<std::size_t>(i)];
    if (count > 0)
      reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", format_count(count),
                             name_of(static_cast<model::Reason>(i)));
  }
  return reasons.empty() ? text : text + " (" + reasons + ")";
}

}  // namespace

std::string run_line(const Style& style, const model::Run& run, const model::Counts& counts, Time now) {
  return fmt::format("{}  {} {:<24} {:>11} {:>9} failed  {}{}", run.id, coloured_state(style, run), run.job,
                     counted(run.items, "item"), format_count(counts.failed),
                     style.dim(format_ago(run.created_at, now)), run.simulated ? style.dim(" simulated") : "");
}

std::string run_json(const model::Run& run, const model::Counts& counts, Time now) {
  std::string line;
  json::Writer writer(line);
  const auto time_or_null = [&](const std::optional<Time>& time) {
    time ? writer.string(format_utc(*time, true)) : writer.null();
  };
  writer.begin_object().key("type").string("run").key("time").string(format_utc(now, true));
  writer.key("id").string(run.id).key("job").string(run.job).key("key").string(run.key);
  writer.key("state").string(name_of(run.state)).key("provider").string(run.provider);
  writer.key("simulated").boolean(run.simulated);
  writer.key("rows").unsigned_integer(run.rows).key("rejected").unsigned_integer(run.rejected);
  writer.key("items").unsigned_integer(run.items);
  writer.key("counts").begin_object();
  writer.key("succeeded").unsigned_integer(counts.succeeded).key("reused").unsigned_integer(counts.reused);
  writer.key("failed").unsigned_integer(counts.failed).key("pending").unsigned_integer(counts.pending).end_object();
  writer.key("reasons").begin_object();
  for (int i = 1; i < model::reason_count; ++i) {
    const auto count = counts.reasons[static_cast<std::size_t>(i)];
    if (count > 0) writer.key(name_of(static_cast<model::Reason>(i))).unsigned_integer(count);
  }
  writer.end_object();
  writer.key("waiting");
  if (run.waiting.what == model::WaitingFor::nothing) {
    writer.null();
  } else {
    writer.begin_object().key("for").string(name_of(run.waiting.what));
    writer.key("since").string(format_utc(run.waiting.since, true)).key("next_try_at");
    time_or_null(run.waiting.next_try_at);
    writer.key("detail").string(run.waiting.detail).end_object();
  }
  writer.key("created_at").string(format_utc(run.created_at, true)).key("finished_at");
  time_or_null(run.finished_at);
  writer.key("exit_code");
  model::is_final(run.state) ? writer.integer(run.exit_code) : writer.null();
  writer.key("folder").string((report::folder_of(run) / run.id).string());
  writer.end_object();
  return line;
}

std::string run_paragraphs(const Style& style, FoundRun& found, const model::Counts& counts, Time now) {
  const auto& run = found.run;
  const auto label = [&](std::string_view text) { return style.dim(fmt::format("  {:<9}", text)); };
  std::string text = fmt::format("{} {}\n", style.bold(run.job), coloured_state(style, run));
  text += fmt::format("{}{}, key {}{}\n", label("run"), run.id, run.key, run.simulated ? ", simulated" : "");
  text += fmt::format("{}{}, started {}{}\n", label("at"), run.provider, format_ago(run.created_at, now),
                      run.finished_at ? ", ended " + format_ago(*run.finished_at, now) : "");
  text += fmt::format("{}{}\n", label("items"), counts_sentence(run, counts));
  if (const auto shards = found.store->shards(run.id); shards && !shards->empty())
    text += fmt::format("{}{}\n", label("shards"), stages_sentence(*shards));
  if (const auto submissions = found.store->submissions(run.id)) {
    for (const auto& submission : *submissions) {
      if (submission.batch_id.empty() || submission.given_up) continue;
      text += fmt::format("{}{} {}: {} done, {} failed of {}\n", label("batch"), submission.batch_id,
                          name_of(submission.state), format_count(submission.counts.completed),
                          format_count(submission.counts.failed), format_count(submission.counts.total));
    }
  }
  if (const auto waiting = waiting_sentence(run, now); !waiting.empty())
    text += fmt::format("{}{}\n", label("waiting"), waiting);
  if (const auto owner = owner_sentence(run); !owner.empty()) text += fmt::format("{}{}\n", label("owner"), owner);
  if (model::is_final(run.state))
    text += fmt::format("{}{}\n", label("files"), shown_path(report::folder_of(run) / run.id));
  return text;
}

Result<std::string> read_blob(const Path& state_folder, const std::string& file, std::uint64_t offset,
                              std::uint64_t length) {
  auto opened = File::open_to_read(state_folder / file);
  if (!opened) return opened.error();
  std::string bytes;
  if (auto read = opened->read_at(offset, length, bytes); !read) return read.error();
  return bytes;
}

}  // namespace batchd::cli
