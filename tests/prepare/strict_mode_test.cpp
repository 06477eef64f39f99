#include "line/prepare/strict_mode.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ground/json/writer.hpp"

namespace batchd::prepare {
namespace {

using Texts = std::vector<std::string>;

struct Rewritten {
  std::string text;
  Texts left_out;
  Texts made_required;
};

Rewritten rewritten(std::string_view schema) {
  json::Document document;
  auto strict = strict_schema(document.parse(schema).value());
  REQUIRE_MESSAGE(strict.ok(), (strict.ok() ? "" : strict.error().message));
  json::Document result;
  return {json::canonical(result.parse(strict->text).value()), strict->left_out, strict->made_required};
}

std::string refusal(std::string_view schema) {
  json::Document document;
  const auto strict = strict_schema(document.parse(schema).value());
  REQUIRE_FALSE(strict.ok());
  CHECK(strict.error().kind == ErrorKind::invalid);
  return strict.error().message;
}

// An object with the one property a, as strict mode wants it.
std::string object_with(std::string_view property) {
  return fmt::format(R"({{"additionalProperties":false,"properties":{{"a":{}}},"required":["a"],"type":"object"}})",
                     property);
}
Rewritten property(std::string_view schema) { return rewritten(object_with(schema)); }
std::string property_refusal(std::string_view schema) { return refusal(object_with(schema)); }

TEST_CASE("a schema strict mode takes stays what it is") {
  const auto same = object_with(R"({"description":"what","maximum":3,"type":["integer","null"]})");
  CHECK(rewritten(same).text == same);
  CHECK(rewritten(same).left_out.empty());
  CHECK(rewritten(same).made_required.empty());
  CHECK(rewritten(R"({"type":"object","properties":{},"additionalProperties":false})").text ==
        R"({"additionalProperties":false,"properties":{},"required":[],"type":"object"})");
}

TEST_CASE("every object is closed and all its properties are required, however deep") {
  const auto strict = rewritten(R"({"type":"object","required":["b"],"properties":{"a":{"type":"array","items":
      {"type":"object","properties":{"c":{"type":"string"}}}},"b":{"type":"string"}}})");
  CHECK(strict.text ==
        R"({"additionalProperties":false,"properties":{"a":{"items":{"additionalProperties":false,"properties":)"
        R"({"c":{"type":"string"}},"required":["c"],"type":"object"},"type":"array"},"b":{"type":"string"}},)"
        R"("required":["a","b"],"type":"object"})");
  CHECK(strict.made_required == Texts{"/a", "/a/*/c"});
}

TEST_CASE("keywords strict mode does not take are left to our judging, each named once") {
  const auto strict = property(R"({"type":"string","minLength":1,"maxLength":9,"not":{"const":""},"default":"x",
      "pattern":"^(?=a)b","format":"uri","x-own":1,"if":{},"then":{}})");
  CHECK(strict.text == object_with(R"({"type":"string"})"));
  CHECK(strict.left_out == Texts{"minLength", "maxLength", "not", "pattern", "format", "if"});
  CHECK(property(R"({"type":"string","pattern":"^[A-Z]{2}(?:-\\d+)?$","format":"date"})").left_out.empty());
}

TEST_CASE("beside a $ref stands nothing") {
  const auto strict = rewritten(R"({"type":"object","properties":{"a":{"$ref":"#/$defs/x","description":"which"},
      "b":{"$ref":"#/$defs/x","maxLength":3},"c":{"allOf":[{"$ref":"#/$defs/x"}],"description":"pydantic"}},
      "required":["a","b","c"],"$defs":{"x":{"type":"string"}}})");
  CHECK(strict.text.find(
            R"("properties":{"a":{"$ref":"#/$defs/x"},"b":{"$ref":"#/$defs/x"},"c":{"$ref":"#/$defs/x"}})") !=
        std::string::npos);
  CHECK(strict.left_out == Texts{"maxLength"});
}

TEST_CASE("oneOf becomes anyOf, and that only one may fit is left to our judging") {
  const auto strict = property(R"({"oneOf":[{"type":"string"},{"type":"null"}]})");
  CHECK(strict.text == object_with(R"({"anyOf":[{"type":"string"},{"type":"null"}]})"));
  CHECK(strict.left_out == Texts{"oneOf"});
}

TEST_CASE("a choice of values gets the type it does not say") {
  CHECK(property(R"({"enum":["a","b"]})").text == object_with(R"({"enum":["a","b"],"type":"string"})"));
  CHECK(property(R"({"enum":["a",1,null]})").text ==
        object_with(R"({"enum":["a",1,null],"type":["string","integer","null"]})"));
  CHECK(property(R"({"const":true})").text == object_with(R"({"const":true,"type":"boolean"})"));
}

TEST_CASE("what strict mode would turn into another question is not asked so, and the place is told") {
  CHECK(refusal("true") == "the answer is not simply an object");
  CHECK(refusal(R"({"type":"array","items":{"type":"string"}})") == "the answer is not simply an object");
  CHECK(refusal(R"({"type":"object","anyOf":[],"properties":{}})") == "the answer is not simply an object");
  CHECK(refusal(R"({"type":"object"})") == "the schema: an object that lists no properties");
  CHECK(property_refusal("{}") == "/properties/a: it does not say of which type it is");
  CHECK(property_refusal("true") == "/properties/a: true or false is no schema in strict mode");
  CHECK(property_refusal(R"({"type":"array"})") == "/properties/a: a list that does not say of what");
  CHECK(property_refusal(R"({"type":"object","additionalProperties":{"type":"string"}})") ==
        "/properties/a: an object whose keys are not listed");
  CHECK(property_refusal(R"({"type":"object","required":["b"],"properties":{"c":{"type":"string"}}})") ==
        "/properties/a: \"b\" is required and not among the properties");
  CHECK(property_refusal(R"({"type":"array","prefixItems":[],"items":{"type":"string"}})") ==
        "/properties/a: prefixItems cannot be said");
  CHECK(property_refusal(R"({"allOf":[{"type":"string"},{"type":"string"}],"type":"string"})") ==
        "/properties/a: allOf cannot be said");
  CHECK(property_refusal(R"({"$ref":"other.json"})") == "/properties/a: $ref to \"other.json\" is not within $defs");
  CHECK(property_refusal(R"({"enum":[{}]})") == "/properties/a: enum has an object or a list among its values");
}

TEST_CASE("strict mode's own limits are kept") {
  std::string deep = R"({"type":"string"})";
  for (int level = 0; level < 10; ++level)
    deep = object_with(deep);
  CHECK(rewritten(deep).made_required.empty());
  CHECK(refusal(object_with(deep)).ends_with(": it is nested deeper than strict mode takes"));
  Texts values;
  for (int n = 0; n < 1'001; ++n)
    values.push_back(fmt::format("\"{}\"", n));
  CHECK(property_refusal(fmt::format(R"({{"enum":[{}]}})", fmt::join(values, ","))) ==
        "it has more properties or fixed values than strict mode takes");
}

}  // namespace
}  // namespace batchd::prepare
