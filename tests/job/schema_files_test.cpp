#include <doctest/doctest.h>

#include "job/fixture.hpp"
#include "rules/job/job.hpp"

using namespace batchd;
using batchd::job::test::Fixture;

namespace {

const std::string job_with_schema = Fixture::with_line(5, "  id: ticket_id\n  schema: row.json");

}  // namespace

TEST_CASE("the files a schema refers to become one text with it") {
  Fixture fixture;
  fixture.folder.write("row.json", R"({"properties": {"a": {"$ref": "parts/a b.json"}}})");
  fixture.folder.write("parts/a b.json", R"({"$ref": "../c.json"})");
  fixture.folder.write("c.json", R"({"type": "string"})");
  const auto loaded = fixture.load(job_with_schema);
  REQUIRE(job::to_text(loaded.complaints) == "");
  const auto& schema = loaded.job.input.schema.value();
  CHECK(schema.documents.empty());
  CHECK(
      schema.text ==
      R"({"properties":{"a":{"$ref":"#/$defs/file-1"}},"$defs":{"file-1":{"$ref":"#/$defs/file-2"},"file-2":{"type":"string"}}})");
}

TEST_CASE("files that cannot be moved are kept beside the schema, each once") {
  Fixture fixture;
  fixture.folder.write("row.json",
                       R"({"properties": {"a": {"$ref": "a b.json#x"}, "b": {"$ref": "a%20b.json#/$defs/x"}}})");
  fixture.folder.write("a b.json", R"({"$defs": {"x": {"$anchor": "x", "$ref": "c.json"}}})");
  fixture.folder.write("c.json", R"({"type": "string"})");
  const auto loaded = fixture.load(job_with_schema);
  REQUIRE(job::to_text(loaded.complaints) == "");
  const auto& schema = loaded.job.input.schema.value();
  REQUIRE(schema.documents.size() == 2);
  CHECK(schema.documents[0].path == fixture.folder / "a b.json");
  CHECK(schema.documents[1].path == fixture.folder / "c.json");
  CHECK(schema.documents[1].text == R"({"type": "string"})");
}

TEST_CASE("a reference to a file that is not there is complained about with its place in the schema") {
  Fixture fixture;
  fixture.folder.write("row.json", R"({"properties": {"a": {"$ref": "gone.json"}}})");
  CHECK(fixture.complaints(job_with_schema) ==
        "job.yaml:6:11: input.schema: row.json: /properties/a/$ref: \"gone.json\" cannot be resolved: cannot open " +
            (fixture.folder / "gone.json").string() + ": No such file or directory");
  fixture.folder.write("row.json", R"({"properties": {"a": {"$ref": "https://example.com/a.json"}}})");
  CHECK(fixture.complaints(job_with_schema) ==
        "job.yaml:6:11: input.schema: row.json: /properties/a/$ref: \"https://example.com/a.json\" cannot be resolved: "
        "https://example.com/a.json is not a file, and schemas are never fetched");
}

TEST_CASE("a reference into nothing, and one that leads round in a ring, are faults of the schema") {
  Fixture fixture;
  fixture.folder.write("row.json", R"({"properties": {"a": {"$ref": "#/$defs/nothing"}}})");
  CHECK(fixture.complaints(job_with_schema).starts_with("job.yaml:6:11: input.schema: row.json: /properties/a/$ref: "));
  fixture.folder.write("row.json",
                       R"({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}})");
  CHECK(fixture.complaints(job_with_schema).starts_with("job.yaml:6:11: input.schema: row.json: "));
  fixture.folder.write("row.json", R"({"properties": {"child": {"$ref": "#"}}})");  // a tree of itself is fine
  CHECK(fixture.complaints(job_with_schema) == "");
}

TEST_CASE("a schema that stays several files cannot be sent") {
  Fixture fixture;
  fixture.folder.write("answer.json", R"({"properties": {"a": {"$ref": "b.json#x"}}})");
  fixture.folder.write("b.json", R"({"$defs": {"x": {"$anchor": "x"}}})");
  const std::string job = Fixture::with_line(2, "provider: openai") + "  schema: answer.json\n";
  CHECK(fixture.complaints(job).starts_with("job.yaml:13:11: output.schema: it refers to files whose $id or $anchor"));
  CHECK(fixture.complaints(job + "  structured: json_object\n") == "");
}
