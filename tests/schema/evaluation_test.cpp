#include <cstdlib>
#include <new>

#include "schema/judge.hpp"

// Counts every allocation of this process: the promise is "none on the way to yes".
namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
void* operator new(std::size_t size) {
  void* memory = operator new(size, std::nothrow);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace batchd::schema {
namespace {

TEST_CASE("numbers are compared as they are written") {
  CHECK(accepts(R"({"type": "integer"})", "1.0"));
  CHECK(accepts(R"({"type": "integer"})", "10e-1"));
  CHECK(accepts(R"({"type": "integer"})", "123456789012345678901234567890"));
  CHECK_FALSE(accepts(R"({"type": "integer"})", "1e-1"));
  CHECK(accepts(R"({"const": 1})", "1.0"));
  CHECK(accepts(R"({"enum": [100]})", "1e2"));
  CHECK(accepts(R"({"const": 0})", "-0.0"));
  CHECK_FALSE(accepts(R"({"const": 18446744073709551616})", "18446744073709551617"));
  CHECK(accepts(R"({"minimum": 1e400})", "1e400"));
  CHECK_FALSE(accepts(R"({"minimum": 1e400})", "9.99e399"));
  CHECK_FALSE(accepts(R"({"maximum": 0.1})", "0.1000000000000000000000000001"));
  CHECK(accepts(R"({"maximum": -1})", "-1.5"));
  CHECK_FALSE(accepts(R"({"exclusiveMaximum": 1e-400})", "1e-400"));
}

TEST_CASE("a multiple is exact in decimals") {
  CHECK(accepts(R"({"multipleOf": 0.01})", "19.90"));
  CHECK(accepts(R"({"multipleOf": 0.1})", "0.3"));
  CHECK_FALSE(accepts(R"({"multipleOf": 0.01})", "19.901"));
  CHECK(accepts(R"({"multipleOf": 0.5})", "1e308"));
  CHECK_FALSE(accepts(R"({"multipleOf": 7})", "1e308"));
  CHECK(accepts(R"({"multipleOf": 999999999999999999})", "999999999999999999000000000000000000"));
  CHECK_FALSE(accepts(R"({"multipleOf": 999999999999999999})", "999999999999999999000000000000000001"));
  CHECK(accepts(R"({"multipleOf": 3})", "-9"));
}

TEST_CASE("lengths are counted in code points") {
  CHECK(accepts(R"({"minLength": 2, "maxLength": 2})", R"("💩é")"));
  CHECK_FALSE(accepts(R"({"minLength": 3})", R"("💩é")"));
  CHECK(accepts(R"({"maxLength": 1})", R"("\ud83d\udca9")"));
}

TEST_CASE("equal means equal whatever the order of keys, also among many elements") {
  CHECK_FALSE(accepts(R"({"uniqueItems": true})", R"([{"a": 1, "b": [2]}, {"b": [2.0], "a": 1}])"));
  CHECK(accepts(R"({"uniqueItems": true})", R"([1, true, "1", [1], {"1": 1}, null, false, 0])"));
  std::string many = "[";
  for (int i = 0; i < 500; ++i)
    many += "{\"a\": " + std::to_string(i) + ", \"b\": \"x\"},";
  CHECK(accepts(R"({"uniqueItems": true})", many + "0]"));
  CHECK(sentence_of(R"({"uniqueItems": true})", many + R"({"b": "x", "a": 7.0}])") ==
        R"(the value: elements 7 and 500 are equal: {"a":7,"b":"x"})");
}

TEST_CASE("more than 64 required keys are all required") {
  std::string keys;
  std::string members;
  for (int i = 0; i < 130; ++i) {
    keys += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\"";
    if (i != 77) members += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\": 1";
  }
  CHECK(sentence_of("{\"required\": [" + keys + "]}", "{" + members + "}") ==
        R"(the value: the required key "k77" is missing)");
  CHECK(accepts("{\"required\": [" + keys + "]}", "{" + members + ", \"k77\": 1}"));
}

TEST_CASE("objects within objects tick off their many required keys apart") {
  std::string keys;
  std::string members;
  for (int i = 0; i < 70; ++i) {
    keys += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\"";
    members += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\": 1";
  }
  const std::string schema =
      "{\"required\": [" + keys + R"(], "additionalProperties": {"anyOf": [{"type": "integer"}, {"$ref": "#"}]}})";
  CHECK(accepts(schema, "{\"inner\": {" + members + "}, " + members + "}"));
  CHECK(sentence_of(schema, "{" + members.substr(0, members.rfind(',')) + ", \"inner\": {" + members + "}}") ==
        R"(the value: the required key "k69" is missing)");
}

TEST_CASE("keys are found in any order and whatever they look like") {
  const auto schema =
      R"({"properties": {"": {"const": 0}, "a": {"const": 1}, "ab": {"const": 2}, "abcdefgh": {"const": 3},
      "abcdefghabcdefgh": {"const": 4}, "abcdefghabcdefgx": {"const": 5}, "é": {"const": 6}, "a\u0000": {"const": 7}},
      "additionalProperties": false})";
  CHECK(accepts(schema,
                R"({"é": 6, "abcdefghabcdefgx": 5, "a": 1, "a\u0000": 7, "abcdefghabcdefgh": 4, "": 0, "ab": 2})"));
  CHECK_FALSE(accepts(schema, R"({"abcdefghabcdefgh": 5})"));
  CHECK_FALSE(accepts(schema, R"({"abcdefg": 3})"));
}

TEST_CASE("a recursive schema judges a deep value") {
  std::string deep;
  for (int i = 0; i < 250; ++i)
    deep += R"({"child":)";
  const auto schema = R"({"type": "object", "properties": {"child": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}})";
  CHECK(accepts(schema, deep + "null" + std::string(250, '}')));
  CHECK_FALSE(accepts(schema, deep + "1" + std::string(250, '}')));
}

TEST_CASE("a check that would nest too deep is refused with a sentence, not with a crash") {
  std::string deep(500, '[');
  std::string schema = R"({"$ref": "#/$defs/d0", "$defs": {)";
  for (int i = 0; i < 60; ++i) {
    schema += "\"d" + std::to_string(i) + R"(": {"$ref": "#/$defs/d)" + std::to_string(i + 1) + "\"},";
  }
  schema += R"("d60": {"items": {"$ref": "#"}}}})";
  CHECK(sentence_of(schema, deep + std::string(500, ']')) == "the value: needs a check nested deeper than 3000 levels");
  CHECK(accepts(schema, "[[[[]]]]"));
}

TEST_CASE("dynamic references that never end are stopped") {
  const auto schema = R"({"$id": "http://x/outer", "$dynamicAnchor": "node", "$ref": "inner", "$defs": {"inner": {
      "$id": "inner", "allOf": [{"$dynamicRef": "#node"}, {"$dynamicRef": "#node"}], "$defs": {"stop": {"$dynamicAnchor": "node"}}}}})";
  CHECK(sentence_of(schema, "1") == "the value: needs a check nested deeper than 3000 levels");
}

TEST_CASE("references that multiply are stopped") {
  std::string schema = R"({"$ref": "#/$defs/d0", "$defs": {)";
  for (int i = 0; i < 60; ++i) {
    const std::string next = R"({"$ref": "#/$defs/d)" + std::to_string(i + 1) + "\"}";
    schema += "\"d" + std::to_string(i) + R"(": {"allOf": [)" + next + "," + next + "]},";
  }
  schema += R"("d60": {"type": "integer"}}})";
  CHECK(sentence_of(schema, "1") ==
        "the value: needs more steps to check than are allowed: the schema's references multiply");
}

TEST_CASE("a pattern that explodes is given up, and the value is not accepted") {
  const auto schema = R"({"pattern": "^(a|a?)+$"})";
  const std::string text = "\"" + std::string(60, 'a') + "b\"";
  CHECK(sentence_of(schema, text) == "the value: needs more than 1000000 steps to match a pattern");
  CHECK_FALSE(accepts(R"({"not": {"pattern": "^(a|a?)+$"}})", text));
}

TEST_CASE("a pattern for keys that explodes is given up, and the value is not accepted") {
  const auto key = "{\"" + std::string(60, 'a') + "b\": 1}";
  CHECK(sentence_of(R"({"patternProperties": {"^(a|a?)+$": false}})", key) ==
        "the value: needs more than 1000000 steps to match a pattern");
  CHECK_FALSE(accepts(R"({"anyOf": [{"propertyNames": {"pattern": "^(a|a?)+$"}}, true]})", key));
}

TEST_CASE("numbers beyond every machine word are compared, counted and divided") {
  CHECK(accepts(R"({"type": "integer", "multipleOf": 2, "exclusiveMinimum": 9.9e399})", "1e400"));
  CHECK(accepts(R"({"multipleOf": 1e-400})", "1.5"));
  CHECK_FALSE(accepts(R"({"multipleOf": 1e400})", "1.5e400"));
  CHECK(accepts(R"({"enum": [1e400]})", "10e399"));
  CHECK_FALSE(accepts(R"({"uniqueItems": true})", "[1e400, 0.1e401]"));
  CHECK(accepts(R"({"maximum": 1e99999999999999999999})", "1e400"));
  CHECK_FALSE(accepts(R"({"minLength": 1e400})", R"("text")"));
  CHECK(accepts(R"({"maxItems": 1e400})", "[1]"));
  CHECK_FALSE(accepts(R"({"const": -9223372036854775809})", "-9223372036854775808"));
}

TEST_CASE("marks of a failed form are taken back") {
  const auto schema =
      R"({"anyOf": [{"properties": {"a": {}, "b": {"type": "string"}}, "required": ["c"]}, {"properties": {"a": {}}}],
      "unevaluatedProperties": false})";
  CHECK(accepts(schema, R"({"a": 1})"));
  CHECK(accepts(schema, R"({"a": 1, "b": "x", "c": 1})") == false);
  CHECK_FALSE(accepts(schema, R"({"a": 1, "b": "x"})"));
}

TEST_CASE("an accepted value costs no allocation") {
  const Schema schema = compiled(R"({
      "type": "object", "required": ["summary", "priority", "tags"], "unevaluatedProperties": false,
      "properties": {"summary": {"type": "string", "maxLength": 200, "pattern": "^\\S"}, "priority": {"enum": ["low", "high"]},
        "tags": {"type": "array", "uniqueItems": true, "items": {"$ref": "#/$defs/tag"}, "contains": {"const": "a"}},
        "price": {"multipleOf": 0.01, "minimum": 1e-3}, "shape": {"anyOf": [{"type": "null"}, {"oneOf": [{"type": "object"}, {"type": "array"}]}]}},
      "$defs": {"tag": {"type": "string", "minLength": 1}}})");
  std::string tags = "\"a\"";
  for (int i = 0; i < 40; ++i)
    tags += ",\"tag" + std::to_string(i) + "\"";
  const std::string text = R"({"summary": "Printer on fire, ünd so weiter", "priority": "high", "tags": [)" + tags +
                           R"(], "price": 19.90, "shape": {"a": 1}})";
  json::Document document;
  const auto value = document.parse(text);
  REQUIRE(value.ok());
  CHECK(schema.accepts(*value));  // the thread's scratch grows here, once
  const std::size_t before = allocations;
  bool accepted = true;
  for (int i = 0; i < 10; ++i)
    accepted = schema.accepts(*value) && accepted;
  const std::size_t after = allocations;
  CHECK(accepted);
  CHECK(after == before);
}

}  // namespace
}  // namespace batchd::schema
