#pragma once
// What guards secrets: unlike base/random and base/hash these are made for it.

#include <cstddef>
#include <string>
#include <string_view>

namespace batchd {

// From the system; nobody can guess it. At most 256 bytes.
std::string secret_bytes(std::size_t count);

// HMAC-SHA-256 (RFC 2104): 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);

// Takes as long for texts that differ early as for those that differ late. Their lengths are no secret.
bool equal_in_constant_time(std::string_view left, std::string_view right);

}  // namespace batchd
