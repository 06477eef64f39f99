#include "doors/cli/display.hpp"

#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

#include "doors/cli/panel.hpp"
#include "doors/cli/terminal.hpp"
#include "ground/base/units.hpp"
#include "ground/json/writer.hpp"

namespace batchd::cli {
namespace {

constexpr std::size_t clock_begin = 11;  // "2026-11-23T05:44:53Z": the time of day
constexpr std::size_t clock_length = 8;

std::string time_of_day(Time time) { return format_utc(time).substr(clock_begin, clock_length); }

std::string prepared_sentence(const model::Run& run, const std::vector<model::Shard>& shards) {
  std::uint64_t bytes = 0;
  for (const auto& shard : shards)
    bytes += shard.bytes;
  return fmt::format("Prepared run {}: {} read, {} rejected, {} in {} ({}).", run.id, counted(run.rows, "row"),
                     format_count(run.rejected), counted(run.items, "item"), counted(shards.size(), "shard"),
                     format_bytes(bytes));
}

class SilentDisplay final : public Display {
 public:
  void close() override {}
};

// One line per change, for logs and pipes.
class PlainDisplay final : public Display {
 public:
  explicit PlainDisplay(const Clock& clock) : clock_(clock) {}
  void close() override {}
  void on_preparing(const prepare::Tally& tally, std::uint64_t) override {
    constexpr std::uint64_t rows_between_lines = 250'000;
    if (tally.rows / rows_between_lines == rows_said_ / rows_between_lines) return;
    rows_said_ = tally.rows;
    say(clock_.now(), counted(tally.rows, "row") + " read");
  }
  void on_prepared(const model::Run& run, const std::vector<model::Shard>& shards) override {
    say(clock_.now(), prepared_sentence(run, shards));
  }
  void on_changed(const engine::State&, const model::Changes& changes) override {
    for (const auto& happening : changes.happenings) {
      const auto where = happening.shard > 0 ? fmt::format("shard {}: ", happening.shard) : std::string();
      say(happening.at, where + happening.text);
    }
  }

 private:
  static void say(Time time, const std::string& text) { std::cerr << time_of_day(time) << " " << text << "\n"; }
  const Clock& clock_;
  std::uint64_t rows_said_ = 0;
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
    writer.key("items").unsigned_integer(run.items).key("shards").unsigned_integer(shards.size());
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
};

// The live panel: Panel says what it shows, this puts it on the terminal over its former self.
class PanelDisplay final : public Display {
 public:
  PanelDisplay(const Clock& clock, bool color) : clock_(clock), panel_(Style(color)) {}
  ~PanelDisplay() override { close(); }
  void on_preparing(const prepare::Tally& tally, std::uint64_t bytes_total) override {
    panel_.preparing(tally, bytes_total);
    draw(false);
  }
  void on_prepared(const model::Run& run, const std::vector<model::Shard>& shards) override {
    panel_.prepared(run, shards);
    draw(true);
  }
  void on_changed(const engine::State& state, const model::Changes&) override {
    panel_.changed(state, clock_.now());
    draw(false);
  }
  void on_uploading(std::uint32_t shard, std::uint64_t sent, std::uint64_t) override {
    panel_.uploading(shard, sent, clock_.now());
    draw(false);
  }
  void close() override {
    if (lines_drawn_ > 0) std::cerr << fmt::format("\x1b[{}A\r\x1b[J", lines_drawn_) << std::flush;
    lines_drawn_ = 0;
  }

 private:
  void draw(bool now) {
    constexpr Duration between_drawings = std::chrono::milliseconds(100);
    const auto time = clock_.now();
    if (!now && time - drawn_at_ < between_drawings) return;
    drawn_at_ = time;
    const auto columns = columns_of(STDERR_FILENO);
    std::string text = lines_drawn_ > 0 ? fmt::format("\x1b[{}A\r\x1b[J", lines_drawn_) : "";
    const auto lines = panel_.lines(time, columns);
    for (const auto& line : lines)
      text += line + "\n";
    lines_drawn_ = lines.size();
    std::cerr << text << std::flush;
  }

  const Clock& clock_;
  Panel panel_;
  std::size_t lines_drawn_ = 0;
  Time drawn_at_{};
};

}  // namespace

std::unique_ptr<Display> make_display(const GlobalOptions& global, const Clock& clock) {
  if (global.json) return std::make_unique<JsonDisplay>(clock);
  if (global.quiet) return std::make_unique<SilentDisplay>();
  if (!is_terminal(STDERR_FILENO) || global.verbose) return std::make_unique<PlainDisplay>(clock);
  return std::make_unique<PanelDisplay>(clock, global.color);
}

}  // namespace batchd::cli
