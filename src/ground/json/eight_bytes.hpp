#pragma once
// Eight bytes looked at as one number: for scans that stop every few dozen bytes, where a call of memchr costs more
// than it finds. Inside this room only.
//
// A mask has the highest bit of a byte set where the byte is meant. Only its lowest such bit is exact: a borrow may
// mark bytes behind a true one. That is why the order of bytes matters, and why one asks for the first only.

#include <bit>
#include <cstdint>
#include <cstring>

namespace batchd::json {

static_assert(std::endian::native == std::endian::little, "the first byte in memory is the lowest of the number");

constexpr std::uint64_t each_byte(std::uint8_t byte) { return byte * 0x0101'0101'0101'0101U; }

inline std::uint64_t eight_bytes_at(const char* at) {
  std::uint64_t eight;
  std::memcpy(&eight, at, sizeof eight);
  return eight;
}

constexpr std::uint64_t mask_of_below(std::uint64_t eight, std::uint8_t limit) {  // limit <= 0x80
  return (eight - each_byte(limit)) & ~eight & each_byte(0x80);
}

constexpr std::uint64_t mask_of_equal(std::uint64_t eight, char byte) {
  return mask_of_below(eight ^ each_byte(static_cast<std::uint8_t>(byte)), 1);
}

// Of a mask that is not empty.
constexpr int first_of(std::uint64_t mask) { return std::countr_zero(mask) / 8; }

}  // namespace batchd::json
