#include "rules/schema/bundle.hpp"

#include <doctest/doctest.h>

#include "rules/schema/schema.hpp"

using namespace batchd;
using schema::bundled;
using Documents = std::vector<FileText>;

namespace {

bool accepts(const std::string& schema_text, std::string_view instance) {
  const auto compiled = schema::Schema::compile(schema_text);  // with nothing else to load
  REQUIRE(compiled.ok());
  json::Document document;
  const auto value = document.parse(instance);
  REQUIRE(value.ok());
  return compiled->accepts(*value);
}

TEST_CASE("documents known by their URI become part of the text, too, and refer to each other by it") {
  const std::string root = R"({"properties": {"a": {"$ref": "https://example.com/s/a.json"}}})";
  const auto text = bundled(root, "/s/root.json",
                            {{"/m/a.json", R"({"items": {"$ref": "b.json#/$defs/x"}})", "https://example.com/s/a.json"},
                             {"/m/b.json", R"({"$defs": {"x": {"type": "string"}}})", "https://example.com/s/b.json"}})
                        .value_or("");
  CHECK(text == R"({"properties":{"a":{"$ref":"#/$defs/file-1"}},"$defs":{"file-1":{"items":{"$ref":)"
                R"("#/$defs/file-2/$defs/x"}},"file-2":{"$defs":{"x":{"type":"string"}}}}})");
}

TEST_CASE("documents of another draft keep apart, and so does what draft 4 calls by id") {
  const std::string root = R"({"$ref": "b.json"})";
  const std::string named = R"({"$schema": "https://json-schema.org/draft/2020-12/schema"})";
  CHECK(bundled(root, "/s/a.json", {{"/s/b.json", named}}));
  CHECK_FALSE(bundled(root, "/s/a.json", {{"/s/b.json", R"({"$schema": "http://json-schema.org/draft-07/schema#"})"}}));
  CHECK(bundled(root, "/s/a.json", {{"/s/b.json", R"({"id": "x"})"}}));
  CHECK_FALSE(bundled(R"({"$schema": "http://json-schema.org/draft-04/schema#", "$ref": "b.json"})", "/s/a.json",
                      {{"/s/b.json", R"({"id": "x"})"}}));
}

}  // namespace

TEST_CASE("files that refer to one another become one text that means the same") {
  const std::string root =
      R"({"properties": {"a": {"$ref": "parts/a%20b.json#/$defs/x"}, "b": {"$ref": "#/$defs/file-1"},
          "c": {"$ref": "file:///s/parts/a%20b.json"}}, "$defs": {"file-1": {"type": "boolean"}}})";
  const Documents documents = {
      {"/s/parts/a b.json",
       R"({"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": {"x": {"$ref": "../c.json"}}, "$ref": "#/$defs/x"})"},
      {"/s/c.json", R"({"type": ["string", "array"], "items": {"$ref": "root.json"}})"}};
  const auto text = bundled(root, "/s/root.json", documents).value_or("");
  CHECK(accepts(text, R"({"a": "x", "b": true, "c": [{"b": false}]})"));
  CHECK_FALSE(accepts(text, R"({"a": 1})"));
  CHECK_FALSE(accepts(text, R"({"b": "x"})"));
  CHECK_FALSE(accepts(text, R"({"c": 1})"));
  CHECK_FALSE(accepts(text, R"({"c": [{"b": "x"}]})"));
}

TEST_CASE("what says of itself where it is stays where it is") {
  CHECK_FALSE(bundled(R"({"$ref": "b.json"})", "/s/a.json", {{"/s/b.json", R"({"$id": "https://example.com/b"})"}}));
  CHECK_FALSE(
      bundled(R"({"$ref": "b.json#x"})", "/s/a.json", {{"/s/b.json", R"({"$defs": {"a": {"$anchor": "x"}}})"}}));
  CHECK_FALSE(bundled(R"({"$ref": "b.json"})", "/s/a.json", {{"/s/b.json", "true"}}));
}

TEST_CASE("a value that only looks like a reference is a value") {
  const std::string root =
      R"({"properties": {"a": {"$ref": "b.json"}, "c": {"const": {"$ref": "b.json"}}, "d": {"enum": [{"$ref": "b.json"}]}}})";
  const auto text = bundled(root, "/s/a.json", {{"/s/b.json", R"({"type": "string"})"}}).value_or("");
  CHECK(accepts(text, R"({"a": "x", "c": {"$ref": "b.json"}, "d": {"$ref": "b.json"}})"));
  CHECK_FALSE(accepts(text, R"({"a": 1})"));
}
