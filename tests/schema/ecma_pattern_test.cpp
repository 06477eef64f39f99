#include "rules/schema/ecma_pattern.hpp"

#include <doctest/doctest.h>

#include "rules/schema/pattern.hpp"

namespace batchd::schema {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  const auto compiled = Pattern::compile(pattern);
  REQUIRE_MESSAGE(compiled.ok(), pattern);
  return compiled->match(text) == Pattern::Verdict::matches;
}

std::string refusal(std::string_view pattern) {
  const auto compiled = Pattern::compile(pattern);
  REQUIRE_FALSE_MESSAGE(compiled.ok(), pattern);
  return compiled.error().message;
}

TEST_CASE("a pattern is found anywhere unless it is anchored") {
  CHECK(matches("b", "abc"));
  CHECK_FALSE(matches("^b", "abc"));
  CHECK_FALSE(matches("^abc$", "abc\n"));
  CHECK(matches("", ""));
}

TEST_CASE("classes are ASCII, white space is Unicode, as ECMA-262 has it") {
  CHECK_FALSE(matches("^\\d$", "\u07c0"));
  CHECK_FALSE(matches("^\\w$", "é"));
  CHECK(matches("^\\s$", "\ufeff"));
  CHECK(matches("^[\\s]$", "\u2003"));
  CHECK_FALSE(matches("^\\S$", "\u00a0"));
  CHECK(matches("^[\\S]$", "é"));
  CHECK_FALSE(matches("^[\\S]$", "\u3000"));
  CHECK_FALSE(matches("^.$", "\u2028"));
  CHECK(matches("^.$", "\u0085"));
  CHECK(matches("^.$", "💩"));
}

TEST_CASE("escapes mean what they mean in ECMA-262") {
  CHECK(matches("^\\v$", "\v"));
  CHECK_FALSE(matches("^\\v$", "\n"));
  CHECK(matches("^\\x41\\u0042\\u{1F4A9}\\ud83d\\udca9$", "AB💩💩"));
  CHECK(matches("^\\cJ$", "\n"));
  CHECK(matches("^[\\b]$", "\b"));
  CHECK(matches("^\\/\\-\\.$", "/-."));
  CHECK(matches("^(a)\\1$", "aa"));
  CHECK(matches("^(?<x>a)\\k<x>$", "aa"));
  CHECK(matches("^\\p{Letter}\\p{Lu}\\p{Script=Greek}\\P{L}$", "éÉλ1"));
  CHECK(matches("^\\0$", std::string_view("\0", 1)));
}

TEST_CASE("brackets and braces that are only that are taken as such") {
  CHECK(matches("^{}]$", "{}]"));
  CHECK(matches("^[[:alpha:]]$", ":]"));
  CHECK(matches("^a{2}$", "aa"));
  CHECK(matches("^a{,2}$", "a{,2}"));
  CHECK(matches("^[^]$", "\n"));
  CHECK_FALSE(matches("[]", "a"));
}

TEST_CASE("what only other engines understand is refused with its place") {
  CHECK(refusal("^\\S+\\Z") == "at character 5: \\Z is not of ECMA-262");
  CHECK(refusal("\\Aabc") == "at character 1: \\A is not of ECMA-262");
  CHECK(refusal("a++") == "at character 3: nothing to repeat");
  CHECK(refusal("(?i)a") == "at character 1: (?i is no group of ECMA-262");
  CHECK(refusal("(?>a)") == "at character 1: (?> is no group of ECMA-262");
  CHECK(refusal("(?P<x>a)") == "at character 1: (?P is no group of ECMA-262");
  CHECK(refusal("(*ACCEPT)") == "at character 1: nothing to repeat");
  CHECK(refusal("*a") == "at character 1: nothing to repeat");
  CHECK(refusal("a\\") == "at character 2: a \\ at the end");
  CHECK(refusal("\\u12") == "at character 1: \\u needs 4 hexadecimal digits");
  CHECK(refusal("\\ud800") == "at character 1: half a surrogate pair can never match");
  CHECK(refusal("[a").find("never closed") != std::string::npos);
  CHECK_FALSE(refusal("(a").empty());
  CHECK_FALSE(refusal("\\2(a)").empty());
}

TEST_CASE("a match that explodes is given up") {
  const auto pattern = Pattern::compile("^(a|a?)+$");
  REQUIRE(pattern.ok());
  CHECK(pattern->match(std::string(60, 'a') + "b") == Pattern::Verdict::gave_up);
  CHECK(pattern->match("aaa") == Pattern::Verdict::matches);
}

}  // namespace
}  // namespace batchd::schema
