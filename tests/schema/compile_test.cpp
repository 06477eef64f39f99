#include "schema/judge.hpp"

namespace batchd::schema {
namespace {

TEST_CASE("a schema that is not JSON says where") {
  CHECK(compile_error("{").starts_with("the schema is not JSON: "));
  CHECK(compile_error("[]") == "the schema: must be an object, true or false");
}

TEST_CASE("a wrong value of a keyword is told with its place") {
  CHECK(compile_error(R"({"properties": {"a": {"type": "strin"}}})")
            .starts_with(R"(/properties/a/type: "strin" is not one of "array", )"));
  CHECK(compile_error(R"({"minLength": -1})") == "/minLength: is -1, but must be at least 0");
  CHECK(compile_error(R"({"required": "a"})") == "/required: is a string, but must be an array");
  CHECK(compile_error(R"({"items": [{}]})") == "/items: is an array, but must be a boolean or an object");
  CHECK(compile_error(R"({"allOf": []})") == "/allOf: has 0 elements, but needs at least 1");
  CHECK(compile_error(R"({"$defs": {"a": 5}})") == "/$defs/a: is a number, but must be a boolean or an object");
}

TEST_CASE("further faults of a schema are in the hint") {
  const auto result = Schema::compile(R"({"title": 1, "description": 2})");
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message == "/title: is a number, but must be a string");
  CHECK(result.error().hint == "also /description: is a number, but must be a string");
}

TEST_CASE("a pattern that cannot be compiled is told with its place") {
  CHECK(compile_error(R"({"properties": {"a": {"pattern": "(a"}}})")
            .starts_with(R"(/properties/a/pattern: the pattern "(a" cannot be compiled: )"));
  CHECK(compile_error(R"({"patternProperties": {"a/[": {}}})").starts_with("/patternProperties/a~1[: the pattern "));
  CHECK(compile_error(R"({"$defs": {"unused": {"pattern": "\\Z"}}})") ==
        R"(/$defs/unused/pattern: the pattern "\\Z" cannot be compiled: at character 1: \Z is not of ECMA-262)");
}

TEST_CASE("a reference to nothing is told with its place") {
  CHECK(compile_error(R"({"properties": {"a": {"$ref": "#/$defs/b"}}})") ==
        R"(/properties/a/$ref: "#/$defs/b" cannot be resolved: there is nothing)");
  CHECK(compile_error(R"({"$ref": "#here"})") == R"(/$ref: "#here" cannot be resolved: there is no anchor "here")");
  CHECK(compile_error(R"({"$ref": "other.json"})") ==
        R"(/$ref: "other.json" cannot be resolved: there is no such document)");
  CHECK(compile_error(R"({"title": "x", "$ref": "#/title"})") ==
        R"(/$ref: "#/title" cannot be resolved: what is there is not a schema)");
}

TEST_CASE("references that never step into the value are found before any value is") {
  const std::string endless =
      "refers back to itself without stepping into the value, so that checking a value would never end";
  CHECK(compile_error(R"({"$ref": "#"})") == "the schema: " + endless);
  CHECK(compile_error(R"({"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}})")
            .ends_with(endless));
  CHECK(Schema::compile(R"({"properties": {"child": {"$ref": "#"}}, "items": {"$ref": "#"}})").ok());
}

TEST_CASE("a reference of draft 2019-09 is refused in 2020-12, any unknown keyword is an annotation") {
  CHECK(compile_error(R"({"items": {"$recursiveRef": "#"}})") ==
        "/items/$recursiveRef: is not in force here: it is of draft 2019-09; draft 2020-12 has $dynamicRef instead");
  CHECK(accepts(R"({"x-mine": {"type": "nonsense"}, "requird": ["a"]})", "{}"));
}

TEST_CASE("a format that cannot be asserted is refused only when it is to be asserted") {
  CompileOptions asserting;
  asserting.formats = Formats::assert_them;
  CHECK(accepts(R"({"format": "idn-hostname"})", R"("-")"));
  CHECK(compile_error(R"({"format": "idn-hostname"})", asserting) ==
        R"(/format: "idn-hostname" cannot be asserted here)");
  CHECK(accepts(R"({"format": "of-my-own"})", R"("-")"));
  CHECK(compile_error(R"({"properties": {"a": {"format": "date-tiem"}}})", asserting) ==
        R"(/properties/a/format: "date-tiem" is not a format of the standard, so it cannot be asserted)");
}

TEST_CASE("a divisor beyond exact arithmetic is refused") {
  CHECK(compile_error(R"({"multipleOf": 0})") == "/multipleOf: is 0, but must be more than 0");
  CHECK(compile_error(R"({"multipleOf": 0.1234567890123456789})") ==
        "/multipleOf: must be above 0 and have at most 18 significant digits");
}

TEST_CASE("a schema nested too deep is refused with the limit") {
  std::string schema;
  for (int i = 0; i < 300; ++i)
    schema += R"({"not":)";
  const std::string message = compile_error(schema + "true" + std::string(300, '}'));
  CHECK(message.find(": nested deeper than 256 levels") != std::string::npos);
}

TEST_CASE("two schemas of one name are refused") {
  CHECK(compile_error(R"({"$defs": {"a": {"$anchor": "x"}, "b": {"$anchor": "x"}}})") ==
        R"(/$defs/b/$anchor: the anchor "x" is there already at /$defs/a)");
  CHECK(compile_error(R"({"$id": "http://a/b", "$defs": {"a": {"$id": "c"}, "b": {"$id": "c"}}})") ==
        R"(/$defs/b/$id: "http://a/c" is there already)");
}

TEST_CASE("documents are asked for by their absolute URI, once") {
  std::vector<std::string> asked;
  CompileOptions options;
  options.base_uri = "file:///schemas/main.json";
  options.load = [&](std::string_view uri) -> Result<std::string> {
    asked.emplace_back(uri);
    if (uri == "file:///schemas/part.json") return std::string(R"({"$defs": {"n": {"type": "integer"}}})");
    return Error(ErrorKind::not_found, "nothing there");
  };
  const auto schema = R"({"items": {"$ref": "part.json#/$defs/n"}, "contains": {"$ref": "part.json#/$defs/n"}})";
  CHECK(accepts(schema, "[1]", options));
  CHECK(sentence_of(schema, R"([1, "x"])", options) == "/1: is a string, but must be an integer");
  CHECK(asked == std::vector<std::string>{"file:///schemas/part.json", "file:///schemas/part.json"});  // one a compile
  CHECK(compile_error(R"({"$ref": "nowhere.json"})", options) ==
        R"(/$ref: "nowhere.json" cannot be resolved: there is no such document)");
}

TEST_CASE("a fault in another document names that document") {
  CompileOptions options;
  options.load = [&](std::string_view uri) -> Result<std::string> {
    if (uri == "http://x/bad.json") return std::string(R"({"type": 1})");
    return std::string(R"({"pattern": "("})");
  };
  CHECK(compile_error(R"({"$ref": "http://x/bad.json"})", options).find("http://x/bad.json#: /type: ") !=
        std::string::npos);
  CHECK(compile_error(R"({"$ref": "http://x/pattern.json"})", options).starts_with("http://x/pattern.json#/pattern: "));
}

TEST_CASE("metaschemas that describe each other end in an error") {
  CompileOptions options;
  options.load = [&](std::string_view uri) -> Result<std::string> {
    return std::string(uri == "http://x/a" ? R"({"$schema": "http://x/b"})" : R"({"$schema": "http://x/a"})");
  };
  CHECK(compile_error(R"({"$schema": "http://x/a"})", options).find("leads back to itself") != std::string::npos);
}

TEST_CASE("a vocabulary nobody knows is refused when it is demanded") {
  CompileOptions options;
  options.load = [&](std::string_view uri) -> Result<std::string> {
    return std::string(R"({"$vocabulary": {"http://x/units": )") + (uri == "http://x/strict" ? "true" : "false") + "}}";
  };
  CHECK(compile_error(R"({"$schema": "http://x/strict"})", options) ==
        R"(/$schema: "http://x/strict" demands the vocabulary "http://x/units", which is not in force here)");
  CHECK(Schema::compile(R"({"$schema": "http://x/lax"})", options).ok());
}

TEST_CASE("a metaschema that lets anything through does not let it do harm") {
  CompileOptions options;
  options.load = [&](std::string_view) -> Result<std::string> { return std::string("{}"); };
  for (const char* keyword : {R"("type": 1)",
                              R"("enum": 1)",
                              R"("minimum": "1")",
                              R"("minLength": "1")",
                              R"("pattern": 1)",
                              R"("items": 1)",
                              R"("prefixItems": 1)",
                              R"("prefixItems": [1])",
                              R"("contains": 1)",
                              R"("uniqueItems": 1)",
                              R"("properties": 1)",
                              R"("properties": {"a": 1})",
                              R"("patternProperties": 1)",
                              R"("required": 1)",
                              R"("required": [1])",
                              R"("additionalProperties": 1)",
                              R"("propertyNames": 1)",
                              R"("dependentRequired": {"a": 1})",
                              R"("dependentRequired": {"a": [1]})",
                              R"("dependentSchemas": {"a": 1})",
                              R"("$ref": 1)",
                              R"("allOf": 1)",
                              R"("anyOf": [1])",
                              R"("not": 1)",
                              R"("if": 1)",
                              R"("unevaluatedItems": 1)",
                              R"("multipleOf": -1)"}) {
    CAPTURE(keyword);
    compile_error(R"({"$schema": "http://x/anything", )" + std::string(keyword) + "}", options);
  }
}

}  // namespace
}  // namespace batchd::schema
