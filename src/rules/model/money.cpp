#include "rules/model/money.hpp"

#include <charconv>

namespace batchd::model {
namespace {

__extension__ using Wide = __int128;  // tokens × price × factor does not fit in 64 bits

constexpr std::int64_t nano_per_unit = 1'000'000'000;
constexpr int places_max = 9;
constexpr int places_shown_min = 2;
constexpr std::int64_t units_max = 9'000'000'000;  // below what 64 bits of nano-units hold

Wide share(std::uint64_t tokens, Money price, const Price& of) {
  return static_cast<Wide>(tokens) * price.nano * of.batch_factor_ppm;
}

}  // namespace

std::string to_text(Money money) {
  const bool negative = money.nano < 0;
  const auto magnitude = negative ? -static_cast<std::uint64_t>(money.nano) : static_cast<std::uint64_t>(money.nano);
  std::string places = std::to_string(magnitude % nano_per_unit);
  places.insert(0, places_max - places.size(), '0');
  while (places.size() > places_shown_min && places.back() == '0')
    places.pop_back();
  return (negative ? "-" : "") + std::to_string(magnitude / nano_per_unit) + "." + places;
}

std::optional<Money> money_from_text(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto units_text = text.substr(0, point);
  std::string places(point == std::string_view::npos ? std::string_view("0") : text.substr(point + 1));
  if (units_text.empty() || places.empty() || places.size() > places_max) return std::nullopt;
  if ((std::string(units_text) + places).find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  places.append(places_max - places.size(), '0');
  std::int64_t units = 0;
  std::int64_t nano = 0;
  if (std::from_chars(units_text.data(), units_text.data() + units_text.size(), units).ec != std::errc() ||
      std::from_chars(places.data(), places.data() + places.size(), nano).ec != std::errc() || units > units_max)
    return std::nullopt;
  const auto magnitude = units * nano_per_unit + nano;
  return Money{negative ? -magnitude : magnitude};
}

Money cost_of(const Usage& usage, const Price& price) {
  constexpr std::int64_t millionths = 1'000'000;
  const Wide product = share(usage.input_tokens, price.input, price) + share(usage.output_tokens, price.output, price);
  const Wide divisor = static_cast<Wide>(price.per_tokens) * millionths;
  return Money{static_cast<std::int64_t>((product + divisor / 2) / divisor)};
}

}  // namespace batchd::model
