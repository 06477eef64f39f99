#include "ground/json/duplicate_keys.hpp"

#include <algorithm>

namespace batchd::json {
namespace {

// Up to here keys are compared in pairs; above they are sorted, so that a line of many keys stays cheap.
constexpr std::uint32_t few_keys_max = 64;

}  // namespace

std::optional<std::uint32_t> OpenKeys::close(const Tape& tape, std::uint32_t count) {
  Entry* entries = entries_.data() + (entries_.size() - count);
  auto repeated =
      count <= few_keys_max ? repeated_among_few(tape, entries, count) : repeated_among_many(tape, entries, count);
  entries_.resize(entries_.size() - count);
  return repeated;
}

std::optional<std::uint32_t> OpenKeys::repeated_among_few(const Tape& tape, const Entry* entries, std::uint32_t count) {
  std::uint64_t seen = 0;  // one bit for a sixty-fourth of all fingerprints: most keys need no comparison at all
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint64_t bit = std::uint64_t{1} << (entries[i].fingerprint >> 58);
    if (seen & bit) {
      std::string_view key = tape.text_of(tape.nodes[entries[i].node]);
      for (std::uint32_t j = 0; j < i; ++j) {
        if (entries[j].fingerprint == entries[i].fingerprint && tape.text_of(tape.nodes[entries[j].node]) == key)
          return entries[i].node;
      }
    }
    seen |= bit;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> OpenKeys::repeated_among_many(const Tape& tape, Entry* entries, std::uint32_t count) {
  auto key_of = [&tape](const Entry& entry) { return tape.text_of(tape.nodes[entry.node]); };
  std::sort(entries, entries + count, [&](const Entry& a, const Entry& b) {
    if (a.fingerprint != b.fingerprint) return a.fingerprint < b.fingerprint;
    int order = key_of(a).compare(key_of(b));
    return order != 0 ? order < 0 : a.node < b.node;
  });
  std::optional<std::uint32_t> first;
  for (std::uint32_t i = 1; i < count; ++i) {
    const Entry& earlier = entries[i - 1];
    const Entry& later = entries[i];
    if (earlier.fingerprint != later.fingerprint || key_of(earlier) != key_of(later)) continue;
    if (!first || later.node < *first) first = later.node;
  }
  return first;
}

}  // namespace batchd::json
