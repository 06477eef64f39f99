#include "core/store/packed_keys.hpp"

#include <algorithm>

namespace batchd::store {

std::size_t keys_of_page(std::span<const IdKey> keys) {
  std::size_t count = std::min(keys_per_page, keys.size());
  while (count < keys.size() && keys[count].hash == keys[count - 1].hash)
    ++count;
  return count;
}

Blob packed(std::span<const IdKey> page) {
  Blob blob;
  blob.bytes.reserve(page.size() * 16);
  for (const IdKey& key : page) {
    const auto bytes = to_bytes(Hash128{key.hash, key.sequence});
    blob.bytes.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return blob;
}

std::vector<std::uint64_t> sequences_of(const Blob& page, std::uint64_t hash) {
  std::vector<std::uint64_t> found;
  const std::string_view bytes = page.bytes;
  for (std::size_t at = 0; at + 16 <= bytes.size(); at += 16) {
    const Hash128 key = hash128_from_bytes(bytes.substr(at, 16));
    if (key.high == hash) found.push_back(key.low);
  }
  return found;
}

}  // namespace batchd::store
