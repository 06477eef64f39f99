#include "line/collect/unwrap.hpp"

#include <string>

#include <doctest/doctest.h>

namespace batchd::collect {
namespace {

struct Case {
  std::string text;
  std::string found;  // as written; "" when nothing may be found
  bool wrapped = true;
};

void check_case(const Case& c) {
  CAPTURE(c.text);
  json::Document document;
  auto result = find_json(c.text, document);
  REQUIRE(result.ok() == !c.found.empty());
  if (!result.ok()) {
    CHECK_FALSE(result.error().message.empty());
    return;
  }
  CHECK(result->value.source_text() == c.found);
  CHECK(result->wrapped == c.wrapped);
}

TEST_CASE("a text that is JSON as a whole is taken as it is") {
  for (const Case& c : {
           Case{R"({"a":1})", R"({"a":1})", false},
           Case{" \n{\"a\":1}\n", R"({"a":1})", false},
           Case{"[1,2]", "[1,2]", false},
           Case{"42", "42", false},
           Case{R"("just a string with {\"a\":1}")", R"("just a string with {\"a\":1}")", false},
       })
    check_case(c);
}

TEST_CASE("the only fenced block is opened") {
  for (const Case& c : {
           Case{"```json\n{\"a\":1}\n```", R"({"a":1})"},
           Case{"```\n{\"a\":1}\n```\n", R"({"a":1})"},
           Case{"Here you are:\n\n```json\n{\"a\":1}\n```\nAnything else?", R"({"a":1})"},
           Case{"  ```JSON\n[1]\n  ```", "[1]"},
           Case{"```json\n{\"a\":1}```", R"({"a":1})"},
           Case{"```json\n{\"a\":1}", R"({"a":1})"},
           // the fence wins over brackets in the prose around it
           Case{"As in [1]:\n```json\n{\"a\":1}\n```", R"({"a":1})"},
           // a fence within a JSON string is text
           Case{"```json\n{\"a\":\"x ``` y\"}\n```", R"({"a":"x ``` y"})"},
           Case{"```\n\"text\"\n```", R"("text")"},
       })
    check_case(c);
}

TEST_CASE("the only brackets that parse are found within a sentence") {
  for (const Case& c : {
           Case{R"(Sure! {"a":{"b":[1,2]}} Hope that helps.)", R"({"a":{"b":[1,2]}})"},
           Case{R"(Result: [1,2,3].)", "[1,2,3]"},
           Case{R"(<think>the {user} wants JSON</think>{"a":1})", R"({"a":1})"},
           Case{R"(He said "hm {" and then {"a":"}"})", R"({"a":"}"})"},
           Case{R"({not json} but {"a":1})", R"({"a":1})"},
           Case{R"([see {"a":1}])", R"({"a":1})"},
           Case{"two fences, one of JSON\n```sh\nls\n```\n```json\n{\"a\":1}\n```", R"({"a":1})"},
           Case{"\xEF\xBB\xBF{\"a\":1}", R"({"a":1})"},
       })
    check_case(c);
}

TEST_CASE("two candidates are a fault, never a choice") {
  for (const Case& c : {
           Case{R"({"a":1} or {"a":2})", ""},
           Case{R"({"a":1}{"a":1})", ""},
           Case{R"(As [1] says: {"a":1})", ""},
           Case{"```json\n{\"a\":1}\n```\nor\n```json\n{\"a\":2}\n```", ""},
       })
    check_case(c);
}

TEST_CASE("what is not JSON is not made into it") {
  for (const Case& c : {
           Case{"I cannot do that.", ""},
           Case{R"({"a":1)", ""},
           Case{R"({'a':1})", ""},
           Case{R"({"a":1,})", ""},
           Case{R"({"a":tru})", ""},
           Case{R"({"a":1,"a":2})", ""},
           Case{"```json\nnothing\n```", ""},
           Case{"```", ""},
           Case{"{", ""},
           Case{"", ""},
       })
    check_case(c);
}

TEST_CASE("text made to annoy costs bounded time") {
  json::Document document;
  const std::string tangled(2'000'000, '[');
  auto result = find_json(tangled, document);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message.find("tangled") != std::string::npos);
}

}  // namespace
}  // namespace batchd::collect
