#include "rules/schema/number.hpp"

#include <algorithm>

namespace batchd::schema {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t multiply_modulo(std::uint64_t left, std::uint64_t right, std::uint64_t modulus) {
  return static_cast<std::uint64_t>(Wide{left} * right % modulus);
}

std::uint64_t power_of_ten_modulo(std::int64_t exponent, std::uint64_t modulus) {
  std::uint64_t result = 1 % modulus;
  std::uint64_t base = 10 % modulus;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result = multiply_modulo(result, base, modulus);
    base = multiply_modulo(base, base, modulus);
  }
  return result;
}

std::int64_t read_exponent(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  for (const char c : text)
    value = std::min(value * 10 + (c - '0'), Decimal::exponent_max);
  return negative ? -value : value;
}

}  // namespace

Decimal Decimal::from_text(std::string_view json_number) {
  Decimal decimal;
  if (json_number.starts_with('-')) {
    decimal.negative_ = true;
    json_number.remove_prefix(1);
  }
  const std::size_t exponent_mark = json_number.find_first_of("eE");
  const std::string_view mantissa = json_number.substr(0, exponent_mark);
  const std::size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) {
    decimal.negative_ = false;  // -0 is 0
    return decimal;
  }
  const std::size_t last = mantissa.find_last_of("123456789");
  const std::size_t dot = std::min(mantissa.find('.'), mantissa.size());
  decimal.digits_ = mantissa.substr(first, last - first + 1);
  decimal.digit_count_ = static_cast<std::int64_t>(last - first + 1) - (first < dot && dot < last ? 1 : 0);
  decimal.magnitude_ =
      first < dot ? static_cast<std::int64_t>(dot - first) : -static_cast<std::int64_t>(first - dot - 1);
  if (exponent_mark != std::string_view::npos)
    decimal.magnitude_ += read_exponent(json_number.substr(exponent_mark + 1));
  return decimal;
}

std::strong_ordering Decimal::compare_size(const Decimal& other) const {
  if (is_zero() || other.is_zero()) return !is_zero() <=> !other.is_zero();
  if (magnitude_ != other.magnitude_) return magnitude_ <=> other.magnitude_;
  auto mine = digits_.begin();
  auto theirs = other.digits_.begin();
  while (mine != digits_.end() && theirs != other.digits_.end()) {
    if (*mine == '.') {
      ++mine;
    } else if (*theirs == '.') {
      ++theirs;
    } else if (*mine != *theirs) {
      return *mine <=> *theirs;
    } else {
      ++mine, ++theirs;
    }
  }
  return digit_count_ <=> other.digit_count_;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  if (negative_ != other.negative_) return negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  return negative_ ? other.compare_size(*this) : compare_size(other);
}

std::uint64_t Decimal::hash() const {
  std::uint64_t hash = negative_ ? 0x9E37'79B9'7F4A'7C15 : 0x2545'F491'4F6C'DD1D;
  hash ^= static_cast<std::uint64_t>(magnitude_);
  for (const char c : digits_) {
    if (c != '.') hash = (hash ^ static_cast<unsigned char>(c)) * 0x0000'0100'0000'01B3;
  }
  return hash;
}

std::optional<Divisor> Divisor::from(const Decimal& decimal) {
  if (decimal.is_zero() || decimal.is_negative() || decimal.digit_count() > digits_max) return std::nullopt;
  Divisor divisor{0, decimal.magnitude() - decimal.digit_count()};
  for (const char c : decimal.digits()) {
    if (c != '.') divisor.mantissa = divisor.mantissa * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return divisor;
}

bool Divisor::divides(const Decimal& number) const {
  if (number.is_zero()) return true;
  const std::int64_t surplus = number.magnitude() - number.digit_count() - exponent;
  // The number's last digit is not zero, so no power of ten is left in it for a coarser divisor.
  if (surplus < 0) return false;
  std::uint64_t remainder = 0;
  for (const char c : number.digits()) {
    if (c != '.')
      remainder = static_cast<std::uint64_t>((Wide{remainder} * 10 + static_cast<unsigned>(c - '0')) % mantissa);
  }
  return multiply_modulo(remainder, power_of_ten_modulo(surplus, mantissa), mantissa) == 0;
}

std::optional<PlainDecimal> plain_decimal(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.size() > PlainDecimal::digits_max + 1) return std::nullopt;
  PlainDecimal decimal;
  bool behind_point = false;
  for (const char c : text) {
    if (c == '.') {
      behind_point = true;
    } else if (c >= '0' && c <= '9') {
      decimal.digits = decimal.digits * 10 + (c - '0');
      decimal.places += behind_point ? 1 : 0;
    } else {
      return std::nullopt;
    }
  }
  if (negative) decimal.digits = -decimal.digits;
  return decimal;
}

std::strong_ordering compare(const PlainDecimal& number, std::int64_t limit) {
  __extension__ using WideSigned = __int128;
  WideSigned scaled = limit;  // below 10^18 by 10^17 at most: it fits
  for (unsigned place = 0; place < number.places; ++place)
    scaled *= 10;
  return WideSigned{number.digits} <=> scaled;
}

bool equal_numbers(std::string_view left, std::string_view right) {
  return left == right || Decimal::from_text(left) == Decimal::from_text(right);
}

}  // namespace batchd::schema
