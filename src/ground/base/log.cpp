#include "ground/base/log.hpp"

#include <cerrno>

#include <fmt/format.h>
#include <unistd.h>

#include "ground/base/utf8.hpp"

namespace batchd {
namespace {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";  // U+FFFD

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

// A JSON string. The json room lies above this one; a log line needs no more than this.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_character_bytes(text);
    const char first = text.front();
    if (length == 0)
      out += replacement_character;
    else if (first == '"' || first == '\\')
      (out += '\\') += first;
    else if (first == '\n')
      out += "\\n";
    else if (static_cast<unsigned char>(first) < 0x20 || first == 0x7F)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(first));
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

// Bare where the eye can tell its end, else quoted: one message is always one line.
void append_value(std::string& out, std::string_view value) {
  bool bare = !value.empty();
  for (char byte : value)
    bare = bare && static_cast<unsigned char>(byte) > 0x20 && byte != '"' && byte != '=' && byte != 0x7F;
  if (bare)
    out += value;
  else
    append_quoted(out, value);
}

std::string without_control_bytes(std::string_view text) {
  std::string out(text);
  for (char& byte : out)
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F) byte = ' ';
  return out;
}

std::string text_line(LogLevel level, std::string_view message, const std::vector<LogField>& fields) {
  std::string line = fmt::format("{} {}", name_of(level), without_control_bytes(message));
  for (const LogField& field : fields) {
    line += fmt::format(" {}=", field.key);
    append_value(line, field.value);
  }
  return line;
}

std::string json_line(Time time, LogLevel level, std::string_view message, const std::vector<LogField>& fields) {
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","message":)", format_utc(time, true), name_of(level));
  append_quoted(line, message);
  for (const LogField& field : fields) {
    line += ',';
    append_quoted(line, field.key);
    line += ':';
    append_quoted(line, field.value);
  }
  return line + "}";
}

class StderrLog final : public Log {
 public:
  StderrLog(LogFormat format, LogLevel least) : format_(format), least_(least) {}

  void write(LogLevel level, std::string_view message, const std::vector<LogField>& fields) override {
    if (level < least_) return;
    const std::string line = format_log_line(format_, clock_.now(), level, message, fields) + "\n";
    // One write a line, so that lines of several threads or processes do not mix. A log that cannot be written is
    // no reason to fail.
    std::string_view rest = line;
    while (!rest.empty()) {
      const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }

 private:
  SystemClock clock_;
  LogFormat format_;
  LogLevel least_;
};

class SilentLog final : public Log {
 public:
  void write(LogLevel, std::string_view, const std::vector<LogField>&) override {}
};

}  // namespace

std::string format_log_line(LogFormat format, Time time, LogLevel level, std::string_view message,
                            const std::vector<LogField>& fields) {
  if (format == LogFormat::json) return json_line(time, level, message, fields);
  return format_utc(time).substr(sizeof("2026-11-23T") - 1, sizeof("05:44:53") - 1) + " " +
         text_line(level, message, fields);
}

std::unique_ptr<Log> make_stderr_log(LogFormat format, LogLevel least) {
  return std::make_unique<StderrLog>(format, least);
}

std::unique_ptr<Log> make_silent_log() { return std::make_unique<SilentLog>(); }

void RecordingLog::write(LogLevel level, std::string_view message, const std::vector<LogField>& fields) {
  lines_.push_back(text_line(level, message, fields));
}

bool RecordingLog::has(std::string_view part) const {
  for (const std::string& line : lines_)
    if (line.find(part) != std::string::npos) return true;
  return false;
}

}  // namespace batchd
