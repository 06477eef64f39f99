#include "ground/base/hash.hpp"

#include <doctest/doctest.h>

using namespace batchd;

namespace {
std::string_view view_of(const std::array<std::uint8_t, 16>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
}  // namespace

TEST_CASE("SHA-256 agrees with the published vectors") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("XXH3-128 agrees with the published vector and prints its high half first") {
  CHECK(to_hex(xxh3_128("")) == "99aa06d3014798d86001c324468d497f");
}

TEST_CASE("a stream of pieces has the hash of the whole") {
  const std::string text(100'003, 'x');
  Sha256Stream sha;
  Xxh3Stream xxh;
  for (std::size_t at = 0, step = 1; at < text.size(); at += step, step = step * 2 + 1) {
    sha.add(std::string_view(text).substr(at, step));
    xxh.add(std::string_view(text).substr(at, step));
  }
  CHECK(xxh.digest() == xxh3_128(text));
  CHECK(xxh.digest() == xxh3_128(text));  // may be asked again, unlike SHA-256
  CHECK(sha.digest_hex() == sha256_hex(text));
}

TEST_CASE("a 128-bit hash survives its sixteen bytes, which sort as it does") {
  const Hash128 small{.high = 1, .low = 0xFFFFFFFFFFFFFFFF}, large{.high = 2, .low = 0};
  const auto small_bytes = to_bytes(small), large_bytes = to_bytes(large);
  CHECK(hash128_from_bytes(view_of(small_bytes)) == small);
  CHECK(small < large);
  CHECK(small_bytes < large_bytes);
  CHECK(to_hex(large) == "00000000000000020000000000000000");
}
