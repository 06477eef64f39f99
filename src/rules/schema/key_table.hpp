#pragma once
// A fixed set of strings, made to be asked for the same ones over and over: a hash table with open addressing that is
// at most half full, and a guess, because members mostly come in the order in which a schema names them.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace batchd::schema {

template <typename Word>
std::uint64_t load_word(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// Up to eight bytes as one word, without reading beyond them and without a loop.
inline std::uint64_t load_up_to_eight(const char* bytes, std::size_t count) {
  if (count == 8) return load_word<std::uint64_t>(bytes);
  if (count >= 4) return load_word<std::uint32_t>(bytes) | load_word<std::uint32_t>(bytes + count - 4) << 32;
  if (count == 0) return 0;
  return load_word<std::uint8_t>(bytes) | load_word<std::uint8_t>(bytes + count / 2) << 8 |
         load_word<std::uint8_t>(bytes + count - 1) << 16;
}

// Keys are short: two loads that may overlap beat a call of memcmp.
inline bool equal_bytes(const char* left, const char* right, std::size_t count) {
  if (count > 16) return std::memcmp(left, right, count) == 0;
  if (count >= 8) {
    return load_word<std::uint64_t>(left) == load_word<std::uint64_t>(right) &&
           load_word<std::uint64_t>(left + count - 8) == load_word<std::uint64_t>(right + count - 8);
  }
  return load_up_to_eight(left, count) == load_up_to_eight(right, count);
}

// Not stable between machines; never stored.
inline std::uint64_t hash_of_key(std::string_view key) {
  constexpr std::uint64_t multiplier = 0x9E37'79B9'7F4A'7C15;
  std::uint64_t hash = key.size() * multiplier;
  const char* bytes = key.data();
  std::size_t left = key.size();
  for (; left > 8; left -= 8, bytes += 8) {
    hash = (hash ^ load_word<std::uint64_t>(bytes)) * multiplier;
    hash ^= hash >> 32;
  }
  hash = (hash ^ load_up_to_eight(bytes, left)) * multiplier;
  return hash ^ (hash >> 32);
}

class KeyTable {
 public:
  static constexpr std::uint32_t absent = 0xFFFF'FFFF;

  // The key's index: 0, 1, 2, … in order of arrival; a key that is there already keeps its index.
  std::uint32_t add(std::string_view key);
  std::uint32_t size() const { return static_cast<std::uint32_t>(spans_.size()); }
  std::string_view key(std::uint32_t index) const { return {texts_.data() + spans_[index].offset, spans_[index].size}; }

  std::uint32_t find(std::string_view key) const {
    if (slots_.empty()) return absent;
    const std::uint64_t hash = hash_of_key(key);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      const Slot& slot = slots_[at];
      if (slot.index == absent) return absent;
      if (slot.tag == tag_of(hash) && is(slot.index, key)) return slot.index;
    }
  }
  // The same; `guess` is tried first (any number will do).
  std::uint32_t find(std::string_view key, std::uint32_t guess) const {
    if (guess < spans_.size() && is(guess, key)) return guess;
    return find(key);
  }

 private:
  struct Span {
    std::uint32_t offset;
    std::uint32_t size;
  };
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t index = absent;
  };
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
  bool is(std::uint32_t index, std::string_view key) const {
    const Span span = spans_[index];
    return span.size == key.size() && equal_bytes(texts_.data() + span.offset, key.data(), key.size());
  }
  void place(std::uint32_t index);
  void grow();

  std::string texts_;
  std::vector<Span> spans_;
  std::vector<Slot> slots_;  // a power of two
};

}  // namespace batchd::schema
