#include "ground/base/clock.hpp"

#include <array>

#include <fmt/format.h>

namespace batchd {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> weekday_names = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Consumes a text of fixed form from the left; once something does not fit, everything after it fails too.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    if (rest_.size() < count) return fail();
    int value = 0;
    for (char digit : rest_.substr(0, count)) {
      if (digit < '0' || digit > '9') return fail();
      value = value * 10 + (digit - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  void literal(std::string_view expected) {
    if (!take(expected)) fail();
  }
  bool take(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  // The index of the name the text goes on with.
  template <std::size_t N>
  int one_of(const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; i < N; ++i)
      if (take(names[i])) return static_cast<int>(i);
    return fail();
  }
  bool finished() const { return !failed_ && rest_.empty(); }

 private:
  int fail() {
    failed_ = true;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool failed_ = false;
};

struct Figures {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0;
};

std::optional<Time> time_from(const Figures& f) {
  const year_month_day date{std::chrono::year(f.year), std::chrono::month(static_cast<unsigned>(f.month)),
                            std::chrono::day(static_cast<unsigned>(f.day))};
  if (!date.ok() || f.hour > 23 || f.minute > 59 || f.second > 60) return std::nullopt;
  // A leap second (23:59:60) is the next day's first: system time has no name for it.
  return sys_days(date) + std::chrono::hours(f.hour) + std::chrono::minutes(f.minute) + std::chrono::seconds(f.second) +
         std::chrono::milliseconds(f.ms);
}

Figures figures_of(Time time) {
  const sys_days midnight = floor<days>(time);
  const year_month_day date{midnight};
  const hh_mm_ss clock{time - midnight};
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<int>(static_cast<unsigned>(date.month())),
          .day = static_cast<int>(static_cast<unsigned>(date.day())),
          .hour = static_cast<int>(clock.hours().count()),
          .minute = static_cast<int>(clock.minutes().count()),
          .second = static_cast<int>(clock.seconds().count()),
          .ms = static_cast<int>(clock.subseconds().count())};
}

}  // namespace

Time SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

void TurnedClock::turn_to(Time time) {
  if (time > now_) now_ = time;
}

std::int64_t to_unix_ms(Time time) { return time.time_since_epoch().count(); }
Time from_unix_ms(std::int64_t ms) { return Time(std::chrono::milliseconds(ms)); }
Time from_unix_seconds(std::int64_t seconds) { return Time(std::chrono::seconds(seconds)); }

std::string format_utc(Time time, bool with_ms) {
  const Figures f = figures_of(time);
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", f.year, f.month, f.day, f.hour, f.minute, f.second);
  if (with_ms) text += fmt::format(".{:03}", f.ms);
  return text + "Z";
}

std::optional<Time> parse_utc(std::string_view text) {
  Reader reader(text);
  Figures f;
  f.year = reader.digits(4);
  reader.literal("-");
  f.month = reader.digits(2);
  reader.literal("-");
  f.day = reader.digits(2);
  reader.literal("T");
  f.hour = reader.digits(2);
  reader.literal(":");
  f.minute = reader.digits(2);
  reader.literal(":");
  f.second = reader.digits(2);
  if (reader.take(".")) f.ms = reader.digits(3);
  reader.literal("Z");
  return reader.finished() ? time_from(f) : std::nullopt;
}

std::optional<Time> parse_http_date(std::string_view text) {
  Reader reader(text);
  Figures f;
  reader.one_of(weekday_names);  // not compared with the date: a server's slip there is no reason to lose the time
  reader.literal(", ");
  f.day = reader.digits(2);
  reader.literal(" ");
  f.month = reader.one_of(month_names) + 1;
  reader.literal(" ");
  f.year = reader.digits(4);
  reader.literal(" ");
  f.hour = reader.digits(2);
  reader.literal(":");
  f.minute = reader.digits(2);
  reader.literal(":");
  f.second = reader.digits(2);
  reader.literal(" GMT");
  return reader.finished() ? time_from(f) : std::nullopt;
}

std::string format_http_date(Time time) {
  const Figures f = figures_of(time);
  const std::chrono::weekday weekday(floor<days>(time));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", weekday_names[weekday.c_encoding()], f.day,
                     month_names[static_cast<std::size_t>(f.month - 1)], f.year, f.hour, f.minute, f.second);
}

}  // namespace batchd
