#include <string>

#include <doctest/doctest.h>

#include "rules/template/template.hpp"
#include "template/compiled.hpp"

namespace batchd::tmpl {
namespace {

TEST_CASE("a request without variables comes out as it is, without white space") {
  CHECK(rendered(R"( { "model" : "qwen", "n" : 1, "t": 0.70, "a": [ true, null, {} , [] ], "é\n": "\u0041\/" } )",
                 "{}") == R"({"model":"qwen","n":1,"t":0.70,"a":[true,null,{},[]],"é\n":"A/"})");
}

TEST_CASE("values of every kind go into a string") {
  constexpr auto row = R"({"s":"a \"b\"\n\\ é \u00e9 /","n":19.90,"big":123456789012345678901,"t":true,"f":false,
                           "o":{"k": "v\n"},"l":[1, "x"],"e":""})";
  CHECK(rendered(R"({"x":"<{{s}}>"})", row) == R"({"x":"<a \"b\"\n\\ é é />"})");
  CHECK(rendered(R"(["{{n}} {{big}} {{t}} {{f}}"])", row) == R"(["19.90 123456789012345678901 true false"])");
  CHECK(rendered_text("{{o}} {{l}} [{{e}}]", row) == R"({"k": "v\n"} [1, "x"] [])");
}

TEST_CASE("nothing is escaped for HTML, and a value with braces in it is not read again") {
  constexpr auto row = R"({"a":"<b> & {{c}} \"q\"","c":1})";
  for (auto text : {"{{a}}", "{{{a}}}", "{{&a}}", "{{ a }}", "{{{ a }}}", "{{& a }}"})
    CHECK(rendered_text(text, row) == R"(<b> & {{c}} "q")");
}

TEST_CASE("dotted paths go into objects and arrays") {
  constexpr auto row = R"({"a":{"b":[{"c":"deep"},"second"],"0":"zero"},"x y":"spaced"})";
  CHECK(rendered_text("{{a.b.0.c}} {{a.b.1}} {{a.0}} {{x y}}", row) == "deep second zero spaced");
  CHECK(rendered_text("{{a.b.2}}", row) == "refused: the row has no \"a.b.2\"");
  CHECK(rendered_text("{{a.b.c}}", row) == "refused: the row has no \"a.b.c\"");
  CHECK(rendered_text("{{a.b.1.d}}", row) == "refused: the row has no \"a.b.1.d\"");
}

TEST_CASE("a variable without a value is refused by name and place, and nothing is written") {
  constexpr auto request = R"({"messages":[{"content":"x"},{"content":"Subject: {{subject}}"}],"a/b":{"m~n":"{{q}}"}})";
  CHECK(rendered(request, R"({"q":1})") == R"(refused: /messages/1/content: the row has no "subject")");
  CHECK(rendered(request, R"({"subject":null,"q":1})") ==
        R"(refused: /messages/1/content: the row's "subject" is null)");
  CHECK(rendered(request, R"({"subject":""})") == R"(refused: /a~1b/m~0n: the row has no "q")");
}

TEST_CASE("a $row object is replaced by the row's value as it was written") {
  constexpr auto row = R"({"messages":[{"role": "user", "content":"\u0041"}],"n":1.50,"z":null,"a/b":{"c":7}})";
  CHECK(rendered(R"({"messages":{"$row":"/messages"},"x":[{"$row":"/n"},{"$row":"/z"}]})", row) ==
        R"({"messages":[{"role": "user", "content":"\u0041"}],"x":[1.50,null]})");
  CHECK(rendered(R"({"x":{"$row":"/messages/0/role"},"y":{"$row":"/a~1b/c"}})", row) == R"({"x":"user","y":7})");
  CHECK(rendered(R"({"$row":""})", row) == row);
  CHECK(rendered(R"({"x":{"$row":"/none"}})", row) == R"(refused: /x: the row has no "/none")");
}

TEST_CASE("a section repeats for an array, opens once for a value, and not for nothing") {
  constexpr auto row =
      R"({"l":["a","b"],"o":{"k":"v"},"t":true,"f":false,"n":null,"e":[],"s":"text","es":"","eo":{},"z":0})";
  CHECK(rendered_text("{{#l}}<{{.}}>{{/l}}", row) == "<a><b>");
  CHECK(rendered_text("{{#o}}{{k}}{{/o}}", row) == "v");
  CHECK(rendered_text("{{#t}}yes{{/t}}{{#s}} {{s}} {{.}}{{/s}}{{#z}} {{z}}{{/z}}", row) == "yes text text 0");
  for (std::string name : {"f", "n", "e", "es", "eo", "absent", "o.absent"}) {
    CHECK(rendered_text("[{{#" + name + "}}{{nothing}}{{/" + name + "}}]", row) == "[]");
    CHECK(rendered_text("[{{^" + name + "}}none{{/" + name + "}}]", row) == "[none]");
  }
  for (std::string name : {"l", "o", "t", "s", "z", "o.k"})
    CHECK(rendered_text("[{{^" + name + "}}{{nothing}}{{/" + name + "}}]", row) == "[]");
}

TEST_CASE("inside a section names are looked up from the innermost outwards") {
  constexpr auto row = R"({"name":"outer","only":1,"a":{"name":"middle","b":[{"name":"x"},{"other":2},{"name":"z"}]}})";
  CHECK(rendered_text("{{#a}}{{#b}}{{name}}{{only}} {{/b}}{{name}}{{/a}} {{name}}", row) ==
        "x1 middle1 z1 middle outer");
  // Only the first name of a path is looked for outwards.
  CHECK(rendered_text("{{#a}}{{a.name}}{{/a}}", row) == "middle");
  CHECK(rendered_text("{{#a}}{{#b}}{{name.first}}{{/b}}{{/a}}", row) == "refused: the row has no \"name.first\"");
}

TEST_CASE("a variable without a value is refused inside a section, too, once the section opens") {
  CHECK(rendered_text("{{#l}}{{x}}{{/l}}", R"({"l":[{"x":1},{}]})") == "refused: the row has no \"x\"");
  CHECK(rendered_text("{{#l}}{{x}}{{/l}}", R"({"l":[{"x":null}],"x":1})") == "refused: the row's \"x\" is null");
  CHECK(rendered_text("{{#l}}{{.}}{{/l}}", R"({"l":[1,null]})") == "refused: the row's \".\" is null");
  CHECK(rendered_text("{{#l}}{{x}}{{/l}}", R"({"l":[]})").empty());
}

TEST_CASE("sections nest, in arrays of arrays, too") {
  CHECK(rendered_text("{{#l}}({{#.}}{{.}},{{/.}}){{/l}}", R"({"l":[[1,2],[],[3]]})") == "(1,2,)()(3,)");
  CHECK(rendered_text("{{#a}}{{#b}}{{#c}}{{.}}{{/c}}-{{/b}}{{^b}}no b{{/b}};{{/a}}",
                      R"({"a":[{"b":{"c":[1,2]}},{"x":0},{"b":[{"c":3},{"c":4}]}]})") == "12-;no b;3-4-;");
}

TEST_CASE("a section's tag or a comment alone on its line takes the line with it") {
  constexpr auto row = R"({"l":["a","b"],"t":true})";
  CHECK(rendered_text("List:\n{{#l}}\n- {{.}}\n{{/l}}\nEnd", row) == "List:\n- a\n- b\nEnd");
  CHECK(rendered_text("List:\r\n  {{#l}}  \r\n- {{.}}\r\n\t{{/l}}\r\nEnd", row) == "List:\r\n- a\r\n- b\r\nEnd");
  CHECK(rendered_text("{{#t}}\nx\n{{/t}}", row) == "x\n");
  CHECK(rendered_text("a\n  {{! a comment }}\nb{{!another}}c\n  {{!last}}", row) == "a\nbc\n");
  CHECK(rendered_text("{{#t}}\n{{^t}}\n{{/t}}\ny\n{{/t}}\n", row) == "y\n");
  // Not alone: the white space stays.
  CHECK(rendered_text(" {{#t}}x{{/t}} \n", row) == " x \n");
  CHECK(rendered_text("a {{#t}}\nx{{/t}}\n", row) == "a \nx\n");
  CHECK(rendered_text(" {{#t}} {{/t}}\n", row) == "  \n");
  CHECK(rendered_text("\n {{t}} \n", row) == "\n true \n");
}

TEST_CASE("braces that are no tags stay text") {
  CHECK(rendered_text(R"({ {"a":1} } }} { {x})", "{}") == R"({ {"a":1} } }} { {x})");
  CHECK(rendered_text("{{a}}}", R"({"a":1})") == "1}");
  CHECK(rendered_text("{ {{a}} }", R"({"a":1})") == "{ 1 }");
}

TEST_CASE("keys of a request are no templates") {
  CHECK(rendered(R"({"{{a}}":"{{a}}"})", R"({"a":1})") == R"({"{{a}}":"1"})");
}

TEST_CASE("text around values is escaped once and for all") {
  CHECK(rendered(R"(["\"{{a}}\"\n\u0001{{a}}\\"])", R"({"a":"\t"})") == R"(["\"\t\"\n\u0001\t\\"])");
}

TEST_CASE("a template renders row after row into one buffer") {
  auto compiled = compile(R"({"x":"{{a}}{{#b}}!{{/b}}"})");
  REQUIRE(compiled.ok());
  Template moved = std::move(*compiled);
  std::string out;
  json::Document document;
  for (std::string row : {R"({"a":1})", R"({"b":1})", R"({"a":2,"b":1})"}) {
    bool done = moved.render(*document.parse(row), out).ok();
    CHECK(done == (row.find("\"a\"") != row.npos));
  }
  CHECK(out == R"({"x":"1"}{"x":"2!"})");
}

}  // namespace
}  // namespace batchd::tmpl
