#include "ground/base/units.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace batchd {
namespace {

constexpr std::int64_t second_ms = 1000;
constexpr std::int64_t minute_ms = 60 * second_ms;
constexpr std::int64_t hour_ms = 60 * minute_ms;
constexpr std::int64_t day_ms = 24 * hour_ms;
constexpr std::int64_t duration_ms_max = 36'500 * day_ms;  // a hundred years: sums with any time of day stay in range
constexpr std::uint64_t size_bytes_max = std::uint64_t{1} << 62;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 5> duration_units = {
    {{"ms", 1}, {"s", second_ms}, {"m", minute_ms}, {"h", hour_ms}, {"d", day_ms}}};

constexpr std::uint64_t kibi = 1024;
constexpr std::array<Unit, 10> size_units = {{{"B", 1},
                                              {"kB", 1'000},
                                              {"KB", 1'000},
                                              {"MB", 1'000'000},
                                              {"GB", 1'000'000'000},
                                              {"TB", 1'000'000'000'000},
                                              {"KiB", kibi},
                                              {"MiB", kibi* kibi},
                                              {"GiB", kibi* kibi* kibi},
                                              {"TiB", kibi* kibi* kibi* kibi}}};

// digits, then one of the units; nothing between, before or after.
template <std::size_t N>
std::optional<std::uint64_t> parse_figure(std::string_view text, const std::array<Unit, N>& units, std::uint64_t most) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [after, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc() || after == text.data()) return std::nullopt;
  const std::string_view name(after, static_cast<std::size_t>(end - after));
  for (const Unit& unit : units)
    if (unit.name == name && number <= most / unit.factor) return number * unit.factor;
  return std::nullopt;
}

// A text to complain about, cut to what fits a line.
std::string shown(std::string_view text) {
  constexpr std::size_t shown_bytes_max = 40;
  return fmt::format("\"{}\"{}", text.substr(0, shown_bytes_max), text.size() > shown_bytes_max ? "…" : "");
}

std::string whole_seconds(std::int64_t ms) {
  const std::int64_t seconds = ms / second_ms, minutes = ms / minute_ms, hours = ms / hour_ms;
  if (ms < minute_ms) return fmt::format("{} s", seconds);
  if (ms < hour_ms) return fmt::format("{} min {:02} s", minutes, seconds % 60);
  if (ms < day_ms) return fmt::format("{} h {:02} min", hours, minutes % 60);
  return fmt::format("{} d {} h", ms / day_ms, hours % 24);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (const auto ms = parse_figure(text, duration_units, duration_ms_max))
    return Duration(static_cast<std::int64_t>(*ms));
  return Error(ErrorKind::invalid, shown(text) + " is not a duration",
               "Write a whole number and one unit, up to 36500d: 250ms, 30s, 5m, 6h or 14d.");
}

Result<std::uint64_t> parse_size(std::string_view text) {
  if (const auto bytes = parse_figure(text, size_units, size_bytes_max)) return *bytes;
  return Error(
      ErrorKind::invalid, shown(text) + " is not a size",
      "Write a whole number and one unit: B, kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (of 1024).");
}

std::string format_count(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3;)
    text.insert(at -= 3, 1, ',');
  return text;
}

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::array<std::string_view, 6> names = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t name = 0;
  // 999.95 would be printed as 1000.0: it is 1.0 of the next.
  for (; value >= 999.95 && name + 1 < names.size(); ++name)
    value /= 1000;
  return fmt::format("{:.1f} {}", value, names[name]);
}

std::string format_duration(Duration duration) {
  const std::int64_t ms = duration.count();
  if (ms < 0) return "0.0 s";
  // Cut, not rounded: what has not passed is not claimed, and 9.96 s never shows as "10.0 s".
  if (ms < 10 * second_ms) return fmt::format("{}.{} s", ms / second_ms, ms % second_ms / 100);
  return whole_seconds(ms);
}

std::string format_ago(Time then, Time now) {
  const std::int64_t ms = (now - then).count();
  if (ms > -second_ms && ms < second_ms) return "now";
  if (ms == std::numeric_limits<std::int64_t>::min()) return "now";  // has no positive twin
  return ms > 0 ? whole_seconds(ms) + " ago" : "in " + whole_seconds(-ms);
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return format_count(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace batchd
