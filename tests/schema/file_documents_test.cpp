#include "rules/schema/file_documents.hpp"

#include <doctest/doctest.h>

#include "rules/schema/schema.hpp"

namespace batchd::schema {

TEST_CASE("a path is a file URI and back, whatever its name holds") {
  CHECK(file_uri("/a/row.schema.json") == "file:///a/row.schema.json");
  CHECK(file_uri("/a b/100%#?ü.json") == "file:///a%20b/100%25%23%3F%C3%BC.json");
  for (const std::string path : {"/a/row.json", "/a b/100%#?ü.json", "/%41/x"})
    CHECK(path_of_file_uri(file_uri(path)) == path);
  CHECK_FALSE(path_of_file_uri("https://example.org/a.json"));
  CHECK_FALSE(path_of_file_uri("a.json"));
}

TEST_CASE("references between files are answered from the texts read with the schema, and from nowhere else") {
  CompileOptions options;
  options.base_uri = file_uri("/jobs/my schemas/row.json");
  options.load = load_from({{"/jobs/my schemas/parts/price.json", R"({"type":"number"})"},
                            {"/jobs/shared.json", R"({"$defs":{"id":{"type":"string"}}})"}});
  const auto schema = Schema::compile(
      R"({"properties":{"price":{"$ref":"parts/price.json"},"id":{"$ref":"../shared.json#/$defs/id"}}})", options);
  REQUIRE_MESSAGE(schema.ok(), schema.error().text());
  json::Document document;
  CHECK(schema->accepts(*document.parse(R"({"price":1,"id":"x"})")));
  CHECK_FALSE(schema->accepts(*document.parse(R"({"price":"1","id":"x"})")));
  CHECK_FALSE(schema->accepts(*document.parse(R"({"price":1,"id":7})")));

  const auto refused = Schema::compile(R"({"$ref":"other.json"})", options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("other.json\" cannot be resolved") != std::string::npos);
  CHECK(options.load("file:///etc/hostname").error().kind == ErrorKind::not_found);
  CHECK(options.load("https://example.org/a.json").error().kind == ErrorKind::not_found);
}

}  // namespace batchd::schema
