#include "line/prepare/strict_mode.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace batchd::prepare {
namespace {

// Those without schemas in them. minLength, maxLength, oneOf, allOf, not, if, patternProperties, uniqueItems … are
// missing on purpose.
constexpr std::array<std::string_view, 16> keywords = {"$schema",    "title",    "description",      "type",
                                                       "enum",       "const",    "required",         "minimum",
                                                       "maximum",    "pattern",  "exclusiveMinimum", "exclusiveMaximum",
                                                       "multipleOf", "minItems", "maxItems",         "format"};

bool fits(json::View schema);

bool holds(json::View list, std::string_view text) {
  for (const json::View element : list.elements())
    if (element.as_string() == text) return true;
  return false;
}

bool is_object_schema(json::View schema) {
  const auto type = schema.find("type");
  return schema.find("properties") || type.as_string() == "object" || holds(type, "object");
}

bool requires_all_properties(json::View schema) {
  for (const auto& [name, property] : schema.find("properties").members())
    if (!holds(schema.find("required"), name)) return false;
  return true;
}

bool all_elements_fit(json::View list) {
  for (const json::View schema : list.elements())
    if (!fits(schema)) return false;
  return true;
}

bool all_members_fit(json::View object) {
  for (const auto& [name, schema] : object.members())
    if (!fits(schema)) return false;
  return true;
}

bool keyword_fits(std::string_view keyword, json::View value) {
  if (keyword == "additionalProperties") return value.as_bool() == false;
  if (keyword == "$ref") return value.as_string().value_or("").starts_with('#');
  if (keyword == "items") return fits(value);
  if (keyword == "anyOf") return all_elements_fit(value);
  if (keyword == "properties" || keyword == "$defs" || keyword == "definitions") return all_members_fit(value);
  return std::find(keywords.begin(), keywords.end(), keyword) != keywords.end();
}

bool fits(json::View schema) {
  if (!schema.is(json::Kind::object)) return false;
  for (const auto& [keyword, value] : schema.members())
    if (!keyword_fits(keyword, value)) return false;
  if (!is_object_schema(schema)) return true;
  return schema.find("additionalProperties") && requires_all_properties(schema);
}

}  // namespace

bool fits_strict_mode(json::View schema) {
  return schema.find("type").as_string() == "object" && !schema.find("anyOf") && fits(schema);
}

}  // namespace batchd::prepare
