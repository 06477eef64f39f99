// What is JSON and what is not, case by case: our own table in the manner of the JSONTestSuite, judged under every
// first stage simdjson has for this machine.

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <simdjson.h>

#include "ground/json/document.hpp"

namespace batchd::json {
namespace {

using namespace std::string_view_literals;

const std::vector<std::string_view> accepted = {
    "null", "true", "false", "0", "-0", "1", "-1", "\"\"", "[]", "{}", " [] ", "\t\n\r{}\r\n\t", "[ ]", "{ }", "[[]]",
    "[[],[]]", "[{}]", "{\"\":0}", "{\"a\":{}}", "{\"a\":[],\"b\":{}}", "[1,2]", "[1 , 2]", "[\n1\n,\n2\n]",
    "[null,1,\"1\",{}]", "[true]", "[false]", "{\"a\":1,\"b\":2}", "{ \"a\" : 1 , \"b\" : 2 }", "{\"a\":\"b\"}",
    "{\"a\":null}", "{\"\\u0000\":1}", "[\"\"]", "\" \"", "[\"a\" ]", "{\"a\" :1}", "[\"a\"\n,\"b\"]",
    // numbers
    "[123e65]", "[0e+1]", "[0e1]", "[ 4]", "[-0.000000000000000000000000000000000000000000000000000000000001]",
    "[20e1]", "[-0]", "[-123]", "[-1]", "[1E22]", "[1E-2]", "[1E+2]", "[123e45]", "[123.456e78]", "[1e-2]", "[1e+2]",
    "[123]", "[123.456789]", "18446744073709551616", "-9223372036854775809", "123456789012345678901234567890", "1e400",
    "-1e400", "1e-400", "19.90", "[1.0,1.00]", "0.1", "100000000000000000000000000000000000000000000000000000",
    "1e1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    // strings
    "[\"\\u0060\\u012a\\u12AB\"]", "[\"\\uD801\\udc37\"]", "[\"\\ud83d\\ude39\\ud83d\\udc8d\"]",
    "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "[\"\\\\u0000\"]", "[\"\\\"\"]", "[\"a/*b*/c/*d//e\"]", "[\"\\\\a\"]",
    "[\"\\\\n\"]", "[\"\\u0012\"]", "[\"\\uFFFF\"]", "[\"asd \"]", "[\"\x7f\"]", "[\"\xc3\xa9\"]",
    "[\"\xe2\x80\xa8\xe2\x80\xa9\"]", "[\"\xf0\x9f\x98\x80\"]", "[\"\xef\xbf\xbf\"]", "[\"\xf4\x8f\xbf\xbf\"]",
    "[\"\xf0\x90\x80\x80\"]", "[\"\xe0\xa0\x80\"]", "[\"\xed\x9f\xbf\"]", "[\"\xc2\x80\"]", "[\"\\u00e9\xc3\xa9\"]",
    "[\"\\uDBFF\\uDFFF\"]", "[\"\\ud800\\udc00\"]", "\"{}[],:\"", "{\"{\":\"}\",\"[\":\"]\"}", "\"\\\\\\\\\"",
    "[\"\\\\\\\"\"]", "[\"\xef\xbb\xbf\"]", "[\"\\u0022\"]", "[\"\\u005C\"]", "[\"\\u000a\"]", "[\"\\uabcd\\uABCD\"]"};

const std::vector<std::string_view> refused = {
    // nothing, too much, too little
    "", " ", "\n", "\0"sv, "[]\0"sv, "[\0]"sv, "[1]x", "[1]]", "[]]", "[][]", "{}}", "{}{}", "[1]1", "1 2", "1,2",
    "null null", "\"a\" \"b\"", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1,,2]", "[1,,]", "[,",
    "[\"a\",", "[\"a\"", "[[", "[[]", "[{}", "[}", "{]", "[1}", "{\"a\":1]", "[1 2]", "[\"a\" \"b\"]", "[\"a\"\"b\"]",
    "[1\"a\"]", "[\"a\"1]", "[true false]", "[1:2]", "[\"a\":1]", "[\"\":1]", "[1[2]]", "[1{}]", "[{}1]", "[[]1]",
    "[\"a\"[]]", ",", ":", "a", "[a]", "[x", "*", "[*]", "[\"a\",\n4\n,1,", "[1,\n1\n,1", "[\n", "<null>", "[<null>]",
    "#{}", "{}#", "{}/", "{}//", "/**/{}", "[/**/]", "{\"a\":/*x*/1}", "[]//",
    // objects
    "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{,\"a\":1}", "{\"a\":1,,\"b\":2}", "{\"a\" 1}",
    "{\"a\",1}", "{\"a\"}", "{\"a\":}", "{\"a\":,}", "{\"a\"::1}", "{:1}", "{a:1}", "{1:1}", "{null:1}", "{true:1}",
    "{'a':1}", "{[]:1}", "{{}:1}", "{\"a\":1 \"b\":2}", "{\"a\":1:2}", "{\"a\":1 2}", "{\"a\":\"b\"\"c\"}",
    "{\"a\":1}x", "{\"a\"b}", "{\"a\":x", "{\"a\":1;\"b\":2}", "{\"a\"=1}", "{\"a\":\"b\",c}", "{}}", "{\"a\":1,\"b\"}",
    "{\"a\":1,2}", "{1}", "{\"\\q\":1}", "{\"a\":1,\"\\ud800\":2}",
    // words
    "tru", "[tru]", "[truee]", "[True]", "[TRUE]", "[nul]", "[nulll]", "[Null]", "[fals]", "[falsee]", "[False]",
    "[None]", "[NaN]", "[-NaN]", "[nan]", "[Infinity]", "[-Infinity]", "[inf]", "[undefined]", "[true\"]",
    "[true\"a\"]", "[nul l]", "[t]", "[f]", "[n]", "true1", "truefalse", "[true.]", "[true\0]"sv, "t", "f", "n", "fals",
    "nul", "[null\\]", "true\x0c", "true\x1a",
    // numbers
    "-", "[-]", "[+1]", "[++1]", "[--1]", "[-+1]", "[.1]", "[-.1]", "[1.]", "[-1.]", "[1.e1]", "[1.e]", "[1e]", "[1E]",
    "[1e+]", "[1e-]", "[1E+]", "[1eE2]", "[1e1e1]", "[1e1.5]", "[1.2.3]", "[01]", "[-01]", "[00]", "[-00]", "[012]",
    "[01.5]", "[0x1]", "[0x]", "[0b1]", "[0o1]", "[1_000]", "[1a]", "[1 000]", "[1,000.5.]", "[- 1]", "[-a]", "[1-2]",
    "[1+2]", "[0.]", "[0e]", "[0e+]", "[0.e1]", "[0.3e]", "[0.3e+]", "[1ea]", "[-1x]", "[1.0\0]"sv, "[2.e3]", "[9.e+]",
    "[\xef\xbc\x91]", "[1\xc2\xa0]", "0\x0c", "1\x1a", "-\"", "1\"", "[1\\]",
    // white space that is none
    "\x0c", "[\x0c]", "[\x0b]", "\xc2\xa0[]", "[]\xc2\xa0", "\xe2\x81\xa0[]", "[\x1a]", "[1\x0c,2]", "{\x0c}",
    "[1\x0c"
    "2]",
    "{\"a\"\x1a"
    "1}",
    "[]\x0c", "[]\x1a", "\x0c[]",
    // byte-order marks, other encodings
    "\xef\xbb\xbf{}", "\xef\xbb\xbf", "\xef\xbb{}", "\xff\xfe{\0}\0"sv, "[\0]\0"sv, "\xef\xbb\xbf\xef\xbb\xbf[]",
    // strings: escapes
    "[\"\\q\"]", "[\"\\x41\"]", "[\"\\a\"]", "[\"\\v\"]", "[\"\\0\"]", "[\"\\'\"]", "[\"\\ \"]", "[\"\\\n\"]",
    "[\"\\\t\"]", "[\"\\\0\"]"sv, "[\"\\u\"]", "[\"\\u0\"]", "[\"\\u00\"]", "[\"\\u000\"]", "[\"\\u00g0\"]",
    "[\"\\uD8\"]", "[\"\\U0041\"]", "[\"\\u 041\"]", "[\"\\u+041\"]", "[\"\\u-041\"]", "[\"\\u0x41\"]",
    "[\"\\\xc3\xa9\"]", "[\"\\\xf0\x9f\x98\x80\"]", "[\"\\u00A\"]",
    // strings: surrogates
    "[\"\\ud800\"]", "[\"\\uDFFF\"]", "[\"\\udc00\"]", "[\"\\ud800a\"]", "[\"\\ud800\\n\"]", "[\"\\ud800\\ud800\"]",
    "[\"\\ud800\\u0041\"]", "[\"\\udc00\\ud800\"]", "[\"\\ud800\\u\"]", "[\"\\ud800\\udc\"]",
    "[\"\\ud83d\\ude00\\ude00\"]", "[\"\\ud800\\\\udc00\"]", "[\"\\uDADA\"]", "[\"\\uD888\\u1234\"]",
    "[\"\\ud800\\\"\"]",
    // strings: not closed
    "\"", "\"a", "[\"a", "[\"a]", "[\"]", "[\"\\\"]", "{\"a", "{\"a\":\"b", "\"\\", "\"\\\"", "[\"\\\\\\\"]", "'a'",
    "['a']", "\"a'", "[\"a\"b\"]", "[\"\"\"]", "\"a\"b", "[\"a\"\\\"b\"]", "[\\\"a\"]", "\\\"a\"", "[\"a\"\\]", "\\",
    "[\\n]", "[\\u000A\"\"]", "[a\"b]\"", "[\"a\\",
    // strings: control characters
    "[\"\n\"]", "[\"\t\"]", "[\"\r\"]", "[\"\x1f\"]", "[\"\x01\"]", "[\"a\0b\"]"sv, "[\"\0\"]"sv, "{\"\n\":1}",
    "\"\x08\"", "[\"new\nline\"]",
    // UTF-8
    "[\"\xff\"]", "[\"\x80\"]", "[\"\xbf\"]", "[\"\xc0\xaf\"]", "[\"\xc1\xbf\"]", "[\"\xc3\"]", "[\"\xc3\x28\"]",
    "[\"\xe0\x80\xaf\"]", "[\"\xe0\x9f\xbf\"]", "[\"\xe2\x82\"]", "[\"\xed\xa0\x80\"]", "[\"\xed\xbf\xbf\"]",
    "[\"\xf0\x80\x80\xaf\"]", "[\"\xf0\x8f\xbf\xbf\"]", "[\"\xf0\x9f\x98\"]", "[\"\xf4\x90\x80\x80\"]",
    "[\"\xf5\x80\x80\x80\"]", "[\"\xf8\x88\x80\x80\x80\"]", "[\"\xfc\x84\x80\x80\x80\x80\"]", "[\"\xfe\"]", "[\xe9]",
    "[\xff]", "\xe5", "{\"\xff\":1}", "[\"\\u00e9\xe9\"]", "\"\xe2\x82", "\"\xe2", "[\xc3\xa9]", "{\xc3\xa9:1}",
    "[\"\xe2\x28\xa1\"]", "[1]\xff", "\xff[1]"};

// The same fault anywhere in a block of simdjson's first stage, and across two of them.
std::string at_offset(std::size_t offset, std::string_view text) { return std::string(offset, ' ').append(text); }

const std::vector<std::size_t> offsets = {0, 1, 7, 31, 32, 59, 60, 61, 62, 63, 64, 65, 126, 127, 128};

template <typename Check>
void under_every_implementation(Check judge) {
  const auto* chosen = simdjson::get_active_implementation().operator->();
  for (const auto* implementation : simdjson::get_available_implementations()) {
    if (!implementation->supported_by_runtime_system()) continue;
    CAPTURE(implementation->name());
    simdjson::get_active_implementation() = implementation;
    Document document;
    judge(document);
  }
  simdjson::get_active_implementation() = chosen;
}

TEST_CASE("every well-formed text is accepted, wherever it stands in a block") {
  under_every_implementation([](Document& document) {
    for (std::string_view text : accepted) {
      for (std::size_t offset : offsets) {
        std::string moved = at_offset(offset, text);
        auto root = document.parse(moved);
        CHECK_MESSAGE(root.ok(), text, " at ", offset, ": ", root.ok() ? "" : root.error().message);
      }
    }
  });
}

TEST_CASE("every faulty text is refused with its byte, wherever it stands in a block") {
  under_every_implementation([](Document& document) {
    for (std::string_view text : refused) {
      for (std::size_t offset : offsets) {
        std::string moved = at_offset(offset, text);
        auto root = document.parse(moved);
        REQUIRE_MESSAGE(!root.ok(), text, " at ", offset);
        CHECK(root.error().kind == ErrorKind::invalid);
        CHECK_MESSAGE(root.error().message.starts_with("at byte "), root.error().message);
      }
    }
  });
}

TEST_CASE("each byte of a good line replaced by any other gives a verdict, and never a crash") {
  const std::string line = R"({"id":"T-1","n":[1,-2.5e+3,true],"t":"a\u00e9\n\ud83d\ude00é","o":{"k":null}})";
  Document document;
  for (std::size_t at = 0; at < line.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = line;
      changed[at] = static_cast<char>(byte);
      auto root = document.parse(changed);
      // The walk and explain() must agree, or the parser itself crashes.
      if (!root) CHECK(root.error().message.starts_with("at byte "));
    }
  }
}

TEST_CASE("every beginning of a good line is refused, and nothing behind the text is read") {
  const std::string line = R"( {"id":"T-1","n":[1,-2.5e+3,true],"t":"a\u00e9\n\ud83d\ude00é","o":{"k":null}})";
  under_every_implementation([&line](Document& document) {
    for (std::size_t size = 0; size < line.size(); ++size) {
      std::vector<char> exact(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(size));  // its end is guarded
      CHECK(!document.parse({exact.data(), exact.size()}).ok());
    }
    std::vector<char> whole(line.begin(), line.end());
    CHECK(document.parse({whole.data(), whole.size()}).ok());
  });
}

TEST_CASE("trailing digits of a number at the very end of the text are its own") {
  Document document;
  std::vector<char> text = {'1', '2'};
  auto root = document.parse({text.data(), text.size()});
  REQUIRE(root.ok());
  CHECK(*root->as_int64() == 12);
}

}  // namespace
}  // namespace batchd::json
