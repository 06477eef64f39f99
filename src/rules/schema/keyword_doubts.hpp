#pragma once
// Keywords that JSON Schema does not know, and that look like ones it does. The standard calls them annotations and
// skips them; a person who wrote "requird" should hear of it.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/json/document.hpp"
#include "rules/schema/schema.hpp"

namespace batchd::schema {

inline constexpr std::size_t keyword_doubts_max = 20;  // of one document

struct KeywordDoubt {
  std::string place;    // JSON Pointer of the keyword in its document
  std::string message;  // "JSON Schema knows no \"requird\" and skips it; did you mean \"required\"?"
  std::string sentence() const { return place + ": " + message; }
};

// Of one document, in its order, looking into subschemas only: names under `properties` and the like, values of `enum`,
// `const`, `default` and `examples`, and what stands below an unknown keyword are not doubted; nor is "x-…", nor what
// OpenAPI and editors are known to add. `text` that is no JSON has none.
std::vector<KeywordDoubt> doubtful_keywords(std::string_view text);

// What "$schema" says, 2020-12 where nothing; nothing for a metaschema that is not the standard's.
std::optional<Draft> draft_of(json::View schema);
std::string_view name_of(Draft draft);  // "draft 2020-12"

}  // namespace batchd::schema
