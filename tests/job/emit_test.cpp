#include "rules/job/emit.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace batchd::job;

namespace {

std::optional<std::string> lookup(std::string_view name) {
  return name == "N" ? std::optional<std::string>("12") : std::nullopt;
}

Emission emitted(std::string_view yaml, std::string_view literal_key = "") {
  return emit_json(read_yaml(yaml).tree, lookup, {literal_key, "2026-11-23", {"input.path"}});
}

std::string fault(std::string_view yaml) {
  const Emission emission = emitted(yaml);
  if (emission.faults.empty()) return "";
  const YamlFault& first = emission.faults.front();
  return fmt::format("{}:{}: {}", first.place.line, first.place.byte_column, first.message);
}

}  // namespace

TEST_CASE("maps, lists and scalars become JSON in the order written") {
  CHECK(emitted("b: [1, two, \"3\", ~, {}]\na: {x: true}\n5: |\n  text\n").json ==
        R"({"b":[1,"two","3",null,{}],"a":{"x":true},"5":"text\n"})");
}

TEST_CASE("every key and value has its origin, in the order of the tape") {
  const Emission emission = emitted("a: 1\nb:\n  c:\n");
  REQUIRE(emission.origins.size() == 7);  // map, a, 1, b, map, c, null
  CHECK(emission.origins[1].place == Place{0, 1, 1});
  CHECK(emission.origins[2].place == Place{0, 1, 4});
  CHECK(emission.origins[2].is_member);
  CHECK(emission.origins[5].place == Place{0, 3, 3});
  CHECK(emission.origins[6].place == Place{0, 3, 3});  // nothing is written: the key's place
}

TEST_CASE("aliases are written out") {
  CHECK(emitted("a: &x {k: 1}\nb: *x\nc: [*x, *x]\n").json == R"({"a":{"k":1},"b":{"k":1},"c":[{"k":1},{"k":1}]})");
}

TEST_CASE("an alias bomb stops at the limit of values, not of memory") {
  std::string bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int n = 1; n < 12; ++n) {
    bomb += fmt::format("a{0}: &a{0} [", n);
    for (int i = 0; i < 10; ++i)
      bomb += fmt::format("*a{}, ", n - 1);
    bomb += "]\n";
  }
  const Emission emission = emitted(bomb);
  CHECK_FALSE(emission.usable);
  REQUIRE_FALSE(emission.faults.empty());
  CHECK(emission.faults[0].message == "the aliases stand for more than 100000 values");
}

TEST_CASE("a long text repeated by aliases stops at the limit of bytes") {
  std::string bomb = "a: &a \"" + std::string(500'000, 'x') + "\"\nb: [";
  for (int n = 0; n < 100; ++n)
    bomb += "*a, ";
  const Emission emission = emitted(bomb + "]\n");
  CHECK_FALSE(emission.usable);
  CHECK(emission.faults.at(0).message == "the aliases stand for more than 16000000 bytes");
}

TEST_CASE("an alias inside its own anchor, and deep nesting, stop at the limit of depth") {
  CHECK(fault("a: &a [*a]\n") == "1:4: nested deeper than 64 levels");
  CHECK(fault("a: " + std::string(70, '[') + std::string(70, ']')) == "1:67: nested deeper than 64 levels");
  CHECK(fault(std::string(63, '[') + "1" + std::string(63, ']')) == "");
}

TEST_CASE("a key that stands twice is named with the line of the first") {
  const Emission emission = emitted("a: 1\nb: 2\na: 3\n\"a\": 4\n");
  CHECK(emission.json == R"({"a":1,"b":2})");
  REQUIRE(emission.faults.size() == 2);
  CHECK(emission.faults[0].place == Place{0, 3, 1});
  CHECK(emission.faults[0].message == "the key \"a\" stands here a second time; the first is on line 1");
  CHECK(emission.faults[1].place == Place{0, 4, 1});
}

TEST_CASE("merge keys are refused, a quoted << is a key") {
  CHECK(fault("a: {<<: {b: 1}}\n") == "1:5: merging maps with \"<<\" is not supported; repeat the keys");
  CHECK(emitted("\"<<\": 1\n").json == R"({"<<":1})");
}

TEST_CASE("keys that are not text are refused, and two braces are taken for a template without quotes") {
  CHECK(fault("? [a]\n: b\n").ends_with("a key must be text, not a list or a map"));
  CHECK(fault("a: {{subject}}\n") == "1:4: YAML takes \"{{\" for a map; put the template in quotes: \"{{name}}\"");
  CHECK(fault("a: {: 1}\n").ends_with("a value without a key"));
}

TEST_CASE("variables are replaced outside the literal key only, and what they say is a scalar of its own") {
  const Emission emission = emitted("a: ${N}\nb: \"${N}\"\nrequest: {c: \"${N} ${NOPE} $${x}\"}\n", "request");
  CHECK(emission.json == R"({"a":12,"b":"12","request":{"c":"${N} ${NOPE} $${x}"}})");
  CHECK(emission.faults.empty());
  CHECK(emission.origins[2].from_variable);
  CHECK_FALSE(emission.origins[0].from_variable);
}

TEST_CASE("only the literal key at the top is literal") {
  const Emission emission = emitted("a: {request: \"${NOPE}\"}\n", "request");
  REQUIRE(emission.faults.size() == 1);
  CHECK(emission.faults[0].message.starts_with("the environment variable NOPE is not set"));
}

TEST_CASE("${run.date} stands for the date in its places only") {
  const Emission emission = emitted("input: {path: \"a-${run.date}\"}");
  CHECK(emission.json == R"({"input":{"path":"a-2026-11-23"}})");
  CHECK(emission.used_run_date);
  CHECK(fault("input: {id: \"${run.date}\"}").starts_with("1:13: \"${run.date}\" stands only in"));
  CHECK(fault("x: {input: {path: \"${run.date}\"}}").starts_with("1:19: "));
}
