#pragma once
// Internal to the room: the remote side's words, made fit for a sentence of ours.

#include <string>
#include <string_view>

namespace batchd::provider {

// On one line, white space folded, control characters gone, at most bytes_max bytes and never half a character;
// "…" where something was left out. Bytes that are not UTF-8 become "?".
std::string one_line(std::string_view text, std::size_t bytes_max);

// `text` with every occurrence of `secret` as "[key]": some servers repeat the key they refuse. Before shortening, or
// half of it could stay. An empty secret is in nothing.
std::string without_secret(std::string_view text, std::string_view secret);

bool contains_without_case(std::string_view text, std::string_view part);  // ASCII

}  // namespace batchd::provider
