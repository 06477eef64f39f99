// The wording is part of the product: it is read by people and quoted to models.

#include "schema/judge.hpp"

namespace batchd::schema {
namespace {

TEST_CASE("a value outside an enum is told with what is allowed") {
  const auto schema = R"({"properties": {"priority": {"enum": ["low", "normal", "high"]}}})";
  CHECK(sentence_of(schema, R"({"priority": "urgent!!"})") ==
        R"(/priority: "urgent!!" is not one of "low", "normal", "high")");
}

TEST_CASE("a long enum is cut and counted") {
  std::string choices;
  for (int i = 0; i < 200; ++i)
    choices += (i > 0 ? "," : "") + std::to_string(i + 1000);
  const std::string sentence = sentence_of(R"({"enum": [)" + choices + "]}", "1");
  CHECK(sentence.starts_with("the value: 1 is not one of 1000, 1001, "));
  CHECK(sentence.ends_with(", … (200 in all)"));
  CHECK(sentence.size() < 500);
}

TEST_CASE("a const is told with the only allowed value") {
  CHECK(sentence_of(R"({"const": "a"})", R"("b")") == R"(the value: is "b", but must be "a")");
  CHECK(sentence_of(R"({"const": {"a": [1, null]}})", "7") == R"(the value: is 7, but must be {"a":[1,null]})");
}

TEST_CASE("a missing key is named in the sentence and by name") {
  const Schema schema = compiled(R"({"required": ["title", "summary"]})");
  const auto faults = faults_of(schema, R"({"title": 1})");
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].message == R"(the required key "summary" is missing)");
  CHECK(faults[0].sentence() == R"(the value: the required key "summary" is missing)");
  CHECK(faults[0].name == "summary");
  CHECK(faults[0].instance.empty());
  CHECK(faults[0].keyword == "required");
  CHECK(faults[0].schema == "/required");
}

TEST_CASE("an unknown key is named, and its object is the place") {
  const Schema schema =
      compiled(R"({"properties": {"request": {"properties": {"model": {}}, "additionalProperties": false}}})");
  const auto faults = faults_of(schema, R"({"request": {"modle": 1}})");
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].sentence() == R"(/request: unknown key "modle")");
  CHECK(faults[0].name == "modle");
  CHECK(faults[0].keyword == "additionalProperties");
  CHECK(faults[0].schema == "/properties/request/additionalProperties");
}

TEST_CASE("a key nobody has looked at is unknown, too") {
  const Schema schema = compiled(R"({"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": false})");
  const auto faults = faults_of(schema, R"({"a": 1, "b": 2})");
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].sentence() == R"(the value: unknown key "b")");
  CHECK(faults[0].name == "b");
  CHECK(faults[0].keyword == "unevaluatedProperties");
}

TEST_CASE("other faults do not make known keys look unknown") {
  const auto schema = R"({"allOf": [{"properties": {"a": {"type": "integer"}}}], "unevaluatedProperties": false})";
  CHECK(sentence_of(schema, R"({"a": "x"})") == "/a: is a string, but must be an integer");
}

TEST_CASE("a wrong type says what it is and what it must be") {
  CHECK(sentence_of(R"({"type": "integer"})", R"("7")") == "the value: is a string, but must be an integer");
  CHECK(sentence_of(R"({"type": "integer"})", "7.5") == "the value: is 7.5, but must be an integer");
  CHECK(sentence_of(R"({"type": ["integer", "null"]})", "{}") ==
        "the value: is an object, but must be an integer or null");
  CHECK(sentence_of(R"({"type": ["string", "number", "boolean"]})", "[]") ==
        "the value: is an array, but must be a string, a number or a boolean");
  CHECK(sentence_of(R"({"type": "array"})", "null") == "the value: is null, but must be an array");
}

TEST_CASE("a wrong type is told alone") {
  CHECK(sentence_of(R"({"type": "object", "required": ["a"], "not": {"type": "string"}})", R"("x")") ==
        "the value: is a string, but must be an object");
}

TEST_CASE("limits of numbers are told with the number") {
  CHECK(sentence_of(R"({"minimum": 5})", "3") == "the value: is 3, but must be at least 5");
  CHECK(sentence_of(R"({"maximum": 5})", "5.01") == "the value: is 5.01, but must be at most 5");
  CHECK(sentence_of(R"({"exclusiveMinimum": 5})", "5") == "the value: is 5, but must be more than 5");
  CHECK(sentence_of(R"({"exclusiveMaximum": 5})", "5.0") == "the value: is 5.0, but must be less than 5");
  CHECK(sentence_of(R"({"multipleOf": 0.01})", "0.075") == "the value: is 0.075, but must be a multiple of 0.01");
}

TEST_CASE("limits of lengths are told with the length") {
  CHECK(sentence_of(R"({"minLength": 2})", R"("é")") == "the value: has 1 character, but needs at least 2");
  CHECK(sentence_of(R"({"maxLength": 2})", R"("abc")") == "the value: has 3 characters, but at most 2 are allowed");
  CHECK(sentence_of(R"({"minItems": 2})", "[1]") == "the value: has 1 element, but needs at least 2");
  CHECK(sentence_of(R"({"maxItems": 1})", "[1, 2]") == "the value: has 2 elements, but at most 1 are allowed");
  CHECK(sentence_of(R"({"minProperties": 1})", "{}") == "the value: has 0 keys, but needs at least 1");
  CHECK(sentence_of(R"({"maxProperties": 0})", R"({"a": 1})") == "the value: has 1 key, but at most 0 are allowed");
}

TEST_CASE("a pattern and a format are told with the text") {
  CHECK(sentence_of(R"({"pattern": "^[A-Z]+$"})", R"("abc")") ==
        R"(the value: "abc" does not match the pattern ^[A-Z]+$)");
  CompileOptions asserting;
  asserting.formats = Formats::assert_them;
  CHECK(sentence_of(R"({"format": "date"})", R"("31.05.2024")", asserting) ==
        R"(the value: "31.05.2024" is not a date such as 2024-05-31)");
}

TEST_CASE("elements are named by their index") {
  CHECK(sentence_of(R"({"items": {"type": "string"}})", R"(["a", 1])") == "/1: is a number, but must be a string");
  CHECK(sentence_of(R"({"uniqueItems": true})", R"(["a", "b", "a"])") ==
        R"(the value: elements 0 and 2 are equal: "a")");
  CHECK(sentence_of(R"({"contains": {"type": "string"}})", "[1]") ==
        "the value: has no element of the kind that is needed");
  CHECK(sentence_of(R"({"contains": {"type": "string"}, "minContains": 2})", R"(["a"])") ==
        "the value: has 1 element of the kind that is needed, but needs at least 2");
  CHECK(sentence_of(R"({"contains": {"type": "string"}, "maxContains": 1})", R"(["a", "b"])") ==
        "the value: has 2 elements of the kind counted here, but at most 1 are allowed");
  CHECK(sentence_of(R"({"prefixItems": [{}], "unevaluatedItems": false})", "[1, 2]") == "/1: is an element too many");
}

TEST_CASE("keys are named where a key is wrong") {
  CHECK(sentence_of(R"({"propertyNames": {"pattern": "^[a-z]+$"}})", R"({"Abc": 1})") ==
        R"(the value: the key "Abc": "Abc" does not match the pattern ^[a-z]+$)");
  CHECK(sentence_of(R"({"dependentRequired": {"card": ["address"]}})", R"({"card": 1})") ==
        R"(the value: the key "address" is missing, which "card" demands)");
  CHECK(sentence_of(R"({"properties": {"old": false}})", R"({"old": 1})") == "/old: is not allowed");
}

TEST_CASE("the place is a JSON Pointer, escaped") {
  CHECK(sentence_of(R"({"additionalProperties": {"items": {"type": "null"}}})", R"({"a/b~c": [null, 1]})") ==
        "/a~1b~0c/1: is a number, but must be null");
}

TEST_CASE("the way to the keyword goes through references") {
  const Schema schema = compiled(
      R"({"properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"items": {"$ref": "#/$defs/y"}}, "y": {"type": "null"}}})");
  const auto faults = faults_of(schema, R"({"a": [1]})");
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].schema == "/properties/a/$ref/items/$ref/type");
  CHECK(faults[0].keyword == "type");
}

TEST_CASE("a long value is shortened at a code point") {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += "€";
  const std::string sentence = sentence_of(R"({"const": 1})", "\"" + text + "\"");
  CHECK(sentence == "the value: is \"" + text.substr(0, 26 * 3) + "…\", but must be 1");
  const std::string array = "[" + std::string(200, ' ') + "1]";
  CHECK(sentence_of(R"({"const": 1})", array).ends_with("…, but must be 1"));
}

TEST_CASE("all faults are told, up to the bound") {
  const Schema schema = compiled(R"({"items": {"type": "string"}})");
  CHECK(faults_of(schema, "[1, 2, 3]").size() == 3);
  CHECK(faults_of(schema, "[1, 2, 3]", 2).size() == 2);
}

TEST_CASE("one fault reached by two references is told once") {
  CHECK(
      sentences_of(R"({"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}], "$defs": {"a": {"minimum": 3}}})", "1")
          .size() == 1);
}

TEST_CASE("where every form wants another type, one sentence names them all") {
  CHECK(sentence_of(R"({"anyOf": [{"type": "integer"}, {"type": "null"}]})", R"("x")") ==
        "the value: is a string, but must be an integer or null");
}

TEST_CASE("where every form has fixed values, one sentence names them all") {
  CHECK(sentence_of(R"({"anyOf": [{"const": "a"}, {"enum": ["b", "c"]}]})", R"("x")") ==
        R"(the value: "x" is not one of "a", "b", "c")");
}

TEST_CASE("of several forms the one of the right type is explained") {
  const auto schema = R"({"anyOf": [{"type": "null"}, {"type": "object", "required": ["a"]}, {"type": "array"}]})";
  CHECK(sentence_of(schema, "{}") == R"(the value: the required key "a" is missing)");
}

TEST_CASE("of several forms the one whose telling key fits is explained") {
  const auto schema = R"({"oneOf": [
      {"properties": {"kind": {"const": "circle"}, "radius": {"type": "number"}}, "required": ["kind", "radius"]},
      {"properties": {"kind": {"const": "square"}, "side": {"type": "number"}}, "required": ["kind", "side"]}]})";
  CHECK(sentence_of(schema, R"({"kind": "square", "side": "2"})") == "/side: is a string, but must be a number");
  CHECK(sentence_of(schema, R"({"kind": "square"})") == R"(the value: the required key "side" is missing)");
}

TEST_CASE("of several forms the one that got deepest is explained") {
  const auto schema =
      R"({"anyOf": [{"required": ["x"]}, {"properties": {"a": {"properties": {"b": {"type": "null"}}}}}]})";
  CHECK(sentence_of(schema, R"({"a": {"b": 1}})") == "/a/b: is a number, but must be null");
}

TEST_CASE("more than one fitting form and a forbidden form are told") {
  CHECK(sentence_of(R"({"oneOf": [{"type": "integer"}, {"minimum": 2}]})", "3") ==
        "the value: fits more than one of the forms of which exactly one must fit");
  CHECK(sentence_of(R"({"not": {"type": "integer"}})", "3") == "the value: is 3, which has a form that is not allowed");
}

}  // namespace
}  // namespace batchd::schema
