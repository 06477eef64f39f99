#include "ground/json/document.hpp"

#include <string>

#include <doctest/doctest.h>

#include "json/parsed.hpp"

namespace batchd::json {
namespace {

TEST_CASE("a fault is told with its byte and what was expected there") {
  CHECK(refusal("") == "at byte 0: expected a value, found the end of the text");
  CHECK(refusal("  ") == "at byte 2: expected a value, found the end of the text");
  CHECK(refusal(R"({"a":1 "b":2})") == "at byte 7: expected ',' or '}' after a member, found '\"'");
  CHECK(refusal("[1 2]") == "at byte 3: expected ',' or ']' after an element, found '2'");
  CHECK(refusal("[1,]") == "at byte 3: expected a value after ',', found ']'");
  CHECK(refusal("[,1]") == "at byte 1: expected a value or ']', found ','");
  CHECK(refusal(R"({"a":1,})") == "at byte 7: expected a key in double quotes, found '}'");
  CHECK(refusal("{a:1}") == "at byte 1: expected a key in double quotes or '}', found 'a'");
  CHECK(refusal(R"({"a" 1})") == "at byte 5: expected ':' after a key, found '1'");
  CHECK(refusal(R"({"a":})") == "at byte 5: expected a value after ':', found '}'");
  CHECK(refusal("{} x") == "at byte 3: expected the end after the value, found 'x'");
  CHECK(refusal("[1\xc3\xa9]") == "at byte 2: expected ',' or ']' after an element, found 'é'");
  CHECK(refusal("[1\x01]") == "at byte 2: expected ',' or ']' after an element, found the byte 0x01");
  CHECK(refusal("\xef\xbb\xbf{}") == "at byte 0: a byte-order mark, which JSON does not allow");
}

TEST_CASE("bug: a word on a used tape had the count of the value that stood there before") {
  Document document;
  REQUIRE(document.parse(R"(["a long text", "another"])").ok());
  const auto words = document.parse("[true, null]");
  REQUIRE(words.ok());
  for (const View word : words->elements())
    CHECK(word.node().count == 0);
}

TEST_CASE("a wrong word, number or string is told by what is wrong in it") {
  CHECK(refusal("[tru]") == "at byte 1: 'tru' is no JSON value");
  CHECK(refusal("[NaN]") == "at byte 1: 'NaN' is no JSON value");
  CHECK(refusal("[01]") == "at byte 1: a number with a leading zero");
  CHECK(refusal("[-]") == "at byte 2: expected a digit after '-', found ']'");
  CHECK(refusal("[1.]") == "at byte 3: expected a digit after '.', found ']'");
  CHECK(refusal("[-0.5e+]") == "at byte 7: expected a digit in the exponent, found ']'");
  CHECK(refusal("[+1]") == "at byte 1: expected a value or ']', found '+'");
  CHECK(refusal("[\"a\tb\"]") == "at byte 3: the control character 0x09 in a string is not escaped");
  CHECK(refusal(R"(["\q"])") == R"(at byte 2: '\q' is no JSON escape)");
  CHECK(refusal(R"(["\u12g4"])") == R"(at byte 2: '\u' must be followed by four hexadecimal digits)");
  CHECK(refusal(R"(["x\ud800"])") == R"(at byte 3: '\ud800' is one half of a surrogate pair without the other)");
  CHECK(refusal(R"(["\ud83d\ude00\uDE00"])") ==
        R"(at byte 14: '\uDE00' is one half of a surrogate pair without the other)");
  CHECK(refusal("[\"a\xff\"]") == "at byte 3: the byte 0xFF is not UTF-8");
  CHECK(refusal(R"({"a":"b)") == "at byte 5: a string that is never closed");
}

TEST_CASE("half a surrogate pair is mended where the caller asks for it, and marked") {
  constexpr ParseOptions mending{.mends_lone_surrogates = true};
  Document document;
  const auto root = document.parse(
      R"({"low":"a\udc00b","high":"\ud83d","high twice":"\ud83d\ud83d\ude00","before another":"\ud800\u0041\n",)"
      R"("whole":"\ud83d\ude00","plain":"x","in":[1,{"k\ud83d":0}]})",
      mending);
  REQUIRE(root.ok());
  CHECK(root->find("low").as_string() == "a\uFFFDb");
  CHECK(root->find("high").as_string() == "\uFFFD");
  CHECK(root->find("high twice").as_string() == "\uFFFD\U0001F600");
  CHECK(root->find("before another").as_string() == "\uFFFDA\n");
  CHECK(root->find("whole").as_string() == "\U0001F600");
  CHECK(root->find("high").source_text() == R"("\ud83d")");
  CHECK(root->holds_mended());
  CHECK(root->find("low").holds_mended());
  CHECK(root->find("in").holds_mended());
  CHECK_FALSE(root->find("whole").holds_mended());
  CHECK_FALSE(root->find("plain").holds_mended());
  CHECK_FALSE(View().holds_mended());

  // The mark is gone with its text; other faults stay faults, and are told as if the halves were none.
  REQUIRE(document.parse(R"({"a":"\n","b":"x"})", mending).ok());
  CHECK_FALSE(document.root().holds_mended());
  const auto other = document.parse(R"(["\ud83d","\q"])", mending);
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().message == R"(at byte 11: '\q' is no JSON escape)");
  CHECK_FALSE(document.parse(R"(["\ud83d"])").ok());
}

TEST_CASE("the first fault is told, not the loudest") {
  // Behind it the quotes are out of step to the end, which is all that simdjson would have noticed.
  CHECK(refusal(R"({"a":tru,"b":"c)") == "at byte 5: 'tru' is no JSON value");
}

TEST_CASE("a key that stands twice in its object is refused by name, also when its spelling differs") {
  CHECK(refusal(R"({"a":1,"b":2,"a":3})") == R"(at byte 13: the key "a" is there already)");
  CHECK(refusal(R"({"a":1,"\u0061":2})") == R"(at byte 7: the key "\u0061" is there already)");
  CHECK(refusal(R"({"x":[{"k":{"a":1,"a":2}}]})") == R"(at byte 18: the key "a" is there already)");
  CHECK(refusal(R"({"":1,"":2})") == R"(at byte 6: the key "" is there already)");
}

TEST_CASE("equal keys in different objects, and keys that only look alike, are no fault") {
  CHECK(refusal(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})") == "");
  CHECK(refusal(R"({"a":{"b":1},"b":{"a":1}})") == "");
  CHECK(refusal(R"({"a":1,"A":2,"a ":3,"á":4,"a\u0000":5,"aa":6,"":7})") == "");
  CHECK(refusal(R"({"12345678x12345678":1,"12345678y12345678":2})") == "");  // equal length, beginning and end
}

TEST_CASE("equal keys are no fault where the caller says so, and the last one wins") {
  Parsed parsed(R"({"a":1,"a":2})", {.duplicate_keys_are_errors = false});
  CHECK(parsed->size() == 2);
  CHECK(*parsed->find("a").as_int64() == 2);
}

std::string object_of_keys(int count, const std::string& last) {
  std::string text = "{";
  for (int i = 0; i < count; ++i)
    text += "\"12345678-" + std::to_string(i % 10) + std::to_string(i) + "-12345678\":0,";
  return text + "\"" + last + "\":0}";
}

TEST_CASE("in objects of every size the repeated key is found") {
  for (int count : {1, 2, 10, 63, 64, 65, 1000}) {
    CAPTURE(count);
    CHECK(refusal(object_of_keys(count, "new")) == "");
    CHECK(
        refusal(object_of_keys(count, "12345678-00-12345678")).ends_with(R"("12345678-00-12345678" is there already)"));
  }
  // The first that repeats, in whichever order sorting meets the two.
  auto with = [](const std::string& members) {
    std::string text = object_of_keys(100, "b");
    return text.insert(text.size() - 1, members);
  };
  CHECK(refusal(with(R"(,"z":1,"z":2,"b":3)")).ends_with(R"(the key "z" is there already)"));
  CHECK(refusal(with(R"(,"z":1,"b":2,"z":3)")).ends_with(R"(the key "b" is there already)"));
}

TEST_CASE("a long key is cut in the complaint") {
  std::string key = "\"" + std::string(5000, 'k') + "\"";
  CHECK(refusal("{" + key + ":1," + key + ":2}").size() < 200);
}

TEST_CASE("nesting is refused beyond its limit and at no other depth") {
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(refusal(nested(512)) == "");
  CHECK(refusal(nested(513)) == "at byte 512: nested deeper than 512 levels");
  CHECK(refusal("1", {.depth_max = 0}) == "");
  CHECK(refusal("[]", {.depth_max = 0}) == "at byte 0: nested deeper than 0 levels");
  CHECK(refusal(R"([[],{},[{}]])", {.depth_max = 3}) == "");
  CHECK(refusal(R"([[],{},[{}]])", {.depth_max = 2}) == "at byte 8: nested deeper than 2 levels");
  CHECK(refusal(std::string(1'000'000, '[')) == "at byte 512: nested deeper than 512 levels");
}

TEST_CASE("a text above its limit is refused before it is looked at") {
  CHECK(refusal("[1,2]", {.bytes_max = 4}) == "the text has 5 bytes, which is more than 4");
  CHECK(refusal("[1,2]", {.bytes_max = 5}) == "");
}

TEST_CASE("a document is used again after good and bad lines of any size") {
  Document document;
  std::string long_line = "[\"" + std::string(100'000, 'x') + "\\n\"]";
  for (std::string line : {std::string("[1]"), long_line, std::string(R"({"a":"\n"})"), std::string("[1"), long_line}) {
    auto root = document.parse(line);
    CHECK(root.ok() == (line != "[1"));
    if (root) CHECK(document.root().source_text() == line);
  }
  auto moved = std::move(document);
  CHECK(moved.parse("[true]").ok());
}

TEST_CASE("the tape lies in document order, each node knowing its place in the text and its end") {
  Parsed parsed(R"( {"a" : [1, "x\n"], "b": {}} )");
  const auto& nodes = parsed->tape().nodes;
  REQUIRE(parsed->node().next == 7);
  CHECK(parsed->node().begin == 1);
  CHECK(parsed->node().end == 28);
  CHECK(parsed->node().count == 2);
  CHECK(nodes[1].kind == Kind::string);
  CHECK(nodes[1].next == 2);
  CHECK(nodes[2].kind == Kind::array);
  CHECK(nodes[2].count == 2);
  CHECK(nodes[2].next == 5);
  CHECK(nodes[4].escaped);
  CHECK(parsed->tape().text_of(nodes[4]) == "x\n");
  CHECK(nodes[6].kind == Kind::object);
  CHECK(nodes[6].next == 7);
}

}  // namespace
}  // namespace batchd::json
