#include "ground/base/ulid.hpp"

#include "ground/base/check.hpp"

namespace batchd {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford: no i, l, o, u
constexpr std::size_t time_digits = 10;
constexpr std::size_t random_digits = 16;
constexpr std::size_t ulid_digits = time_digits + random_digits;
constexpr std::int64_t time_ms_end = std::int64_t{1} << 48;

}  // namespace

std::string make_ulid(Time time, Random& random) {
  const std::int64_t ms = to_unix_ms(time);
  check(ms >= 0 && ms < time_ms_end, "a ULID's time lies between 1970 and the year 10889");
  std::string text(ulid_digits, '0');
  auto rest = static_cast<std::uint64_t>(ms);
  for (std::size_t i = time_digits; i-- > 0; rest /= 32)
    text[i] = alphabet[rest % 32];
  // 80 bits: 16 digits of 5 bits, 8 digits from each of two draws.
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t bits = random.next();
    for (std::size_t i = 0; i < random_digits / 2; ++i, bits /= 32)
      text[time_digits + half * random_digits / 2 + i] = alphabet[bits % 32];
  }
  return text;
}

bool is_ulid(std::string_view text) {
  // The first digit holds three bits: above 7 the time would not fit 48.
  return text.size() == ulid_digits && text.front() <= '7' &&
         text.find_first_not_of(alphabet) == std::string_view::npos;
}

std::optional<Time> time_of_ulid(std::string_view text) {
  if (!is_ulid(text)) return std::nullopt;
  std::int64_t ms = 0;
  for (char digit : text.substr(0, time_digits))
    ms = ms * 32 + static_cast<std::int64_t>(alphabet.find(digit));
  return from_unix_ms(ms);
}

}  // namespace batchd
