#include "ground/base/base64.hpp"

#include <algorithm>
#include <cstddef>

#include <openssl/evp.h>

namespace batchd {
namespace {

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string encoded((bytes.size() + 2) / 3 * 4 + 1, '\0');  // and the final NUL it writes
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  encoded.resize(static_cast<std::size_t>(length));
  return encoded;
}

std::optional<std::string> from_base64(std::string_view text) {
  while (text.ends_with('='))
    text.remove_suffix(1);
  // OpenSSL forgives spaces, which we do not.
  if (text.size() % 4 == 1 || !std::all_of(text.begin(), text.end(), is_letter)) return std::nullopt;
  const std::size_t padding = (4 - text.size() % 4) % 4;
  const std::string whole = std::string(text) + std::string(padding, '=');
  std::string bytes(whole.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(whole.data()), static_cast<int>(whole.size()));
  if (length < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

}  // namespace batchd
