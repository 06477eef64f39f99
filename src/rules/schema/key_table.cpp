#include "rules/schema/key_table.hpp"

#include <algorithm>

namespace batchd::schema {

std::uint32_t KeyTable::add(std::string_view key) {
  if (const std::uint32_t known = find(key); known != absent) return known;
  spans_.push_back({static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(key.size())});
  texts_ += key;
  if (spans_.size() * 2 > slots_.size()) {
    grow();
  } else {
    place(size() - 1);
  }
  return size() - 1;
}

void KeyTable::place(std::uint32_t index) {
  const std::uint64_t hash = hash_of_key(key(index));
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].index != absent)
    at = (at + 1) & mask;
  slots_[at] = {tag_of(hash), index};
}

void KeyTable::grow() {
  const std::size_t wider = std::max<std::size_t>(8, slots_.size() * 2);
  slots_.assign(wider, Slot{});
  for (std::uint32_t index = 0; index < size(); ++index)
    place(index);
}

}  // namespace batchd::schema
