#pragma once
// The ids seen so far: 16 bytes each, whatever their length. A 96-bit fingerprint stands for an id; among a million
// ids the chance that two share one is 6 · 10^-18 (the machine's memory is less reliable).
//
// Sixteen parts by the hash's first bits, each growing on its own, so that growing never needs the whole table twice,
// and the sorted keys are handed over part by part.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ground/base/hash.hpp"
#include "line/prepare/mapped_allocator.hpp"
#include "rules/model/item.hpp"

namespace batchd::prepare {

class IdTable {
 public:
  static constexpr std::uint64_t sequence_max = 0xFFFF'FFFF;

  // The sequence under which this id is known; when it is not, it is now.
  std::optional<std::uint64_t> find_or_insert(std::string_view id, std::uint64_t sequence);
  // The id's sequence becomes this one, known or not. (on_duplicate: last)
  void set(std::string_view id, std::uint64_t sequence);
  std::optional<std::uint64_t> find(std::string_view id) const;
  std::uint64_t size() const;

  // (low word of the XXH3-128, sequence), sorted by hash. The table is empty afterwards.
  std::vector<model::IdKey> take_sorted();

 private:
  struct Slot {
    std::uint64_t low = 0;
    std::uint32_t high = 0;
    std::uint32_t sequence = 0;  // 0: free
  };
  struct Part {
    std::vector<Slot, MappedAllocator<Slot>> slots;
    std::size_t used = 0;
    std::size_t place(std::uint64_t low, std::uint32_t high) const;  // of the id, or of the free slot where it goes
    void grow();
  };
  static constexpr std::size_t part_bits = 4;
  Slot& slot_for(Hash128 hash);
  std::array<Part, std::size_t{1} << part_bits> parts_;
};

}  // namespace batchd::prepare
