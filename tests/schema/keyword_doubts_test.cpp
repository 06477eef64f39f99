#include "rules/schema/keyword_doubts.hpp"

#include <doctest/doctest.h>

namespace batchd::schema {
namespace {

std::string doubts_of(std::string_view text) {
  std::string sentences;
  for (const auto& doubt : doubtful_keywords(text))
    sentences += doubt.sentence() + "\n";
  return sentences;
}

std::string doubted(std::string_view place, std::string_view word, std::string_view meant) {
  return std::string(place) + ": JSON Schema knows no \"" + std::string(word) + "\" and skips it; did you mean \"" +
         std::string(meant) + "\"?\n";
}

TEST_CASE("a keyword that is nearly one of the standard is doubted, with its place") {
  CHECK(doubts_of(R"({"requird": ["a"]})") == doubted("/requird", "requird", "required"));
  CHECK(doubts_of(R"({"properties": {"a/b": {"maxlength": 3}}})") ==
        doubted("/properties/a~1b/maxlength", "maxlength", "maxLength"));
  CHECK(doubts_of(R"({"additional_properties": false})") ==
        doubted("/additional_properties", "additional_properties", "additionalProperties"));
  CHECK(doubts_of(R"({"anyOf": [{}, {"tpye": "string"}]})") == doubted("/anyOf/1/tpye", "tpye", "type"));
  CHECK(doubts_of(R"({"$defs": {"x": {"item": {}}}})") == doubted("/$defs/x/item", "item", "items"));
  CHECK(doubts_of(R"({"ref": "#/$defs/x"})") == doubted("/ref", "ref", "$ref"));
  CHECK(doubts_of(R"({"if": {"propertys": {}}})") == doubted("/if/propertys", "propertys", "properties"));
}

TEST_CASE("names of properties, data and what somebody added on purpose are not doubted") {
  CHECK(doubts_of(R"({"properties": {"requird": {}, "tpye": true}, "$defs": {"item": {}},
                      "patternProperties": {"maxlength": {}}, "required": ["tpye"]})") == "");
  CHECK(doubts_of(R"({"const": {"requird": 1}, "enum": [{"tpye": 1}], "default": {"item": 1},
                      "examples": [{"maxlength": 1}]})") == "");
  CHECK(doubts_of(R"({"x-requird": 1, "example": 1, "discriminator": {}, "xml": {}, "externalDocs": {},
                      "patternErrorMessage": "", "id": "x", "note": "", "unit": "", "order": 1, "ui": {}, "in": "",
                      "propertyOrder": [], "name": "", "label": "", "hint": "", "description_de": ""})") == "");
  CHECK(doubts_of(R"({"somethingElse": {"requird": 1}})") == "");
  CHECK(doubts_of("true") == "");
  CHECK(doubts_of("{") == "");
}

TEST_CASE("of nullable it is said that JSON Schema skips it") {
  CHECK(doubts_of(R"({"properties": {"a": {"type": "string", "nullable": true}}})") ==
        "/properties/a/nullable: \"nullable\" is OpenAPI's, and JSON Schema skips it; for a value that may be null "
        "write \"null\" among its types: \"type\": [\"string\", \"null\"]\n");
  CHECK(doubts_of(R"({"nullable": false})") == "");
}

TEST_CASE("a keyword of another draft than the schema's is doubted, a mere remark of one is not") {
  CHECK(doubts_of(R"({"$schema": "http://json-schema.org/draft-07/schema#", "prefixItems": [{"tpye": 1}]})") ==
        "/prefixItems: draft 7 does not have \"prefixItems\" and skips it\n");
  CHECK(doubts_of(R"({"$schema": "http://json-schema.org/draft-04/schema#", "const": 1, "examples": []})") ==
        "/const: draft 4 does not have \"const\" and skips it\n");
  CHECK(doubts_of(R"({"$schema": "https://example.com/own", "additionalItems": false})") == "");
}

TEST_CASE("doubts of one document are bounded") {
  std::string text = R"({"properties": {)";
  for (int n = 0; n < 100; ++n)
    text += (n == 0 ? "\"" : ",\"") + std::to_string(n) + R"(": {"tpye": 1})";
  CHECK(doubtful_keywords(text + "}}").size() == keyword_doubts_max);
}

}  // namespace
}  // namespace batchd::schema
