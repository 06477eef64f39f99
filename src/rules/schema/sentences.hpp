#pragma once
// How faults are worded. The sentences are read by people and quoted to models that shall do better: tests pin them.

#include <string>
#include <string_view>
#include <vector>

#include "ground/json/document.hpp"
#include "rules/schema/program.hpp"

namespace batchd::schema {

inline constexpr std::size_t shown_bytes_max = 80;     // of one value
inline constexpr std::size_t choices_bytes_max = 400;  // of a list of allowed values

// The value as JSON, shortened at a code point.
std::string shown(json::View value);

// "is a string, but must be an integer or null"
std::string wrong_kind(json::View value, Kinds wanted);
// "\"c\" is not one of \"a\", \"b\"" or "is \"c\", but must be \"a\""
std::string wrong_choice(json::View value, const std::vector<json::View>& allowed, bool single);
// For the instructions that look at one value: numbers, lengths, patterns, formats and counts.
std::string broken_limit(const Program& program, const Instruction& instruction, json::View value);
// "elements 0 and 2 are equal: …"
std::string equal_elements(std::size_t first, std::size_t second, json::View value);
std::string wrong_contains_count(std::size_t count, const ContainsRule& rule, bool too_many);
std::string missing_key(std::string_view key);
std::string unknown_key(std::string_view key);
std::string demanded_key(std::string_view when, std::string_view key);

// "1 element", "2 elements"
std::string counted(std::size_t count, std::string_view singular, std::string_view plural);

}  // namespace batchd::schema
