// `batchd schema`: what it says of schemas and values, and how it ends.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/program.hpp"
#include "ground/base/compression.hpp"
#include "ground/json/document.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

using test::Ended;
using test::Fed;
using test::Program;
using Words = std::vector<std::string>;

class Desk {
 public:
  Desk() {
    folder.write("s.json", R"({"type":"object","required":["id"],"properties":{"id":{"type":"integer"},
        "mail":{"type":"string","format":"email"}}})");
  }
  Ended schema(Words words, const Fed& fed = {}) const {
    words.insert(words.begin(), "schema");
    return Program(folder.path(), words, fed).finish();
  }
  batchd::test::TemporaryFolder folder;
};

TEST_CASE("a schema alone is told to be one, and of which draft") {
  const Desk desk;
  const auto ended = desk.schema({"s.json"});
  CHECK(ended.exit_code == 0);
  CHECK(ended.out == "s.json is a valid draft 2020-12 schema\n");
  desk.folder.write("old.json", R"({"$schema":"http://json-schema.org/draft-07/schema#"})");
  CHECK(desk.schema({"old.json"}).out == "old.json is a valid draft 7 schema\n");
  CHECK(desk.schema({"old.json", "--json"}).out ==
        "{\"type\":\"schema\",\"file\":\"old.json\",\"draft\":\"draft 7\",\"valid\":true}\n");
}

TEST_CASE("a wrong schema ends with 2 and the place") {
  const Desk desk;
  desk.folder.write("wrong.json", R"({"properties":{"a":{"type":"strin"}}})");
  const auto ended = desk.schema({"wrong.json"});
  CHECK(ended.exit_code == 2);
  CHECK(ended.out == "");
  CHECK(ended.err.starts_with("error: wrong.json: /properties/a/type: \"strin\" is not one of"));
  desk.folder.write("wrong.json", "{");
  CHECK(desk.schema({"wrong.json"}).exit_code == 2);
  CHECK(desk.schema({"gone.json"}).exit_code == 2);
}

TEST_CASE("values are told by file and line, and counted") {
  const Desk desk;
  desk.folder.write("v.jsonl", "{\"id\":1}\n\n{\"id\":\"x\"}\n{\"id\"\n{\"id\":2}\n");
  const auto ended = desk.schema({"s.json", "v.jsonl"});
  CHECK(ended.exit_code == 3);
  CHECK(
      ended.out.starts_with("s.json is a valid draft 2020-12 schema\n"
                            "v.jsonl:3: /id: is a string, but must be an integer\n"
                            "v.jsonl:4: not valid JSON: "));
  CHECK(ended.out.ends_with("\n4 values: 2 fit, 2 do not\n"));
  desk.folder.write("v.jsonl", "{\"id\":1}\n");
  const auto fine = desk.schema({"s.json", "v.jsonl"});
  CHECK(fine.exit_code == 0);
  CHECK(fine.out.ends_with("\n1 value: it fits\n"));
  CHECK(desk.schema({"s.json", "v.jsonl", "-q"}).out == "");
}

TEST_CASE("with --json each value is an object of line, valid and errors") {
  const Desk desk;
  desk.folder.write("v.jsonl", "{\"id\":1}\n\n{}\n");
  const auto ended = desk.schema({"s.json", "v.jsonl", "--json"});
  CHECK(ended.exit_code == 3);
  CHECK(ended.out ==
        "{\"line\":1,\"valid\":true,\"errors\":[]}\n"
        "{\"line\":3,\"valid\":false,\"errors\":[{\"instance\":\"\",\"schema\":\"/required\",\"keyword\":\"required\","
        "\"message\":\"the required key \\\"id\\\" is missing\"}]}\n");
}

TEST_CASE("errors of one value are bounded") {
  const Desk desk;
  desk.folder.write("list.json", R"({"items":{"type":"string"}})");
  std::string list = "[0";
  for (int n = 1; n < 100; ++n)
    list += fmt::format(",{}", n);
  desk.folder.write("v.jsonl", list + "]\n");
  const auto told = desk.schema({"list.json", "v.jsonl"});
  CHECK(told.out.find("v.jsonl:1: /19: ") != std::string::npos);
  CHECK(told.out.find("v.jsonl:1: /20: ") == std::string::npos);
  CHECK(told.out.find("v.jsonl:1: and more; the first 20 are shown\n") != std::string::npos);
  json::Document document;
  const auto json = desk.schema({"list.json", "v.jsonl", "--json"}).out;
  CHECK(document.parse(json).value().find("errors").size() == 20);
}

TEST_CASE("packed files and standard input are read, several files are told apart") {
  const Desk desk;
  desk.folder.write("v.jsonl.gz", gzip("{\"id\":1}\n"));
  CHECK(desk.schema({"s.json", "v.jsonl.gz"}).out.ends_with("1 value: it fits\n"));
  const auto piped = desk.schema({"s.json", "-"}, {.pipe = "{\"id\":1}\n{}"});
  CHECK(piped.exit_code == 3);
  CHECK(piped.out.find("standard input:2: the value: ") != std::string::npos);
  const auto both = desk.schema({"s.json", "v.jsonl.gz", "-", "--json"}, {.pipe = "{}"});
  CHECK(both.out.starts_with("{\"file\":\"v.jsonl.gz\",\"line\":1,\"valid\":true"));
  CHECK(both.out.find("\n{\"file\":\"standard input\",\"line\":1,\"valid\":false") != std::string::npos);
}

TEST_CASE("a file that cannot be read ends with 2, whatever the others hold") {
  const Desk desk;
  desk.folder.write("v.jsonl", "{}\n");
  const auto ended = desk.schema({"s.json", "gone.jsonl", "v.jsonl"});
  CHECK(ended.exit_code == 2);
  CHECK(ended.err.find("gone.jsonl") != std::string::npos);
  CHECK(ended.out.find("v.jsonl:1: ") != std::string::npos);
}

TEST_CASE("URIs are read from the folder that --map-uri names, and never fetched") {
  const Desk desk;
  desk.folder.write("root.json", R"({"$id":"https://example.com/s/root.json","items":{"$ref":"part.json"}})");
  desk.folder.write("parts/part.json", R"({"type":"string"})");
  desk.folder.write("v.jsonl", "[\"a\"]\n[1]\n");
  const auto ended = desk.schema({"root.json", "--map-uri", "https://example.com/s/=parts", "v.jsonl"});
  CHECK(ended.exit_code == 3);
  CHECK(ended.out.find("v.jsonl:2: /0: is a number, but must be a string\n") != std::string::npos);
  const auto unmapped = desk.schema({"root.json", "v.jsonl"});
  CHECK(unmapped.exit_code == 2);
  CHECK(unmapped.err.find("schemas are never fetched; --map-uri PREFIX=DIR names the folder of its copy") !=
        std::string::npos);
  CHECK(desk.schema({"root.json", "--map-uri", "https://example.com/s/=gone"}).exit_code == 2);
  CHECK(desk.schema({"root.json", "--map-uri", "parts"}).err.find("is not of the form PREFIX=DIR") !=
        std::string::npos);
}

TEST_CASE("format is a remark unless it is asserted") {
  const Desk desk;
  desk.folder.write("v.jsonl", "{\"id\":1,\"mail\":\"nobody\"}\n");
  CHECK(desk.schema({"s.json", "v.jsonl"}).exit_code == 0);
  CHECK(desk.schema({"s.json", "v.jsonl", "--formats", "assert"}).exit_code == 3);
}

TEST_CASE("a keyword that looks misspelt is warned of and changes nothing") {
  const Desk desk;
  desk.folder.write("s.json", R"({"requird":["a"]})");
  const auto ended = desk.schema({"s.json"});
  CHECK(ended.exit_code == 0);
  CHECK(ended.err ==
        "warning: s.json: /requird: JSON Schema knows no \"requird\" and skips it; did you mean \"required\"?\n");
}

}  // namespace
}  // namespace batchd::cli
