#pragma once
// The log: what a program or an operator reads afterwards. Never a key, never a row's text.

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/base/clock.hpp"

namespace batchd {

enum class LogLevel { debug, info, warning, error };

struct LogField {
  std::string_view key;  // snake_case
  std::string value;
};

class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view message, const std::vector<LogField>& fields) = 0;

  void debug(std::string_view message, const std::vector<LogField>& fields = {}) {
    write(LogLevel::debug, message, fields);
  }
  void info(std::string_view message, const std::vector<LogField>& fields = {}) {
    write(LogLevel::info, message, fields);
  }
  void warning(std::string_view message, const std::vector<LogField>& fields = {}) {
    write(LogLevel::warning, message, fields);
  }
  void error(std::string_view message, const std::vector<LogField>& fields = {}) {
    write(LogLevel::error, message, fields);
  }
};

enum class LogFormat { text, json };

// One line without its newline. text: `05:44:53 warning message key=value` (UTC; a value with blanks or quotes is
// written as a JSON string); json: one object with time, level, message and the fields as strings. Line breaks and
// control characters never get out: nobody can forge a line.
std::string format_log_line(LogFormat format, Time time, LogLevel level, std::string_view message,
                            const std::vector<LogField>& fields);

// To stderr, each line in one write; safe to call from any thread.
std::unique_ptr<Log> make_stderr_log(LogFormat format, LogLevel least);
// Swallows everything.
std::unique_ptr<Log> make_silent_log();
// Keeps every line as "level message key=value": tests check what was said.
class RecordingLog final : public Log {
 public:
  void write(LogLevel level, std::string_view message, const std::vector<LogField>& fields) override;
  const std::vector<std::string>& lines() const { return lines_; }
  bool has(std::string_view part) const;  // some line contains it

 private:
  std::vector<std::string> lines_;
};

}  // namespace batchd
