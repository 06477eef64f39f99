#include "rules/job/overrides.hpp"

#include <doctest/doctest.h>

#include "rules/job/emit.hpp"

using namespace batchd::job;

namespace {

struct Overridden {
  std::string json;
  std::string fault;
};

Overridden overridden(std::string_view yaml, std::string_view path, std::string_view value) {
  YamlTree tree = read_yaml(yaml).tree;
  const auto faults = override_value(tree, path, value, 1);
  return {emit_json(tree, {}, {}).json, faults.empty() ? "" : faults[0].message};
}

}  // namespace

TEST_CASE("--set replaces a value, adds a key, and makes the maps on the way") {
  CHECK(overridden("a: {b: 1}\n", "a.b", "2").json == R"({"a":{"b":2}})");
  CHECK(overridden("a: {b: 1}\n", "a.c", "x").json == R"({"a":{"b":1,"c":"x"}})");
  CHECK(overridden("a: 1\n", "b.c.d", "x").json == R"({"a":1,"b":{"c":{"d":"x"}}})");
  CHECK(overridden("a:\n", "a.b", "x").json == R"({"a":{"b":"x"}})");
  CHECK(overridden("a: [1, {b: 2}]\n", "a.1.b", "3").json == R"({"a":[1,{"b":3}]})");
}

TEST_CASE("a value of --set is one YAML scalar") {
  CHECK(overridden("a: 1\n", "a", "true").json == R"({"a":true})");
  CHECK(overridden("a: 1\n", "a", "\"true\"").json == R"({"a":"true"})");
  CHECK(overridden("a: 1\n", "a", "").json == R"({"a":null})");
  CHECK(overridden("a: 1\n", "a", "Foo: [bar]").json == R"({"a":"Foo: [bar]"})");
  CHECK(overridden("a: 1\n", "a", "'x").fault == "a quote is opened before this place and never closed");
  CHECK(overridden("a: 1\n", "a", "\xFF").fault == "the value is not UTF-8");
}

TEST_CASE("an anchored value is changed in the named place only") {
  CHECK(overridden("a: &x {k: 1}\nb: *x\n", "b.k", "2").json == R"({"a":{"k":1},"b":{"k":2}})");
  CHECK(overridden("a: &x {k: 1}\nb: *x\n", "a.k", "2").json == R"({"a":{"k":2},"b":{"k":1}})");
}

TEST_CASE("a path that leads nowhere is a fault and changes nothing") {
  CHECK(overridden("a: [1]\n", "a.1", "x").fault == "\"1\" is no element of a list of 1; the first is 0");
  CHECK(overridden("a: [1]\n", "a.x", "x").fault == "\"x\" is no element of a list of 1; the first is 0");
  CHECK(overridden("a: 1\n", "a.b", "x").fault == "\"b\" leads into a value that is neither a map nor a list");
  CHECK(overridden("a: 1\n", "a..b", "x").fault == "the path has an empty step; write it as request.model");
  CHECK(overridden("a: 1\n", "a.b", "x").json == R"({"a":1})");
}
