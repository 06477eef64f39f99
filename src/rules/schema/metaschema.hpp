#pragma once
// The schemas that describe schemas, as json-schema.org publishes them, so that nothing is fetched.

#include <span>
#include <string_view>

#include "rules/schema/schema.hpp"

namespace batchd::schema {

struct Metaschema {
  std::string_view uri;  // without fragment
  std::string_view text;
  Draft draft;
};

// Null: none of those that are embedded.
const Metaschema* find_metaschema(std::string_view uri);
// A draft's own, compiled once and then shared. Thread-safe.
const Schema& compiled_metaschema(Draft draft);

// One file each; the first is the one $schema names, the others are its vocabularies'.
std::span<const Metaschema> metaschemas_of_draft_4();
std::span<const Metaschema> metaschemas_of_draft_6();
std::span<const Metaschema> metaschemas_of_draft_7();
std::span<const Metaschema> metaschemas_of_draft_2019_09();
std::span<const Metaschema> metaschemas_of_draft_2020_12();

}  // namespace batchd::schema
