#include <doctest/doctest.h>

#include "job/fixture.hpp"
#include "rules/job/job.hpp"
#include "rules/schema/file_documents.hpp"

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
  CHECK(
      fixture.complaints(job_with_schema) ==
      "job.yaml:6:11: input.schema: row.json: /properties/a/$ref: \"https://example.com/a.json\" cannot be resolved: "
      "https://example.com/a.json is not a file, and schemas are never fetched; map_uri of the job names the folder of "
      "its copy");
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

TEST_CASE("a folder stands for a URI, relative to the job, and its documents are frozen with it") {
  Fixture fixture;
  fixture.folder.write("row.json",
                       R"({"$id": "https://example.com/row.json", "properties": {"a": {"$ref": "a.json"}}})");
  fixture.folder.write("parts/a.json", R"({"$id": "https://example.com/a.json", "type": "string"})");
  const std::string job_with_map = job_with_schema + "map_uri: {\"https://example.com/\": parts}\n";
  const auto loaded = fixture.load(job_with_map);
  REQUIRE(job::to_text(loaded.complaints) == "");
  REQUIRE(loaded.job.input.schema->documents.size() == 1);
  const auto& document = loaded.job.input.schema->documents[0];
  CHECK(document.uri == "https://example.com/a.json");
  CHECK(document.path == fixture.folder / "parts/a.json");
  // What becomes of the file does not matter to a run that goes on.
  fixture.folder.write("parts/a.json", "false");
  const auto thawed = job::thaw(job::freeze(loaded.job));
  REQUIRE(thawed.ok());
  const auto& schema = thawed->input.schema.value();
  const auto compiled = schema::Schema::compile(schema.text, schema::options_for_file(schema.path, schema.documents));
  REQUIRE(compiled.ok());
  json::Document value;
  CHECK(compiled->accepts(value.parse(R"({"a": "x"})").value()));
  CHECK_FALSE(compiled->accepts(value.parse(R"({"a": 1})").value()));
}

TEST_CASE("documents of mapped URIs that can be moved become one text with the schema") {
  Fixture fixture;
  fixture.folder.write("row.json", R"({"properties": {"a": {"$ref": "https://example.com/a.json"}}})");
  fixture.folder.write("parts/a.json", R"({"type": "string"})");
  const auto loaded = fixture.load(job_with_schema + "map_uri: {\"https://example.com/\": parts}\n");
  REQUIRE(job::to_text(loaded.complaints) == "");
  CHECK(loaded.job.input.schema->documents.empty());
}

TEST_CASE("a map_uri that cannot be used is complained about with its place") {
  Fixture fixture;
  CHECK(fixture.complaints_with("map_uri: {\"https://example.com/\": gone}\n") ==
        "job.yaml:13:35: map_uri.https://example.com/: there is no " + (fixture.folder / "gone").string());
}

TEST_CASE("a keyword that looks misspelt is warned of, in the schema and in what it refers to") {
  Fixture fixture;
  fixture.folder.write("row.json", R"({"properties": {"a": {"$ref": "a.json"}}, "requird": ["a"]})");
  fixture.folder.write("a.json", R"({"maxlength": 3})");
  const auto loaded = fixture.load(job_with_schema);
  CHECK(loaded.ok());
  CHECK(job::to_text(loaded.complaints) ==
        "job.yaml:6:11: warning: input.schema: row.json: /requird: JSON Schema knows no \"requird\" and skips it; did "
        "you "
        "mean \"required\"?\n"
        "job.yaml:6:11: warning: input.schema: " +
            (fixture.folder / "a.json").string() +
            ": /maxlength: JSON Schema knows no \"maxlength\" and skips it; did you mean \"maxLength\"?");
}
