#pragma once
// What is well-formed UTF-8 (RFC 3629), and what to do with the rest.

#include <cstddef>
#include <string>
#include <string_view>

namespace batchd {

// Bytes of the well-formed character `text` (not empty) begins with; 0 when it begins with none.
std::size_t utf8_character_bytes(std::string_view text);
// Index of the first byte that is no part of a well-formed character; the text's size when there is none.
std::size_t utf8_until(std::string_view text);
inline bool is_utf8(std::string_view text) { return utf8_until(text) == text.size(); }
// At most so many bytes of it, never half a character.
std::string_view beginning_of(std::string_view text, std::size_t bytes_max);
// What is not UTF-8 becomes U+FFFD, byte by byte.
std::string as_utf8(std::string_view bytes);

}  // namespace batchd
