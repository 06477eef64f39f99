#include "rules/schema/equality.hpp"

#include <string_view>

#include "rules/schema/key_table.hpp"
#include "rules/schema/number.hpp"

namespace batchd::schema {
namespace {

using json::Kind;
using json::View;

bool equal_arrays(View left, View right) {
  auto theirs = right.elements().begin();
  for (const View mine : left.elements()) {
    if (!equal(mine, *theirs)) return false;
    ++theirs;
  }
  return true;
}

// Members mostly come in the same order: look at the same place first, search only when it is another key.
bool equal_objects(View left, View right) {
  const auto range = right.members();
  auto theirs = range.begin();
  for (const auto [key, mine] : left.members()) {
    const auto there = *theirs;
    if (!equal(mine, there.key == key ? there.value : right.find(key))) return false;
    ++theirs;
  }
  return true;
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t more) {
  hash = (hash ^ more) * 0x9FB2'1C65'1E98'DF25;
  return hash ^ (hash >> 29);
}

}  // namespace

bool equal(View left, View right) {
  if (!left || !right || left.kind() != right.kind()) return false;
  const json::Node& mine = left.node();
  const json::Node& theirs = right.node();
  // Of all but numbers a different size is a different value.
  if (mine.kind != Kind::number && mine.count != theirs.count) return false;
  switch (mine.kind) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return mine.boolean == theirs.boolean;
    case Kind::number:
      return equal_numbers(*left.as_number_text(), *right.as_number_text());
    case Kind::string:
      return equal_bytes(left.tape().text_of(mine).data(), right.tape().text_of(theirs).data(), mine.count);
    case Kind::array:
      return equal_arrays(left, right);
    case Kind::object:
      return equal_objects(left, right);
  }
  return false;
}

std::uint64_t hash_of(View value) {
  const std::uint64_t seed = mix(0x51ED'270B, static_cast<std::uint64_t>(value.kind()));
  switch (value.kind()) {
    case Kind::null:
      return seed;
    case Kind::boolean:
      return mix(seed, value.node().boolean ? 1 : 2);
    case Kind::number:
      return mix(seed, Decimal::from_text(*value.as_number_text()).hash());
    case Kind::string:
      return mix(seed, hash_of_key(*value.as_string()));
    case Kind::array: {
      std::uint64_t hash = seed;
      for (const View element : value.elements())
        hash = mix(hash, hash_of(element));
      return hash;
    }
    case Kind::object: {
      std::uint64_t sum = 0;  // a sum: the order of members must not matter
      for (const auto [key, member] : value.members())
        sum += mix(hash_of_key(key), hash_of(member));
      return mix(seed, sum);
    }
  }
  return seed;
}

}  // namespace batchd::schema
