#pragma once
// Base64 with the standard alphabet and its padding (RFC 4648, section 4).

#include <optional>
#include <string>
#include <string_view>

namespace batchd {

std::string to_base64(std::string_view bytes);
// Nothing: it is none. Missing padding is forgiven, line ends and other characters are not.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace batchd
