#include "ground/json/number.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

namespace batchd::json {
namespace {

// An exponent this far out decides alone; digits would need gigabytes to bring the number back.
constexpr std::int64_t exponent_max = std::int64_t{1} << 40;

std::int64_t exponent_of(std::string_view text) {
  bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  std::int64_t exponent = 0;
  for (char digit : text)
    exponent = std::min(exponent * 10 + (digit - '0'), exponent_max);
  return negative ? -exponent : exponent;
}

// A number taken apart, all of it still text: ±whole.fraction × 10^exponent.
struct Decimal {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t exponent = 0;
};

Decimal decimal_of(std::string_view number) {
  Decimal decimal;
  if (number.front() == '-') decimal.negative = true, number.remove_prefix(1);
  if (auto e = number.find_first_of("eE"); e != number.npos) {
    decimal.exponent = exponent_of(number.substr(e + 1));
    number = number.substr(0, e);
  }
  auto point = number.find('.');
  decimal.whole = number.substr(0, point);
  if (point != number.npos) decimal.fraction = number.substr(point + 1);
  return decimal;
}

void strip_leading_zeros(std::string_view& digits) {
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
}

void strip_trailing_zeros(std::string_view& digits) { digits = digits.substr(0, digits.find_last_not_of('0') + 1); }

// The power of ten of the leading digit that is not zero; nothing for zero.
std::optional<std::int64_t> magnitude_of(Decimal decimal) {
  strip_leading_zeros(decimal.whole);
  if (!decimal.whole.empty()) return decimal.exponent + static_cast<std::int64_t>(decimal.whole.size()) - 1;
  auto zeros = decimal.fraction.find_first_not_of('0');
  if (zeros == decimal.fraction.npos) return std::nullopt;
  return decimal.exponent - static_cast<std::int64_t>(zeros) - 1;
}

std::optional<std::int64_t> signed_of(std::uint64_t magnitude, bool negative) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (magnitude > most + (negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(negative ? std::uint64_t{0} - magnitude : magnitude);
}

std::optional<std::int64_t> integer_of(Decimal decimal) {
  constexpr std::int64_t digits_max = 19;  // of an int64; as many fit a uint64, too
  auto magnitude = magnitude_of(decimal);
  if (!magnitude) return 0;
  if (*magnitude < 0 || *magnitude >= digits_max) return std::nullopt;

  strip_leading_zeros(decimal.whole);
  strip_trailing_zeros(decimal.fraction);
  // So many digits stand left of the point once the exponent has moved it: at least 1, at most 19.
  auto left = *magnitude + 1;
  std::uint64_t value = 0;
  for (std::string_view digits : {decimal.whole, decimal.fraction}) {
    if (decimal.whole.empty()) strip_leading_zeros(digits);
    for (char digit : digits) {
      if (left > 0) {
        value = value * 10 + static_cast<std::uint64_t>(digit - '0');
        --left;
      } else if (digit != '0') {
        return std::nullopt;
      }
    }
  }
  for (; left > 0; --left)
    value *= 10;
  return signed_of(value, decimal.negative);
}

}  // namespace

std::optional<std::int64_t> integer_of(std::string_view number) {
  std::int64_t plain = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), plain);
  if (error == std::errc() && end == number.data() + number.size()) return plain;
  return integer_of(decimal_of(number));
}

double double_of(std::string_view number) {
  double value = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc()) return value;
  // Out of range, and from_chars does not say on which side.
  auto decimal = decimal_of(number);
  auto magnitude = magnitude_of(decimal);
  double nearest = magnitude && *magnitude > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return decimal.negative ? -nearest : nearest;
}

}  // namespace batchd::json
