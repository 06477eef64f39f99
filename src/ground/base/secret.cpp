#include "ground/base/secret.hpp"

#include <openssl/evp.h>
#include <sys/random.h>

#include "ground/base/check.hpp"

namespace batchd {

std::string secret_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  // Up to 256 bytes come whole, or not at all.
  check(count <= 256 && ::getrandom(bytes.data(), count, 0) == static_cast<ssize_t>(count), "the system is random");
  return bytes;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::string mac(32, '\0');
  std::size_t size = 0;
  const bool done = EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(),
                              reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                              reinterpret_cast<unsigned char*>(mac.data()), mac.size(), &size) != nullptr;
  check(done && size == mac.size(), "OpenSSL offers HMAC-SHA-256");
  return mac;
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i)
    difference |= static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i]);
  return difference == 0;
}

}  // namespace batchd
