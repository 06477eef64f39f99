#pragma once
// Time is handed in. Nothing outside this room asks the system for it.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace batchd {

using Duration = std::chrono::milliseconds;
using Time = std::chrono::sys_time<std::chrono::milliseconds>;  // UTC

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time, UTC. May jump when the machine's clock is set.
  virtual Time now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
};

// A clock that moves only when it is turned: for tests and rehearsals. `async::Loop` turns it when nothing is left
// to do before the next timer.
class TurnedClock final : public Clock {
 public:
  explicit TurnedClock(Time start) : now_(start) {}
  Time now() const override { return now_; }
  void turn_to(Time time);  // never backwards: an earlier time changes nothing
  void turn_by(Duration duration) { now_ += duration; }

 private:
  Time now_;
};

std::int64_t to_unix_ms(Time time);
Time from_unix_ms(std::int64_t ms);
Time from_unix_seconds(std::int64_t seconds);

// "2026-11-23T05:44:53Z"; with_ms: "2026-11-23T05:44:53.120Z".
std::string format_utc(Time time, bool with_ms = false);
// The same forms back; nothing else.
std::optional<Time> parse_utc(std::string_view text);
// An HTTP date (RFC 9110, the IMF-fixdate form): "Mon, 23 Nov 2026 05:44:53 GMT".
std::optional<Time> parse_http_date(std::string_view text);
std::string format_http_date(Time time);

}  // namespace batchd
