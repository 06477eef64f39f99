#include "doors/cli/panel.hpp"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/cli/layout.hpp"
#include "ground/base/units.hpp"

namespace batchd::cli {

using model::BatchState;
using model::ShardStage;

namespace {

// A bar only where the figures beside it have room.
unsigned bar_cells_of(unsigned columns) {
  constexpr unsigned roomy = 72;
  constexpr unsigned usual = 20;
  constexpr unsigned tight = 56;
  constexpr unsigned few = 10;
  return columns >= roomy ? usual : columns >= tight ? few : 0;
}

std::string bar_and_blank(std::uint64_t done, std::uint64_t total, unsigned columns) {
  const auto cells = bar_cells_of(columns);
  return cells == 0 ? "" : bar(done, total, cells) + " ";
}

constexpr unsigned label_columns = 11;

// The first of these that fits; they get shorter and say less.
std::string roomiest(std::initializer_list<std::string> forms, unsigned columns) {
  for (const auto& form : forms) {
    if (width_of(form) <= columns) return form;
  }
  return fitted(*(forms.end() - 1), columns);
}

std::string labelled(const Style& style, std::string_view label, std::string_view text) {
  return fmt::format("  {} {}", style.dim(fmt::format("{:<8}", label)), text);
}

}  // namespace

void Panel::preparing(const prepare::Tally& tally, std::uint64_t bytes_total) {
  tally_ = tally;
  bytes_total_ = bytes_total;
}

void Panel::prepared(const model::Run& run, const std::vector<model::Shard>& shards) {
  run_ = run;
  for (const auto& shard : shards)
    shards_[shard.n] = shard;
}

void Panel::changed(const engine::State& state, Time now) {
  run_ = state.run;
  // What is written of it may be half a minute old: the steps that wait know better.
  std::optional<Time> next;
  for (const auto& [n, session] : state.sessions) {
    if (session.busy && session.next_at && *session.next_at > now)
      next = std::min(next.value_or(*session.next_at), *session.next_at);
  }
  if (next) run_->waiting.next_try_at = next;
  shards_ = state.shards;
  submissions_.clear();
  for (const auto& [n, shard] : shards_) {
    const auto found = state.submissions.find({n, shard.submission});
    if (found != state.submissions.end()) submissions_[n] = found->second;
    if (shard.stage != ShardStage::uploading) sent_bytes_.erase(n);
  }
}

void Panel::uploading(std::uint32_t shard, std::uint64_t sent, Time now) {
  const auto before = sent_bytes_[shard];
  if (!first_sent_at_) first_sent_at_ = now;
  sent_since_first_ += sent > before ? sent - before : 0;
  sent_bytes_[shard] = sent;
  last_sent_at_ = now;
}

std::vector<std::string> Panel::lines(Time now, unsigned columns) const {
  std::vector<std::string> shown;
  if (run_) shown.push_back(title(columns));
  shown.push_back(fitted(rows_line(columns), columns));
  if (!run_) return shown;
  shown.push_back(upload_line(columns));
  shown.push_back(batches_line(columns));
  shown.push_back(fitted(results_line(columns), columns));
  if (run_->waiting.what != model::WaitingFor::nothing) {
    for (auto& line : waiting_lines(now, columns))
      shown.push_back(std::move(line));
  }
  return shown;
}

// A long job name gives way to the run's id: that is what other commands want to be told.
std::string Panel::title(unsigned columns) const {
  const auto run = " run " + run_->id;
  const auto where = fmt::format(" at {}{}", run_->provider, run_->simulated ? " (simulated)" : "");
  const auto name = style_.bold(fitted(run_->job, columns - std::min(columns, width_of(run))));
  return roomiest({name + style_.dim(run + where), name + style_.dim(run)}, columns);
}

std::string Panel::rows_line(unsigned columns) const {
  const auto rows = run_ ? run_->rows : tally_.rows;
  const auto rejected = run_ ? run_->rejected : tally_.rejected;
  const auto done = run_ ? std::uint64_t{1} : tally_.bytes_read;
  const auto total = run_ ? std::uint64_t{1} : std::max<std::uint64_t>(bytes_total_, 1);
  const auto text = fmt::format("{}{} read, {} rejected", bar_and_blank(done, total, columns), counted(rows, "row"),
                                format_count(rejected));
  return labelled(style_, "rows", text);
}

std::string Panel::upload_line(unsigned columns) const {
  std::uint64_t total = 0;
  std::uint64_t sent = 0;
  std::uint64_t uploaded = 0;
  std::uint64_t shards = 0;
  for (const auto& [n, shard] : shards_) {
    if (model::is_reused(shard)) continue;
    ++shards;
    total += shard.bytes;
    const auto partly = sent_bytes_.find(n);
    if (shard.stage > ShardStage::uploading) {
      sent += shard.bytes;
      ++uploaded;
    } else if (partly != sent_bytes_.end()) {
      sent += std::min(partly->second, shard.bytes);
    }
  }
  const auto text = fmt::format("{}{} of {}, {} of {}", bar_and_blank(sent, total, columns), format_count(uploaded),
                                counted(shards, "shard"), format_bytes(sent), format_bytes(total));
  const auto elapsed_ms = first_sent_at_ ? (last_sent_at_ - *first_sent_at_).count() : 0;
  constexpr std::int64_t worth_a_figure_ms = 200;
  std::string rate;
  if (elapsed_ms >= worth_a_figure_ms && uploaded < shards)
    rate = fmt::format(", {}/s", format_bytes(sent_since_first_ * 1000 / static_cast<std::uint64_t>(elapsed_ms)));
  return roomiest({labelled(style_, "upload", text + rate), labelled(style_, "upload", text)}, columns);
}

std::string Panel::batches_line(unsigned columns) const {
  std::map<BatchState, std::uint64_t> by_state;
  model::RequestCounts counts;
  std::uint64_t asked = 0;
  std::uint64_t batches = 0;
  for (const auto& [n, submission] : submissions_) {
    if (submission.batch_id.empty()) continue;
    ++batches;
    ++by_state[submission.state];
    counts.completed += submission.counts.completed;
    counts.failed += submission.counts.failed;
    asked += shards_.at(n).requests;
  }
  if (by_state.empty()) return labelled(style_, "batches", style_.dim("none yet"));
  std::vector<std::string> parts;
  std::uint64_t ended = 0;
  for (const auto& [state, count] : by_state) {
    parts.push_back(fmt::format("{} {}", format_count(count), name_of(state)));
    ended += model::is_terminal(state) ? count : 0;
  }
  const auto done = counts.completed + counts.failed;
  const auto all = std::max(asked, run_->items);  // from the beginning: what is still to be sent is to be done as well
  const auto begin = bar_and_blank(done, all, columns);
  auto requests = fmt::format("{} of {} done", format_count(done), format_count(all));
  if (counts.failed > 0) requests += ", " + style_.red(format_count(counts.failed) + " failed");
  const auto in_short = fmt::format("{} open, {} ended; ", format_count(batches - ended), format_count(ended));
  return roomiest(
      {labelled(style_, "batches", fmt::format("{}{}; {}", begin, fmt::join(parts, ", "), requests)),
       labelled(style_, "batches", begin + in_short + requests), labelled(style_, "batches", begin + requests)},
      columns);
}

std::string Panel::results_line(unsigned columns) const {
  std::uint64_t collected = 0;
  for (const auto& [n, shard] : shards_)
    collected += shard.stage == ShardStage::collected ? shard.requests : 0;
  return labelled(style_, "results",
                  fmt::format("{}{} of {} collected", bar_and_blank(collected, run_->items, columns),
                              format_count(collected), counted(run_->items, "item")));
}

// What is in the way is told whole: often it ends with what a person can do.
std::vector<std::string> Panel::waiting_lines(Time now, unsigned columns) const {
  constexpr std::size_t detail_lines_max = 5;
  const auto& waiting = run_->waiting;
  const bool trouble = is_trouble(waiting.what);
  std::string next;
  // What a pause holds back has no next try; that of others, which go on, is not meant.
  const bool has_next = waiting.what != model::WaitingFor::paused && waiting.next_try_at &&
                        *waiting.next_try_at - now >= std::chrono::seconds(1);
  if (has_next) next = fmt::format(", next {} {}", trouble ? "try" : "look", format_ago(*waiting.next_try_at, now));
  if (!trouble) {
    const auto room = columns - std::min(columns, label_columns + width_of(next));
    return {fitted(labelled(style_, "waiting", style_.yellow(fitted(waiting.detail, room) + next)), columns)};
  }
  const auto head = fmt::format("for {} since {}{}", name_of(waiting.what), clock_time(waiting.since, now), next);
  const auto whole = waiting.detail.empty() ? head : head + "; " + waiting.detail;
  if (label_columns + width_of(whole) <= columns) return {labelled(style_, "waiting", style_.yellow(whole))};
  std::vector<std::string> lines{fitted(labelled(style_, "waiting", style_.yellow(head)), columns)};
  const auto room = columns - std::min(columns, label_columns);
  for (const auto& line : wrapped(waiting.detail, std::max(room, label_columns))) {
    if (lines.size() > detail_lines_max) break;
    lines.push_back(fitted(std::string(label_columns, ' ') + style_.yellow(line), columns));
  }
  return lines;
}

}  // namespace batchd::cli
