#pragma once
// Internal to the room: single values of an answer, read with the patience that providers ask for: a count may be a
// string, a time a number of seconds, of milliseconds, or a text.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/clock.hpp"
#include "ground/json/document.hpp"

namespace batchd::provider {

// A string's text, a number as written; "" for anything else.
std::string text_of(json::View value);
// The first of these members that says something.
std::string text_of_first(json::View object, std::initializer_list<std::string_view> keys);

std::optional<std::uint64_t> count_of(json::View value);

// Unix seconds or (beyond the year 5138 in seconds) milliseconds, as a number or in a string; ISO 8601 with any
// fraction and offset, without one UTC. nothing: null, absent, zero, or none of these.
std::optional<Time> time_of(json::View value);
std::optional<Time> time_from_text(std::string_view text);

}  // namespace batchd::provider
