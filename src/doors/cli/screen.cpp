#include "doors/cli/screen.hpp"

#include <algorithm>
#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

#include "doors/cli/terminal.hpp"

namespace batchd::cli {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines)
    text += line + "\n";
  return text;
}

class ScreenLog final : public Log {
 public:
  ScreenLog(LogFormat format, LogLevel least) : format_(format), least_(least) {}
  void write(LogLevel level, std::string_view message, const std::vector<LogField>& fields) override {
    if (level < least_) return;
    Screen::standard_error().write(format_log_line(format_, SystemClock().now(), level, message, fields) + "\n");
  }

 private:
  LogFormat format_;
  LogLevel least_;
};

}  // namespace

std::string erasing(const std::vector<std::string>& panel, unsigned columns) {
  unsigned rows = 0;
  for (const auto& line : panel)
    rows += std::max(1U, (width_of(line) + columns - 1) / std::max(columns, 1U));
  return rows == 0 ? "" : fmt::format("\x1b[{}A\r\x1b[J", rows);
}

Screen& Screen::standard_error() {
  static Screen screen;
  return screen;
}

std::string Screen::without_panel() const { return panel_.empty() ? "" : erasing(panel_, columns_of(STDERR_FILENO)); }

void Screen::write(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  std::cerr << without_panel().append(lines) + joined(panel_) << std::flush;
}

void Screen::show_panel(std::vector<std::string> lines) {
  const std::lock_guard lock(mutex_);
  // What has left the top of the terminal cannot be erased any more.
  const auto rows = rows_of(STDERR_FILENO);
  if (lines.size() >= rows) lines.resize(std::max(rows, 2U) - 1);
  std::cerr << without_panel() + joined(lines) << std::flush;
  panel_ = std::move(lines);
}

void Screen::remove_panel() {
  const std::lock_guard lock(mutex_);
  std::cerr << without_panel() << std::flush;
  panel_.clear();
}

std::unique_ptr<Log> make_screen_log(LogFormat format, LogLevel least) {
  return std::make_unique<ScreenLog>(format, least);
}

}  // namespace batchd::cli
