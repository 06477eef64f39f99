#pragma once
// Figures as people write and read them.

#include <cstdint>
#include <string>
#include <string_view>

#include "ground/base/clock.hpp"
#include "ground/base/result.hpp"

namespace batchd {

// "250ms 30s 5m 6h 14d", one unit, whole numbers, at most a hundred years. ErrorKind::invalid says what is allowed.
Result<Duration> parse_duration(std::string_view text);
// "6MB 200MB 1GiB 500kB 12B", whole numbers, at most 2^62: B kB KB MB GB TB are powers of 1000, KiB MiB GiB TiB of
// 1024.
Result<std::uint64_t> parse_size(std::string_view text);

std::string format_count(std::uint64_t count);  // "1,234,567"
std::string format_bytes(std::uint64_t bytes);  // "812 B", "1.4 MB", "2.0 GB" (powers of 1000)
// "0.4 s" (tenths below 10 s), "12 s", "3 min 20 s", "2 h 05 min", "3 d 4 h": cut, not rounded; below zero "0.0 s".
std::string format_duration(Duration duration);
std::string format_ago(Time then, Time now);  // "12 s ago", "in 3 min 20 s", within a second "now"

// "row", 1 -> "1 row"; "row", 2,000 -> "2,000 rows".
std::string counted(std::uint64_t count, std::string_view noun);

}  // namespace batchd
