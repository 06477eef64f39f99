#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "rules/template/template.hpp"
#include "template/compiled.hpp"

namespace batchd::tmpl {
namespace {

TEST_CASE("a tag or section that is never closed is told with its place") {
  CHECK(fault_of(R"({"a":["x","Hi {{name"]})") == R"(/a/1: the tag "{{name" is never closed by "}}")");
  CHECK(fault_of(R"({"a":"{{{name}}"})") == R"(/a: the tag "{{{name}}" is never closed by "}}}")");
  CHECK(fault_of(R"({"a":"{{#x}}y"})") == R"(/a: the section "{{#x}}" is never closed)");
  CHECK(fault_of(R"({"a":"{{^x}}{{#y}}{{/y}}"})") == R"(/a: the section "{{^x}}" is never closed)");
  CHECK(fault_of(R"("{{#x}}")") == R"(the section "{{#x}}" is never closed)");
}

TEST_CASE("a section does not reach into the next string") {
  CHECK(fault_of(R"(["{{#x}}","{{/x}}"])") == R"(/0: the section "{{#x}}" is never closed)");
}

TEST_CASE("ends that close nothing, or the wrong section, are refused") {
  CHECK(fault_of(R"({"a":"{{/x}}"})") == R"(/a: "{{/x}}" closes a section that was never opened)");
  CHECK(fault_of(R"({"a":"{{#x}}{{#y}}{{/x}}{{/y}}"})") ==
        R"(/a: "{{/x}}" stands where "{{#y}}" must be closed first)");
  CHECK(fault_of(R"({"a":"{{#x}}{{/ x }}"})") == "");
}

TEST_CASE("names that are none are refused") {
  CHECK(fault_of(R"({"a":"{{}}"})") == R"(/a: "{{}}" has an empty name in it)");
  CHECK(fault_of(R"({"a":"{{a..b}}"})") == R"(/a: "{{a..b}}" has an empty name in it)");
  CHECK(fault_of(R"({"a":"{{.a}}"})") == R"(/a: "{{.a}}" has an empty name in it)");
  CHECK(fault_of(R"({"a":"{{a.}}"})") == R"(/a: "{{a.}}" has an empty name in it)");
  CHECK(fault_of(R"({"a":"{{#}}{{/}}"})") == R"(/a: "{{}}" has an empty name in it)");
  CHECK(fault_of(R"({"a":"like {{\"k\": {\"v\": 1}}"})") == R"(/a: "{{"k": {"v": 1}}" holds no name of a variable)");
}

TEST_CASE("partials and other delimiters are refused, not taken for names") {
  CHECK(fault_of(R"({"a":"{{> header}}"})") ==
        R"(/a: {{> header}} is not possible here: a request is one text and has no partials)");
  CHECK(fault_of(R"({"a":"{{=<% %>=}}"})") ==
        R"(/a: {{=<% %>=}} is not possible here: the delimiters are always {{ and }})");
}

TEST_CASE("a $row takes one JSON Pointer and stands alone") {
  CHECK(fault_of(R"({"m":{"$row":"/x","y":1}})") == R"(/m: an object with "$row" has no other key)");
  for (auto value : {R"("x")", R"("/a~2")", R"("/a~")", "1", "null", "[]"})
    CHECK(fault_of(R"({"m":{"$row":)" + std::string(value) + "}}") ==
          R"(/m: "$row" takes a JSON Pointer into the row, "/messages")");
}

TEST_CASE("sections nest to a limit") {
  auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i)
      text += "{{#x}}";
    for (int i = 0; i < depth; ++i)
      text += "{{/x}}";
    return "{\"a\":\"" + text + "\"}";
  };
  CHECK(fault_of(nested(16)) == "");
  CHECK(fault_of(nested(17)) == "/a: more than 16 sections in one another");
}

TEST_CASE("required are the variables outside of sections and the $row pointers, each once, in order") {
  auto compiled =
      compile(R"({"m":[{"$row":"/a/b"},"{{subject}} {{#tags}}{{.}}{{x}}{{/tags}}{{^y}}{{z}}{{/y}} {{c.d.0}}",
                               "{{subject}}{{.}}{{! no }}"],"n":{"$row":"/a/b"},"o":{"$row":""}})");
  REQUIRE(compiled.ok());
  CHECK(compiled->required_variables() == std::vector<std::string>{"/a/b", "subject", "c.d.0"});
}

}  // namespace
}  // namespace batchd::tmpl
