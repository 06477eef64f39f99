#pragma once
// Equality of JSON values as the standard has it: 1 equals 1.0, the order of members is nothing, strings are compared
// by their code points.

#include <cstdint>

#include "ground/json/document.hpp"

namespace batchd::schema {

bool equal(json::View left, json::View right);
// Equal values have equal hashes.
std::uint64_t hash_of(json::View value);

}  // namespace batchd::schema
