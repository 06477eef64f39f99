#pragma once
// Two hashes: SHA-256 where a person or another program may compare (prompt_sha, files at rest), XXH3-128 where only
// we do and there are millions (request keys, duplicate ids). Neither guards a secret.

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace batchd {

struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Hash128&) const = default;
};

Hash128 xxh3_128(std::string_view bytes);
std::string to_hex(Hash128 hash);                     // 32 lower-case digits
std::array<std::uint8_t, 16> to_bytes(Hash128 hash);  // big-endian: high, low
Hash128 hash128_from_bytes(std::string_view sixteen_bytes);

// XXH3-128 of a stream.
class Xxh3Stream {
 public:
  Xxh3Stream();
  ~Xxh3Stream();
  Xxh3Stream(Xxh3Stream&&) noexcept;
  Xxh3Stream& operator=(Xxh3Stream&&) noexcept;
  void add(std::string_view bytes);
  Hash128 digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view bytes);  // 64 lower-case digits

// SHA-256 of a stream; digest_hex() may be asked once.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  void add(std::string_view bytes);
  std::string digest_hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace batchd
