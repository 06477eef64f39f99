#pragma once
// Numbers as RFC 8259 writes them. Inside this room only.

#include <cstdint>
#include <optional>
#include <string_view>

namespace batchd::json {

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

inline const char* skip_digits(const char* at, const char* end) {
  while (at != end && is_digit(*at))
    ++at;
  return at;
}

// Behind the number that begins at `at`; nullptr when what stands there is none. Says nothing about what follows.
inline const char* skip_number(const char* at, const char* end) {
  if (at != end && *at == '-') ++at;
  if (at == end || !is_digit(*at)) return nullptr;
  at = *at == '0' ? at + 1 : skip_digits(at, end);
  if (at != end && *at == '.') {
    const char* fraction = at + 1;
    at = skip_digits(fraction, end);
    if (at == fraction) return nullptr;
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    const char* exponent = at + 1;
    if (exponent != end && (*exponent == '+' || *exponent == '-')) ++exponent;
    at = skip_digits(exponent, end);
    if (at == exponent) return nullptr;
  }
  return at;
}

// Of a well-formed number's text. Exact: 7, 7.0, 7e0 and 70e-1 are the integer 7; 7.5 and what does not fit are none.
std::optional<std::int64_t> integer_of(std::string_view number);
// The nearest double; ±infinity above the range, ±0 below it.
double double_of(std::string_view number);

}  // namespace batchd::json
