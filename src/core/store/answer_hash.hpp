#pragma once
// What an accepted answer is found by: its request, under its rule.

#include <cstdint>

#include "ground/base/hash.hpp"

namespace batchd::store {

// SQLite writes 48 bits in six bytes, more in eight. Two requests that share them share an entry, of which the later
// one has the good: the other is asked again.
inline constexpr std::uint64_t answer_hash_bits = (std::uint64_t{1} << 48) - 1;

// The same request under another rule is another question.
inline std::int64_t answer_hash(const Hash128& request_key, std::uint64_t rule_hash) {
  return static_cast<std::int64_t>((request_key.low ^ rule_hash) & answer_hash_bits) -
         static_cast<std::int64_t>((answer_hash_bits + 1) / 2);
}

}  // namespace batchd::store
