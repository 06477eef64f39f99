#include "line/report/moments.hpp"

#include <array>

#include <fmt/format.h>
#include <time.h>

#include "ground/base/units.hpp"

namespace batchd::report {
namespace {

tm local_time(Time time) {
  const auto seconds = static_cast<time_t>(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
  tm parts{};
  localtime_r(&seconds, &parts);
  return parts;
}

std::string formatted(const tm& parts, const char* format) {
  std::array<char, 64> text;
  return {text.data(), strftime(text.data(), text.size(), format, &parts)};
}

}  // namespace

std::string clock_time(Time then, Time now) {
  const auto at = local_time(then);
  const auto today = local_time(now);
  if (at.tm_year != today.tm_year) return formatted(at, "%-d %b %Y %H:%M");
  return formatted(at, at.tm_yday == today.tm_yday ? "%H:%M" : "%-d %b %H:%M");
}

std::string local_second(Time then) { return formatted(local_time(then), "%Y-%m-%d %H:%M:%S"); }

std::string moment(Time then, Time now) {
  const auto ago = format_ago(then, now);
  return fmt::format("{}, {}", ago == "now" ? "just now" : ago, clock_time(then, now));
}

std::string roughly_ago(Time then, Time now) {
  const auto exact = format_ago(then, now);  // "3 min 20 s ago"
  const auto unit = exact.find(' ');
  const auto rest = unit == std::string::npos ? unit : exact.find(' ', unit + 1);
  if (rest == std::string::npos || !exact.ends_with(" ago")) return exact;
  return exact.substr(0, rest) + " ago";
}

}  // namespace batchd::report
