#pragma once
// Money is an integer of nano-units (10^-9 of the currency), so that sums over a million rows are exact.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rules/model/usage.hpp"

namespace batchd::model {

struct Money {
  std::int64_t nano = 0;
  Money& operator+=(Money other) { return nano += other.nano, *this; }
  auto operator<=>(const Money&) const = default;
};

// A decimal text with at most nine places, no trailing zeros beyond two: "0.40", "25.00", "0.000123".
std::string to_text(Money money);
std::optional<Money> money_from_text(std::string_view text);  // "0.40", "25", "-1.5"; more than nine places: nothing

struct Price {  // one row of `prices`
  std::string provider;
  std::string model;
  Money input;  // for `per` tokens, outside Batch
  Money output;
  std::int64_t per_tokens = 1'000'000;
  std::string currency;
  std::int64_t batch_factor_ppm = 500'000;  // 0.5 is 500,000 parts of a million
  std::string as_of;
};

// What the usage cost in a batch, rounded half up to a nano-unit.
Money cost_of(const Usage& usage, const Price& price);

struct Budget {
  std::optional<Money> max_cost;
  std::string currency;
  std::optional<std::uint64_t> max_total_tokens;
};

}  // namespace batchd::model
