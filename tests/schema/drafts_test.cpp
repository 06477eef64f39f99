#include "schema/judge.hpp"

namespace batchd::schema {
namespace {

constexpr std::string_view draft_4 = R"("$schema": "http://json-schema.org/draft-04/schema#")";
constexpr std::string_view draft_6 = R"("$schema": "http://json-schema.org/draft-06/schema#")";
constexpr std::string_view draft_7 = R"("$schema": "http://json-schema.org/draft-07/schema#")";
constexpr std::string_view draft_2019 = R"("$schema": "https://json-schema.org/draft/2019-09/schema")";
constexpr std::string_view draft_2020 = R"("$schema": "https://json-schema.org/draft/2020-12/schema")";

std::string of(std::string_view draft, std::string_view members) {
  return "{" + std::string(draft) + (members.empty() ? "" : ", ") + std::string(members) + "}";
}

// Documents by their URIs, for schemas that refer to them.
CompileOptions with(std::vector<std::pair<std::string, std::string>> documents) {
  CompileOptions options;
  options.load = [documents = std::move(documents)](std::string_view uri) -> Result<std::string> {
    for (const auto& [name, text] : documents)
      if (name == uri) return text;
    return Error(ErrorKind::not_found, "nothing there");
  };
  return options;
}

TEST_CASE("$schema says which draft a schema is of, and without it 2020-12 or what the caller says") {
  const auto list = R"("items": [{"type": "string"}])";
  CHECK_FALSE(accepts(of(draft_7, list), "[1]"));
  CHECK_FALSE(accepts(of(R"("$schema": "http://json-schema.org/draft-07/schema")", list), "[1]"));
  CHECK(compile_error(of(draft_2020, list)) == "/items: is an array, but must be a boolean or an object");
  CHECK(compile_error("{" + std::string(list) + "}") == "/items: is an array, but must be a boolean or an object");
  CompileOptions options;
  options.draft_if_unnamed = Draft::draft_6;
  CHECK_FALSE(accepts("{" + std::string(list) + "}", "[1]", options));
}

TEST_CASE("an unknown $schema is refused, and the known ones are named") {
  const auto result = Schema::compile(R"({"$schema": "http://json-schema.org/draft-03/schema#"})");
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message == R"(/$schema: "http://json-schema.org/draft-03/schema" is not known here)");
  CHECK(result.error().hint ==
        R"(known are "https://json-schema.org/draft/2020-12/schema", "https://json-schema.org/draft/2019-09/schema", )"
        R"("http://json-schema.org/draft-07/schema", "http://json-schema.org/draft-06/schema", )"
        R"("http://json-schema.org/draft-04/schema")");
  CHECK(compile_error(R"({"$schema": "http://example.org/mine"})") ==
        R"(/$schema: "http://example.org/mine" is not known here: there is no such document)");
}

TEST_CASE("a schema is checked by its own draft's metaschema") {
  CHECK(compile_error(of(draft_4, R"("required": [])")) == "/required: has 0 elements, but needs at least 1");
  CHECK(accepts(of(draft_6, R"("required": [])"), "{}"));
  CHECK(compile_error(of(draft_4, R"("properties": {"a": true})")) ==
        "/properties/a: is a boolean, but must be an object");
  CHECK(compile_error(of(draft_4, R"("exclusiveMinimum": 3)")) ==
        "/exclusiveMinimum: is a number, but must be a boolean");
  CHECK(
      compile_error(of(draft_4, R"("minimum": 1, "exclusiveMaximum": true)")).find(R"(the key "maximum" is missing)") !=
      std::string::npos);
  CHECK(compile_error(of(draft_6, R"("exclusiveMinimum": true)")) ==
        "/exclusiveMinimum: is a boolean, but must be a number");
  CHECK(compile_error(of(draft_4, R"("minLength": 2.0)")).starts_with("/minLength: is 2.0, but must be an integer"));
  CHECK(compile_error(of(draft_2019, R"("$id": "http://x/#here")"))
            .starts_with(R"(/$id: "http://x/#here" does not match the pattern)"));
  CompileOptions options;
  options.draft_if_unnamed = Draft::draft_4;
  CHECK(compile_error("true", options) == "the schema: is a boolean, but must be an object");
}

TEST_CASE("a reference hides what stands beside it up to draft 7") {
  const auto schema = R"("definitions": {"a": {"type": "string"}},
      "properties": {"x": {"$ref": "#/definitions/a", "maxLength": 1}})";
  for (const auto& old : {draft_4, draft_6, draft_7})
    CHECK(accepts(of(old, schema), R"({"x": "long"})"));
  for (const auto& young : {draft_2019, draft_2020})
    CHECK_FALSE(accepts(of(young, schema), R"({"x": "long"})"));
  CHECK_FALSE(accepts(of(draft_7, schema), R"({"x": 1})"));
}

TEST_CASE("definitions beside a reference at the root are found, ids in them included") {
  const auto schema = of(draft_7, R"("$ref": "#/definitions/a", "definitions": {
      "a": {"properties": {"b": {"$ref": "http://x/b"}}}, "b": {"$id": "http://x/b", "type": "string"}})");
  CHECK(accepts(schema, R"({"b": "text"})"));
  CHECK_FALSE(accepts(schema, R"({"b": 1})"));
}

TEST_CASE("items may be a list up to 2019-09, and additionalItems is for the rest") {
  const auto schema = R"("items": [{"type": "string"}], "additionalItems": {"type": "integer"})";
  for (const auto& old : {draft_4, draft_6, draft_7, draft_2019}) {
    CHECK(accepts(of(old, schema), R"(["a", 1, 2])"));
    CHECK_FALSE(accepts(of(old, schema), R"(["a", "b"])"));
    CHECK(accepts(of(old, R"("items": {"type": "string"}, "additionalItems": false)"), R"(["a", "b"])"));
    CHECK(accepts(of(old, R"("additionalItems": false)"), R"(["a", "b"])"));
  }
  CHECK(accepts(of(draft_7, R"("prefixItems": [{"type": "string"}])"), "[1]"));
  CHECK(sentence_of(of(draft_7, R"("items": [{}], "additionalItems": false)"), "[1, 2]") == "/1: is not allowed");
}

TEST_CASE("in draft 4 exclusiveMinimum is a switch of minimum") {
  const auto schema = of(draft_4, R"("minimum": 1, "exclusiveMinimum": true, "maximum": 3, "exclusiveMaximum": false)");
  CHECK(sentence_of(schema, "1") == "the value: is 1, but must be more than 1");
  CHECK(accepts(schema, "1.5"));
  CHECK(accepts(schema, "3"));
  CHECK(sentence_of(schema, "4") == "the value: is 4, but must be at most 3");
}

TEST_CASE("in draft 4 an integer is one by its digits, later by its value") {
  CHECK(accepts(of(draft_4, R"("type": "integer")"), "123456789012345678901234567890"));
  CHECK(accepts(of(draft_4, R"("type": ["integer", "string"])"), "-1"));
  CHECK(accepts(of(draft_4, R"("type": ["integer", "number"])"), "1.5"));
  CHECK(sentence_of(of(draft_4, R"("type": "integer")"), "1.0") ==
        "the value: is 1.0, but must be an integer without a point or exponent");
  CHECK_FALSE(accepts(of(draft_4, R"("type": "integer")"), "1e2"));
  CHECK(sentence_of(of(draft_4, R"("type": "integer")"), "1.5") == "the value: is 1.5, but must be an integer");
  for (const auto& later : {draft_6, draft_7, draft_2019, draft_2020})
    CHECK(accepts(of(later, R"("type": "integer")"), "1.0"));
}

TEST_CASE("a keyword is an annotation in a draft that does not have it") {
  CHECK(accepts(of(draft_4, R"("const": 1)"), "2"));
  CHECK(accepts(of(draft_4, R"("contains": {"type": "string"})"), "[1]"));
  CHECK(accepts(of(draft_4, R"("propertyNames": {"maxLength": 1})"), R"({"long": 1})"));
  CHECK(accepts(of(draft_6, R"("if": true, "then": false)"), "1"));
  CHECK_FALSE(accepts(of(draft_6, R"("const": 1)"), "2"));
  CHECK_FALSE(accepts(of(draft_6, R"("contains": {"type": "string"})"), "[1]"));
  CHECK_FALSE(accepts(of(draft_6, R"("propertyNames": {"maxLength": 1})"), R"({"long": 1})"));
  CHECK_FALSE(accepts(of(draft_7, R"("if": true, "then": false)"), "1"));
  CHECK(accepts(of(draft_7, R"("dependentRequired": {"a": ["b"]}, "unevaluatedProperties": false)"), R"({"a": 1})"));
  CHECK(accepts(of(draft_7, R"("contains": {"type": "string"}, "maxContains": 1)"), R"(["a", "b"])"));
  CHECK(accepts(of(draft_2020, R"("additionalItems": false, "prefixItems": [true])"), "[1, 2]"));
}

TEST_CASE("dependencies are demands or schemas in every draft") {
  const auto schema = R"("dependencies": {"a": ["b"], "c": {"minProperties": 2}})";
  for (const auto& draft : {draft_4, draft_6, draft_7, draft_2019, draft_2020}) {
    CHECK(sentence_of(of(draft, schema), R"({"a": 1})") == R"(the value: the key "b" is missing, which "a" demands)");
    CHECK_FALSE(accepts(of(draft, schema), R"({"c": 1})"));
    CHECK(accepts(of(draft, schema), R"({"c": 1, "d": 1})"));
  }
}

TEST_CASE("an id is a base, and up to draft 7 a name within") {
  const auto schema = [](std::string_view draft, const std::string& id) {
    return of(draft, "\"" + id + R"(": "http://x/root", "definitions": {
        "a": {")" + id + R"(": "folder/a", "definitions": {"n": {")" +
                         id + R"(": "#here", "type": "string"}}}},
        "properties": {"a": {"$ref": "folder/a#here"}})");
  };
  CHECK_FALSE(accepts(schema(draft_4, "id"), R"({"a": 1})"));
  CHECK_FALSE(accepts(schema(draft_6, "$id"), R"({"a": 1})"));
  CHECK(accepts(schema(draft_7, "$id"), R"({"a": "text"})"));
  CHECK(compile_error(schema(draft_7, "id")).starts_with(R"(/properties/a/$ref: "folder/a#here" cannot be resolved)"));
  CHECK(compile_error(of(draft_7, R"("definitions": {"a": {"$id": "#x"}, "b": {"$id": "#x"}})")) ==
        R"(/definitions/b/$id: the anchor "x" is there already at /definitions/a)");
}

TEST_CASE("an id that generators write as a place within the schema does no harm") {
  CHECK_FALSE(accepts(of(draft_7, R"("properties": {"a": {"$id": "#/properties/a", "type": "string"},
      "b": {"$id": "#/properties/a", "type": "integer"}})"),
                      R"({"a": 1})"));
}

TEST_CASE("$recursiveRef lands in the outermost schema that says $recursiveAnchor") {
  const auto options = with({{"http://x/tree", of(draft_2019, R"("$id": "http://x/tree", "$recursiveAnchor": true,
      "properties": {"children": {"items": {"$recursiveRef": "#"}}})")}});
  const auto strict = of(draft_2019, R"("$id": "http://x/strict", "$recursiveAnchor": true, "$ref": "tree",
      "unevaluatedProperties": false)");
  CHECK(accepts(strict, R"({"children": [{"children": []}]})", options));
  CHECK_FALSE(accepts(strict, R"({"children": [{"childern": []}]})", options));
  CHECK(accepts(of(draft_2019, R"("$ref": "http://x/tree")"), R"({"children": [{"childern": []}]})", options));
}

TEST_CASE("recursive references that never end are stopped") {
  const auto options =
      with({{"http://x/inner", of(draft_2019, R"("$recursiveAnchor": true, "anyOf": [{"$recursiveRef": "#"}])")}});
  CHECK(compile_error(of(draft_2019, R"("$ref": "http://x/inner")"), options).find("refers back to itself") !=
        std::string::npos);
  const auto twice = of(draft_2019, R"("$id": "http://x/outer", "$recursiveAnchor": true, "$ref": "middle", "$defs": {
      "middle": {"$id": "middle", "$recursiveAnchor": true, "items": {}, "allOf": [{"$ref": "leaf"}]},
      "leaf": {"$id": "leaf", "$recursiveAnchor": true, "if": {"type": "array"}, "then": {"items": {"$recursiveRef": "#"}}}})");
  CHECK(accepts(twice, "[[[1]]]"));
}

TEST_CASE("a reference of another draft is refused, for skipped it would accept anything") {
  CHECK(compile_error(of(draft_7, R"("items": {"$recursiveRef": "#"})"))
            .starts_with("/items/$recursiveRef: is not in force here: it is of draft 2019-09"));
  CHECK(compile_error(of(draft_2019, R"("items": {"$dynamicRef": "#a"})")) ==
        "/items/$dynamicRef: is not in force here: it is of draft 2020-12, and $schema names another");
}

TEST_CASE("a document is of the draft it names, one that names none of the schema's own") {
  const auto list = R"("items": [{"type": "string"}])";
  const auto options = with({{"http://x/7", of(draft_7, list)},
                             {"http://x/none", "{" + std::string(list) + "}"},
                             {"http://x/2020", of(draft_2020, R"("prefixItems": [{"type": "string"}])")}});
  CHECK_FALSE(accepts(of(draft_2020, R"("$ref": "http://x/7")"), "[1]", options));
  CHECK_FALSE(accepts(of(draft_7, R"("$ref": "http://x/2020")"), "[1]", options));
  CHECK_FALSE(accepts(of(draft_6, R"("$ref": "http://x/none")"), "[1]", options));
  CHECK(compile_error(of(draft_2020, R"("$ref": "http://x/none")"), options).find("http://x/none#: /items: ") !=
        std::string::npos);
}

TEST_CASE("a schema of another draft may lie within, and is checked by its own metaschema") {
  const auto schema = [](std::string_view maximum) {
    return of(draft_2020,
              R"("$defs": {"old": {"$schema": "http://json-schema.org/draft-04/schema#", "id": "http://x/old",
        "maximum": 3, "exclusiveMaximum": )" +
                  std::string(maximum) + R"(}}, "properties": {"a": {"$ref": "http://x/old"}})");
  };
  CHECK(accepts(schema("true"), R"({"a": 2})"));
  CHECK(sentence_of(schema("true"), R"({"a": 3})") == "/a: is 3, but must be less than 3");
  CHECK(compile_error(schema("5")) == "/$defs/old/exclusiveMaximum: is a number, but must be a boolean");
}

TEST_CASE("a metaschema of one's own is of the draft it names, with the vocabularies it names") {
  const auto options = with({
      {"http://x/loose", of(draft_2019, R"("$id": "http://x/loose", "$recursiveAnchor": true, "$vocabulary": {
          "https://json-schema.org/draft/2019-09/vocab/core": true,
          "https://json-schema.org/draft/2019-09/vocab/applicator": true})")},
      {"http://x/format", of(draft_2019, R"("$id": "http://x/format", "$vocabulary": {
          "https://json-schema.org/draft/2019-09/vocab/core": true,
          "https://json-schema.org/draft/2019-09/vocab/format": true})")},
      {"http://x/seven", of(draft_7, R"("$id": "http://x/seven", "properties": {"title": {"maxLength": 3}})")},
  });
  CHECK(accepts(R"({"$schema": "http://x/loose", "minimum": 5, "items": {"minimum": 5}})", "[1]", options));
  CHECK_FALSE(accepts(R"({"$schema": "http://x/loose", "unevaluatedItems": false})", "[1]", options));
  CHECK_FALSE(accepts(R"({"$schema": "http://x/format", "format": "date"})", R"("no date")", options));
  CHECK_FALSE(accepts(R"({"$schema": "http://x/seven", "items": [{"type": "string"}]})", "[1]", options));
  CHECK(compile_error(R"({"$schema": "http://x/seven", "title": "long"})", options) ==
        "/title: has 4 characters, but at most 3 are allowed");
}

TEST_CASE("what contains matches has been looked at in 2020-12, but not in 2019-09") {
  const auto schema = R"("contains": {"type": "string"}, "unevaluatedItems": {"type": "integer"})";
  CHECK(accepts(of(draft_2020, schema), R"(["a", 1])"));
  CHECK_FALSE(accepts(of(draft_2019, schema), R"(["a", 1])"));
}

TEST_CASE("host names of old drafts know nothing of encoded labels") {
  CompileOptions asserting;
  asserting.formats = Formats::assert_them;
  CHECK(accepts(of(draft_4, R"("format": "hostname")"), R"("ab--cd.example")", asserting));
  CHECK_FALSE(accepts(of(draft_7, R"("format": "hostname")"), R"("ab--cd.example")", asserting));
}

}  // namespace
}  // namespace batchd::schema
