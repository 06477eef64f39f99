#include <doctest/doctest.h>

#include "job/fixture.hpp"
#include "rules/job/job.hpp"

using namespace batchd;
using batchd::job::test::Fixture;

namespace {

const std::string job_with_schema = Fixture::with_line(5, "  id: ticket_id\n  schema: row.json");

}  // namespace

TEST_CASE("every file a schema refers to is kept beside it, once") {
  Fixture fixture;
  fixture.folder.write(
      "row.json", R"({"properties": {"a": {"$ref": "parts/a b.json"}, "b": {"$ref": "parts/a%20b.json#/$defs/x"}}})");
  fixture.folder.write("parts/a b.json", R"({"$defs": {"x": {"$ref": "../c.json"}}})");
  fixture.folder.write("c.json", R"({"type": "string"})");
  const auto loaded = fixture.load(job_with_schema);
  REQUIRE(job::to_text(loaded.complaints) == "");
  const auto& schema = loaded.job.input.schema.value();
  REQUIRE(schema.documents.size() == 2);
  CHECK(schema.documents[0].path == fixture.folder / "parts/a b.json");
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
