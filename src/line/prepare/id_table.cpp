#include "line/prepare/id_table.hpp"

#include <algorithm>

#include "ground/base/check.hpp"

namespace batchd::prepare {
namespace {

constexpr std::size_t slots_first = 1'024;
constexpr double load_max = 0.85;
constexpr double growth = 1.2;  // so between 19 and 23 bytes an id

__extension__ using Wide = unsigned __int128;

// The hash's bits behind those that chose the part, spread over any number of slots.
std::size_t start_of(std::uint64_t low, std::size_t slots, std::size_t part_bits) {
  return static_cast<std::size_t>((static_cast<Wide>(low << part_bits) * slots) >> 64);
}

}  // namespace

std::size_t IdTable::Part::place(std::uint64_t low, std::uint32_t high) const {
  std::size_t at = start_of(low, slots.size(), part_bits);
  while (slots[at].sequence != 0 && (slots[at].low != low || slots[at].high != high)) {
    if (++at == slots.size()) at = 0;
  }
  return at;
}

void IdTable::Part::grow() {
  auto old = std::move(slots);
  slots.clear();
  slots.assign(std::max(slots_first, static_cast<std::size_t>(static_cast<double>(old.size()) * growth)), Slot{});
  for (const auto& slot : old) {
    if (slot.sequence != 0) slots[place(slot.low, slot.high)] = slot;
  }
}

IdTable::Slot& IdTable::slot_for(Hash128 hash) {
  auto& part = parts_[hash.low >> (64 - part_bits)];
  if (static_cast<double>(part.used + 1) > static_cast<double>(part.slots.size()) * load_max) part.grow();
  auto& slot = part.slots[part.place(hash.low, static_cast<std::uint32_t>(hash.high))];
  if (slot.sequence == 0) {
    slot.low = hash.low;
    slot.high = static_cast<std::uint32_t>(hash.high);
    ++part.used;
  }
  return slot;
}

std::optional<std::uint64_t> IdTable::find_or_insert(std::string_view id, std::uint64_t sequence) {
  check(sequence > 0 && sequence <= sequence_max, "a row's number fits into 32 bits");
  auto& slot = slot_for(xxh3_128(id));
  if (slot.sequence != 0) return slot.sequence;
  slot.sequence = static_cast<std::uint32_t>(sequence);
  return std::nullopt;
}

void IdTable::set(std::string_view id, std::uint64_t sequence) {
  check(sequence > 0 && sequence <= sequence_max, "a row's number fits into 32 bits");
  slot_for(xxh3_128(id)).sequence = static_cast<std::uint32_t>(sequence);
}

std::optional<std::uint64_t> IdTable::find(std::string_view id) const {
  const auto hash = xxh3_128(id);
  const auto& part = parts_[hash.low >> (64 - part_bits)];
  if (part.slots.empty()) return std::nullopt;
  const auto& slot = part.slots[part.place(hash.low, static_cast<std::uint32_t>(hash.high))];
  return slot.sequence == 0 ? std::nullopt : std::optional<std::uint64_t>(slot.sequence);
}

std::uint64_t IdTable::size() const {
  std::uint64_t used = 0;
  for (const auto& part : parts_)
    used += part.used;
  return used;
}

std::vector<model::IdKey> IdTable::take_sorted() {
  std::vector<model::IdKey> keys;
  keys.reserve(size());
  for (auto& part : parts_) {
    const auto first = static_cast<std::ptrdiff_t>(keys.size());
    for (const auto& slot : part.slots) {
      if (slot.sequence != 0) keys.push_back({slot.low, slot.sequence});
    }
    part = {};
    std::sort(keys.begin() + first, keys.end(), [](const auto& a, const auto& b) {
      return a.hash != b.hash ? a.hash < b.hash : a.sequence < b.sequence;
    });
  }
  return keys;
}

}  // namespace batchd::prepare
