#pragma once
// Numbers as their text says them. Nothing is rounded: 0.1 is a tenth, 2^64 + 1 is not 2^64, 1e400 is less than 1e401.

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace batchd::schema {

// A borrowed decimal: (-1)^negative * 0.DIGITS * 10^magnitude, DIGITS without zeros at either end. The text it was
// read from must outlive it. Nothing is allocated.
class Decimal {
 public:
  // Exponents beyond this are taken as this: nobody can tell 1e1000000000000000 from more.
  static constexpr std::int64_t exponent_max = 1'000'000'000'000'000;

  // `json_number` has the syntax of RFC 8259; the tape vouches for it.
  static Decimal from_text(std::string_view json_number);

  bool is_zero() const { return digit_count_ == 0; }
  bool is_negative() const { return negative_; }
  bool is_integer() const { return digit_count_ <= magnitude_ || is_zero(); }
  std::int64_t digit_count() const { return digit_count_; }
  std::int64_t magnitude() const { return magnitude_; }
  // The digits with at most one '.' among them.
  std::string_view digits() const { return digits_; }

  std::strong_ordering operator<=>(const Decimal& other) const;
  bool operator==(const Decimal& other) const { return (*this <=> other) == 0; }
  std::uint64_t hash() const;  // equal numbers have equal hashes

 private:
  std::strong_ordering compare_size(const Decimal& other) const;

  std::string_view digits_;
  std::int64_t digit_count_ = 0;
  std::int64_t magnitude_ = 0;
  bool negative_ = false;
};

// What a number is divided by: mantissa * 10^exponent, exactly.
struct Divisor {
  static constexpr std::int64_t digits_max = 18;
  std::uint64_t mantissa = 1;
  std::int64_t exponent = 0;

  // Nothing when it is not above zero or has more than digits_max significant digits.
  static std::optional<Divisor> from(const Decimal& decimal);
  bool divides(const Decimal& number) const;
};

// The value of an integer written plainly with at most 18 digits ("-12", not "1e2"): the way most numbers come.
inline std::optional<std::int64_t> plain_integer(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    const unsigned digit = static_cast<unsigned char>(c) - unsigned{'0'};
    if (digit > 9) return std::nullopt;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

// "19.90" as 1990 and 2: a number with a point, no exponent and at most 17 digits.
struct PlainDecimal {
  static constexpr unsigned digits_max = 17;
  std::int64_t digits = 0;
  unsigned places = 0;  // behind the point
};
std::optional<PlainDecimal> plain_decimal(std::string_view text);
// number <=> limit
std::strong_ordering compare(const PlainDecimal& number, std::int64_t limit);

// 7, 7.0, 70e-1 and -0 are integers.
inline bool is_integer_text(std::string_view text) {
  return plain_integer(text).has_value() || Decimal::from_text(text).is_integer();
}

// Digits alone, with a sign at most: 7, but not 7.0 or 7e0.
inline bool is_written_as_integer(std::string_view text) { return text.find_first_of(".eE") == std::string_view::npos; }

bool equal_numbers(std::string_view left, std::string_view right);

}  // namespace batchd::schema
