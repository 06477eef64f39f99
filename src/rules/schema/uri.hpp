#pragma once
// References of RFC 3986, resolved as text. Nothing is fetched or normalised beyond dot segments.

#include <string>
#include <string_view>
#include <utility>

namespace batchd::schema {

// `reference` seen from `base`; a base without a scheme is allowed and leaves a relative result.
std::string resolve_uri(std::string_view base, std::string_view reference);
// "a#b" -> {"a", "b"}; without '#' the second is empty.
std::pair<std::string_view, std::string_view> split_fragment(std::string_view uri);
// "%7B" -> "{"; a stray '%' stays.
std::string percent_decoded(std::string_view text);

}  // namespace batchd::schema
