#pragma once
// Finds a key that stands twice in one object. Inside this room only.

#include <cstdint>
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
  static std::optional<std::uint32_t> repeated_among_few(const Tape& tape, const Entry* entries, std::uint32_t count);
  static std::optional<std::uint32_t> repeated_among_many(const Tape& tape, Entry* entries, std::uint32_t count);
  std::vector<Entry> entries_;
};

}  // namespace batchd::json
