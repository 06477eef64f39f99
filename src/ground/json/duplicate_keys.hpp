#pragma once
// Finds a key that stands twice in one object. Inside this room only.

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "ground/json/document.hpp"

namespace batchd::json {

// The keys of the objects that are open, innermost last. Keys are compared without their escapes.
class OpenKeys {
 public:
  void clear() { entries_.clear(); }
  void add(std::string_view key, std::uint32_t node) { entries_.push_back({fingerprint(key), node}); }
  // Closes the innermost object, which has `count` keys: the node of its first key that was there already, if any.
  std::optional<std::uint32_t> close(const Tape& tape, std::uint32_t count);

 private:
  struct Entry {
    std::uint64_t fingerprint = 0;  // equal keys have equal ones
    std::uint32_t node = 0;
  };
  static std::uint64_t fingerprint(std::string_view key);
  template <typename Word>
  static std::uint64_t word_at(const char* at) {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
  }
  static std::optional<std::uint32_t> repeated_among_few(const Tape& tape, const Entry* entries, std::uint32_t count);
  static std::optional<std::uint32_t> repeated_among_many(const Tape& tape, Entry* entries, std::uint32_t count);
  std::vector<Entry> entries_;
};

// Length, beginning and end. A row's keys are short and differ there; that many keys share them costs time only
// (repeated_among_many), never a wrong answer.
inline std::uint64_t OpenKeys::fingerprint(std::string_view key) {
  std::size_t size = key.size();
  const char* at = key.data();
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  if (size >= 8) {
    head = word_at<std::uint64_t>(at), tail = word_at<std::uint64_t>(at + size - 8);
  } else if (size >= 4) {
    head = word_at<std::uint32_t>(at), tail = word_at<std::uint32_t>(at + size - 4);
  } else if (size > 0) {
    head = static_cast<unsigned char>(at[0]);
    tail = std::uint64_t{static_cast<unsigned char>(at[size / 2])} << 8 | static_cast<unsigned char>(at[size - 1]);
  }
  return (head + size) * 0x9E37'79B9'7F4A'7C15 ^ std::rotl(tail * 0xC2B2'AE3D'27D4'EB4F, 32);
}

}  // namespace batchd::json
