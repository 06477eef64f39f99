#include "ground/base/log.hpp"

#include <doctest/doctest.h>

using namespace batchd;

namespace {
const Time a_monday = from_unix_ms(1795412693120);
}

TEST_CASE("a text line has the time of day, the level, the message and its fields") {
  CHECK(format_log_line(LogFormat::text, a_monday, LogLevel::warning, "poll failed",
                        {{"batch", "batch_1"}, {"why", "connection reset"}, {"code", ""}}) ==
        "05:44:53 warning poll failed batch=batch_1 why=\"connection reset\" code=\"\"");
}

TEST_CASE("a JSON line is one object with the fields as strings") {
  CHECK(format_log_line(LogFormat::json, a_monday, LogLevel::info, "said \"yes\"", {{"path", "a\\b"}}) ==
        R"({"time":"2026-11-23T05:44:53.120Z","level":"info","message":"said \"yes\"","path":"a\\b"})");
}

TEST_CASE("nobody can forge a second line") {
  const std::string forged = "done\n05:44:54 error \x1b[31mlost everything";
  for (LogFormat format : {LogFormat::text, LogFormat::json}) {
    const std::string line = format_log_line(format, a_monday, LogLevel::info, forged, {{"id", forged}});
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("bytes that are no UTF-8 do not break a JSON line") {
  const auto message_of = [](std::string_view text) {
    const std::string line = format_log_line(LogFormat::json, a_monday, LogLevel::info, text, {});
    const std::size_t start = line.find("message\":\"") + 10;
    return line.substr(start, line.size() - start - 2);
  };
  CHECK(message_of("größer 日本 🙂") == "größer 日本 🙂");
  CHECK(message_of("a\xFFz") == "a\uFFFDz");
  CHECK(message_of("cut \xE6\x97") == "cut \uFFFD\uFFFD");
  CHECK(message_of("\xC0\xAF") == "\uFFFD\uFFFD");              // overlong
  CHECK(message_of("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");    // half a surrogate pair
  CHECK(message_of("\xF5\x80\x80\x80").starts_with("\uFFFD"));  // beyond U+10FFFF
}

TEST_CASE("a recording log keeps what was said, level first") {
  RecordingLog log;
  log.warning("lost create answer", {{"submission", "2"}});
  log.debug("quiet");
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines()[0] == "warning lost create answer submission=2");
  CHECK(log.has("lost create"));
  CHECK_FALSE(log.has("batch id"));
}
