#include "line/prepare/id_table.hpp"

#include <algorithm>

#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

std::string id_of(std::uint64_t sequence) { return "ticket-" + std::to_string(sequence); }

IdTable filled(std::uint64_t count) {
  IdTable table;
  for (std::uint64_t sequence = 1; sequence <= count; ++sequence)
    CHECK_FALSE(table.find_or_insert(id_of(sequence), sequence));
  return table;
}

}  // namespace

TEST_CASE("an id is new once, then known under its first sequence, through all growing") {
  constexpr std::uint64_t count = 60'000;  // several times the first slots of every part
  auto table = filled(count);
  CHECK(table.size() == count);
  std::uint64_t wrong = 0;
  for (std::uint64_t sequence = 1; sequence <= count; ++sequence)
    wrong += table.find_or_insert(id_of(sequence), 99'999) != sequence || table.find(id_of(sequence)) != sequence;
  CHECK(wrong == 0);
  CHECK(table.size() == count);
  CHECK_FALSE(table.find("somebody else"));
}

TEST_CASE("an empty table knows nothing and hands over nothing") {
  IdTable table;
  CHECK_FALSE(table.find(""));
  CHECK(table.size() == 0);
  CHECK(table.take_sorted().empty());
}

TEST_CASE("set replaces the sequence and adds an unknown id") {
  IdTable table;
  table.set("a", 1);
  table.set("b", 2);
  table.set("a", 7);
  CHECK(table.find("a") == 7);
  CHECK(table.find("b") == 2);
  CHECK(table.size() == 2);
}

TEST_CASE("the keys are the low words of the hashes, sorted, and the table is empty afterwards") {
  constexpr std::uint64_t count = 5'000;
  auto table = filled(count);
  const auto keys = table.take_sorted();
  CHECK(keys.size() == count);
  CHECK(std::is_sorted(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.hash < b.hash; }));
  std::vector<bool> seen(count + 1, false);
  std::uint64_t wrong = 0;
  for (const auto& key : keys) {
    wrong += key.hash != xxh3_128(id_of(key.sequence)).low || seen[key.sequence];
    seen[key.sequence] = true;
  }
  CHECK(wrong == 0);
  CHECK(table.size() == 0);
  CHECK_FALSE(table.find(id_of(1)));
}

TEST_CASE("the largest sequence fits") {
  IdTable table;
  CHECK_FALSE(table.find_or_insert("last", IdTable::sequence_max));
  CHECK(table.find("last") == IdTable::sequence_max);
}

}  // namespace batchd::prepare
