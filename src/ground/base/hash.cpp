#include "ground/base/hash.hpp"

#include <openssl/evp.h>
#include <xxhash.h>

#include "ground/base/check.hpp"

namespace batchd {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

std::string hex_of(const std::uint8_t* bytes, std::size_t count) {
  std::string text;
  text.reserve(count * 2);
  for (std::size_t i = 0; i < count; ++i) {
    text += hex_digits[bytes[i] >> 4];
    text += hex_digits[bytes[i] & 15];
  }
  return text;
}

Hash128 from_library(XXH128_hash_t hash) { return {.high = hash.high64, .low = hash.low64}; }

}  // namespace

Hash128 xxh3_128(std::string_view bytes) { return from_library(XXH3_128bits(bytes.data(), bytes.size())); }

std::array<std::uint8_t, 16> to_bytes(Hash128 hash) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(hash.high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(hash.low >> (56 - 8 * i));
  }
  return bytes;
}

std::string to_hex(Hash128 hash) {
  const auto bytes = to_bytes(hash);
  return hex_of(bytes.data(), bytes.size());
}

Hash128 hash128_from_bytes(std::string_view sixteen_bytes) {
  check(sixteen_bytes.size() == 16, "a 128-bit hash has sixteen bytes");
  Hash128 hash;
  for (std::size_t i = 0; i < 8; ++i) {
    hash.high = hash.high << 8 | static_cast<std::uint8_t>(sixteen_bytes[i]);
    hash.low = hash.low << 8 | static_cast<std::uint8_t>(sixteen_bytes[8 + i]);
  }
  return hash;
}

struct Xxh3Stream::State {
  // XXH3_state_t asks for 64-byte alignment, which the library's own allocation gives.
  std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> library{XXH3_createState(), XXH3_freeState};
};

Xxh3Stream::Xxh3Stream() : state_(std::make_unique<State>()) {
  check(state_->library != nullptr && XXH3_128bits_reset(state_->library.get()) == XXH_OK, "XXH3 starts");
}
Xxh3Stream::~Xxh3Stream() = default;
Xxh3Stream::Xxh3Stream(Xxh3Stream&&) noexcept = default;
Xxh3Stream& Xxh3Stream::operator=(Xxh3Stream&&) noexcept = default;

void Xxh3Stream::add(std::string_view bytes) {
  check(XXH3_128bits_update(state_->library.get(), bytes.data(), bytes.size()) == XXH_OK, "XXH3 takes bytes");
}

Hash128 Xxh3Stream::digest() const { return from_library(XXH3_128bits_digest(state_->library.get())); }

struct Sha256Stream::State {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  bool finished = false;
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  check(state_->context != nullptr && EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1,
        "OpenSSL offers SHA-256");
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::add(std::string_view bytes) {
  check(!state_->finished, "no bytes after digest_hex()");
  check(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1, "SHA-256 takes bytes");
}

std::string Sha256Stream::digest_hex() {
  check(!state_->finished, "digest_hex() is asked once");
  state_->finished = true;
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  check(EVP_DigestFinal_ex(state_->context.get(), bytes.data(), &size) == 1 && size == 32, "SHA-256 ends");
  return hex_of(bytes.data(), size);
}

std::string sha256_hex(std::string_view bytes) {
  Sha256Stream stream;
  stream.add(bytes);
  return stream.digest_hex();
}

}  // namespace batchd
