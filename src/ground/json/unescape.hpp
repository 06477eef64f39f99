#pragma once
// Escapes inside a JSON string, undone. Inside this room only.

#include <array>
#include <cstdint>
#include <string_view>

namespace batchd::json {

// The value of the four hexadecimal digits at `at`, or a negative number when they are not four such digits.
std::int32_t hexadecimal4(const char* at, const char* end);

inline bool is_high_surrogate(std::int32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
inline bool is_low_surrogate(std::int32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

// What `\c` means, for the escapes of two characters; '\0' when `c` makes none (`u` included).
inline constexpr auto two_character_escapes = [] {
  std::array<char, 256> meanings{};
  meanings['"'] = '"', meanings['\\'] = '\\', meanings['/'] = '/';
  meanings['b'] = '\b', meanings['f'] = '\f', meanings['n'] = '\n', meanings['r'] = '\r', meanings['t'] = '\t';
  return meanings;
}();
inline char unescaped_of(char c) { return two_character_escapes[static_cast<unsigned char>(c)]; }

// Writes [at, end), the inside of a string, to `out` without its escapes and returns where it stopped; nullptr at a
// faulty escape. Never writes more bytes than it reads.
char* unescape(const char* at, const char* end, char* out);
// The same, but U+FFFD for half a surrogate pair; `mended` becomes true where there was one.
char* unescape_mending(const char* at, const char* end, char* out, bool& mended);

}  // namespace batchd::json
