#include "doors/cli/display.hpp"

#include <algorithm>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <stop_token>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "doors/cli/panel.hpp"
#include "doors/cli/reading.hpp"
#include "doors/cli/screen.hpp"
#include "doors/cli/terminal.hpp"
#include "ground/base/units.hpp"
#include "ground/json/writer.hpp"

namespace batchd::cli {
namespace {

constexpr std::size_t clock_begin = 11;  // "2026-11-23T05:44:53Z": the time of day
constexpr std::size_t clock_length = 8;

std::string time_of_day(Time time) { return format_utc(time).substr(clock_begin, clock_length); }

std::uint64_t reused_of(const std::vector<model::Shard>& shards) {
  std::uint64_t reused = 0;
  for (const auto& shard : shards)
    reused += is_reused(shard) ? shard.requests : 0;
  return reused;
}

std::string prepared_sentence(const model::Run& run, const std::vector<model::Shard>& shards) {
  std::uint64_t bytes = 0;
  for (const auto& shard : shards)
    bytes += shard.bytes;
  const auto read = fmt::format("Prepared run {}: {} read, {} rejected", run.id, counted(run.rows, "row"),
                                format_count(run.rejected));
  const auto reused = reused_of(shards);
  const auto sent = std::count_if(shards.begin(), shards.end(), [](const auto& shard) { return !is_reused(shard); });
  const auto to_send = fmt::format("{} in {} ({})", counted(run.items - reused, "item"),
                                   counted(static_cast<std::uint64_t>(sent), "shard"), format_bytes(bytes));
  if (reused == 0) return fmt::format("{}, {}.", read, to_send);
  return fmt::format("{}, {} reused from earlier runs, {}.", read, counted(reused, "item"),
                     sent == 0 ? "nothing to send" : to_send + " to send");
}

class SilentDisplay final : public Display {
 public:
  void close() override {}
};

// One line per change, for logs and pipes; as the log writes them when it is for programs.
class PlainDisplay final : public Display {
 public:
  PlainDisplay(const GlobalOptions& global, const Clock& clock) : log_format_(global.log_format), clock_(clock) {}
  void close() override {}
  void on_preparing(const prepare::Tally& tally, std::uint64_t) override {
    constexpr std::uint64_t rows_between_lines = 250'000;
    if (tally.rows / rows_between_lines == rows_said_ / rows_between_lines) return;
    rows_said_ = tally.rows;
    say_line(clock_.now(), counted(tally.rows, "row") + " read", {});
  }
  void on_prepared(const model::Run& run, const std::vector<model::Shard>& shards) override {
    say_line(clock_.now(), prepared_sentence(run, shards), {{"run", run.id}, {"kind", "prepared"}});
  }
  void on_changed(const engine::State& state, const model::Changes& changes) override {
    for (const auto& happening : changes.happenings) {
      if (happening.kind == "halted") continue;  // it is the error the command ends with
      const auto where = happening.shard > 0 ? fmt::format("shard {}: ", happening.shard) : std::string();
      say_line(happening.at, where + happening.text, {{"run", state.run.id}, {"kind", happening.kind}});
    }
    if (waits_.has_changed(state.run.waiting)) {
      const auto now = clock_.now();
      say_line(now, waiting_sentence(state.run.waiting, time_of_day),
               {{"run", state.run.id}, {"kind", "waiting"}, {"for", std::string(name_of(state.run.waiting.what))}});
    }
  }

 private:
  void say_line(Time time, const std::string& text, const std::vector<LogField>& fields) const {
    const auto line = log_format_ == LogFormat::json
                          ? format_log_line(LogFormat::json, time, LogLevel::info, text, fields)
                          : fmt::format("{} {}", time_of_day(time), printable(text));
    Screen::standard_error().write(line + "\n");
  }
  LogFormat log_format_;
  const Clock& clock_;
  std::uint64_t rows_said_ = 0;
  WaitingWatch waits_;
};

class JsonDisplay final : public Display {
 public:
  explicit JsonDisplay(const Clock& clock) : clock_(clock) {}
  void close() override {}
  void on_prepared(const model::Run& run, const std::vector<model::Shard>& shards) override {
    std::string line;
    json::Writer writer(line);
    begin(writer, "prepared", clock_.now(), run.id);
    writer.key("job").string(run.job).key("key").string(run.key);
    writer.key("rows").unsigned_integer(run.rows).key("rejected").unsigned_integer(run.rejected);
    writer.key("items").unsigned_integer(run.items).key("reused").unsigned_integer(reused_of(shards));
    writer.key("shards").unsigned_integer(shards.size());
    end(writer, line);
  }
  void on_changed(const engine::State& state, const model::Changes& changes) override {
    for (const auto& happening : changes.happenings) {
      std::string line;
      json::Writer writer(line);
      begin(writer, "happening", happening.at, state.run.id);
      writer.key("shard");
      happening.shard > 0 ? writer.unsigned_integer(happening.shard) : writer.null();
      writer.key("kind").string(happening.kind).key("text").string(happening.text);
      end(writer, line);
    }
    for (const auto& submission : changes.submissions) {
      if (submission.batch_id.empty()) continue;
      std::string line;
      json::Writer writer(line);
      begin(writer, "batch", clock_.now(), state.run.id);
      writer.key("shard").unsigned_integer(submission.shard).key("batch").string(submission.batch_id);
      writer.key("state").string(name_of(submission.state)).key("total").unsigned_integer(submission.counts.total);
      writer.key("completed").unsigned_integer(submission.counts.completed);
      writer.key("failed").unsigned_integer(submission.counts.failed);
      end(writer, line);
    }
    if (waits_.has_changed(state.run.waiting)) {
      const auto& waiting = state.run.waiting;
      std::string line;
      json::Writer writer(line);
      begin(writer, "waiting", clock_.now(), state.run.id);
      writer.key("for").string(name_of(waiting.what)).key("since").string(format_utc(waiting.since, true));
      writer.key("next_try_at");
      waiting.next_try_at ? writer.string(format_utc(*waiting.next_try_at, true)) : writer.null();
      writer.key("detail").string(waiting.detail);
      end(writer, line);
    }
  }

 private:
  static void begin(json::Writer& writer, std::string_view type, Time time, const std::string& run) {
    writer.begin_object().key("type").string(type).key("time").string(format_utc(time, true)).key("run").string(run);
  }
  static void end(json::Writer& writer, const std::string& line) {
    writer.end_object();
    std::cout << line << std::endl;
  }
  const Clock& clock_;
  WaitingWatch waits_;
};

// The live panel: Panel says what it shows, the Screen has the place. Besides every change a second passing draws it
// again: what it says of times goes on, and a terminal of another size gets what fits it.
class PanelDisplay final : public Display {
 public:
  PanelDisplay(const GlobalOptions& global, const Clock& clock)
      : clock_(clock), panel_(Style(global.color)), ticker_([this](const std::stop_token& stop) { tick(stop); }) {}
  ~PanelDisplay() override {
    ticker_.request_stop();
    ticker_.join();
    close();
  }
  void on_preparing(const prepare::Tally& tally, std::uint64_t bytes_total) override {
    const std::lock_guard lock(mutex_);
    panel_.preparing(tally, bytes_total);
    draw(false);
  }
  void on_prepared(const model::Run& run, const std::vector<model::Shard>& shards) override {
    const std::lock_guard lock(mutex_);
    panel_.prepared(run, shards);
    draw(true);
  }
  void on_changed(const engine::State& state, const model::Changes&) override {
    const std::lock_guard lock(mutex_);
    panel_.changed(state, clock_.now());
    draw(false);
  }
  void on_uploading(std::uint32_t shard, std::uint64_t sent, std::uint64_t) override {
    const std::lock_guard lock(mutex_);
    panel_.uploading(shard, sent, clock_.now());
    draw(false);
  }
  void close() override {
    const std::lock_guard lock(mutex_);
    Screen::standard_error().remove_panel();
    shown_ = false;
  }

 private:
  void draw(bool now) {
    constexpr Duration between_drawings = std::chrono::milliseconds(100);
    const auto time = clock_.now();
    if (!now && time - drawn_at_ < between_drawings) return;
    drawn_at_ = time;
    Screen::standard_error().show_panel(panel_.lines(time, columns_of(STDERR_FILENO)));
    shown_ = true;
  }

  void tick(const std::stop_token& stop) {
    constexpr auto between_ticks = std::chrono::seconds(1);
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      wakeup_.wait_for(lock, stop, between_ticks, [] { return false; });
      if (shown_ && !stop.stop_requested()) draw(true);
    }
  }

  const Clock& clock_;
  std::mutex mutex_;  // of what follows: the ticker reads it, too
  std::condition_variable_any wakeup_;
  Panel panel_;
  bool shown_ = false;
  Time drawn_at_{};
  std::jthread ticker_;  // last: it begins with everything else in place
};

}  // namespace

std::unique_ptr<Display> make_display(const GlobalOptions& global, const Clock& clock) {
  if (global.json) return std::make_unique<JsonDisplay>(clock);
  if (global.quiet) return std::make_unique<SilentDisplay>();
  const bool for_people = is_terminal(STDERR_FILENO) && global.log_format == LogFormat::text;
  if (!for_people || global.verbose) return std::make_unique<PlainDisplay>(global, clock);
  return std::make_unique<PanelDisplay>(global, clock);
}

}  // namespace batchd::cli
