#pragma once
// Id keys, some fifty to a row. Written once, when a run is sealed, sorted by hash; asked for one id at a time. As rows
// of their own a million of them would take a second to write, in pages 20 bytes each; so, they take 16 and no time.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/store/database.hpp"
#include "core/store/store.hpp"

namespace batchd::store {

// A row stays below a quarter of a page, beyond which SQLite would put it onto a page of its own.
inline constexpr std::size_t keys_per_page = 56;

// How many of these (sorted, not empty) make up the next row. Equal hashes stay together, so one row answers.
std::size_t keys_of_page(std::span<const IdKey> keys);

// 16 bytes a key: hash, sequence, both big-endian.
Blob packed(std::span<const IdKey> page);
// The sequences of the keys with this hash.
std::vector<std::uint64_t> sequences_of(const Blob& page, std::uint64_t hash);

// SQLite's integers have a sign, hashes none: moved down by 2^63 they sort alike, so rows that come sorted are
// appended.
constexpr std::int64_t stored_hash(std::uint64_t hash) {
  return static_cast<std::int64_t>(hash ^ (std::uint64_t{1} << 63));
}

}  // namespace batchd::store
