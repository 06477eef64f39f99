#include "doors/simulator/asked.hpp"

#include <bit>
#include <cstring>

namespace batchd::simulator {
namespace {

constexpr std::size_t slots_at_first = 1024;
constexpr std::uint64_t fingerprint_mask = ~0xFFull;
constexpr std::size_t key_bytes = 8;

std::uint64_t fingerprint_of(std::uint64_t hash) {
  const std::uint64_t fingerprint = hash & fingerprint_mask;
  return fingerprint == 0 ? 0x100 : fingerprint;  // zero is an empty slot
}

}  // namespace

Asked::Asked() : slots_(slots_at_first) {}

std::uint64_t& Asked::slot_of(std::uint64_t fingerprint) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (fingerprint >> 8) & mask;
  while ((slots_[at] & fingerprint_mask) != 0 && (slots_[at] & fingerprint_mask) != fingerprint)
    at = (at + 1) & mask;
  return slots_[at];
}

std::uint64_t Asked::count(std::uint64_t body_hash) {
  if ((used_ + 1) * 4 > slots_.size() * 3) grow();
  const std::uint64_t fingerprint = fingerprint_of(body_hash);
  std::uint64_t& slot = slot_of(fingerprint);
  if (slot == 0) {
    slot = fingerprint;
    ++used_;
  }
  const std::uint64_t before = slot & count_mask;
  if (before < count_mask) ++slot;
  return before;
}

void Asked::grow() {
  std::vector<std::uint64_t> old(slots_.size() * 2);
  old.swap(slots_);
  for (const std::uint64_t slot : old)
    if (slot != 0) slot_of(slot & fingerprint_mask) = slot;
}

Status Asked::load(const Path& path) {
  auto file = File::open_to_read(path);
  if (!file) return file.error();
  std::string buffer(key_bytes * 8192, '\0');
  std::size_t kept = 0;
  for (;;) {
    const auto read = file->read(buffer.data() + kept, buffer.size() - kept);
    if (!read) return read.error();
    if (*read == 0) return {};  // half a key at the end is what a kill left
    const std::size_t bytes = kept + *read;
    std::size_t at = 0;
    for (; at + key_bytes <= bytes; at += key_bytes) {
      std::uint64_t hash = 0;
      std::memcpy(&hash, buffer.data() + at, key_bytes);
      if constexpr (std::endian::native == std::endian::big) hash = __builtin_bswap64(hash);
      count(hash);
    }
    kept = bytes - at;
    std::memmove(buffer.data(), buffer.data() + at, kept);
  }
}

void Asked::append_key(std::string& out, std::uint64_t body_hash) {
  for (std::size_t i = 0; i < key_bytes; ++i)
    out += static_cast<char>(body_hash >> (8 * i));
}

}  // namespace batchd::simulator
