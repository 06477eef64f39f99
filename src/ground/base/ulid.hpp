#pragma once
// ULIDs (github.com/ulid/spec), written in lower case: 26 characters of Crockford's base 32, 48 bits of time in
// milliseconds, then 80 random bits. Sorts by time as text.

#include <optional>
#include <string>
#include <string_view>

#include "ground/base/clock.hpp"
#include "ground/base/random.hpp"

namespace batchd {

std::string make_ulid(Time time, Random& random);
bool is_ulid(std::string_view text);  // lower case only
std::optional<Time> time_of_ulid(std::string_view text);

}  // namespace batchd
