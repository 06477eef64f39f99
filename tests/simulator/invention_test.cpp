// What is made up is judged by the schema room, which was written without it.
#include "doors/simulator/invention.hpp"

#include <doctest/doctest.h>

#include "doors/simulator/markup.hpp"
#include "doors/simulator/pattern_text.hpp"
#include "ground/base/files.hpp"
#include "rules/schema/schema.hpp"

using namespace batchd;
using namespace batchd::simulator;

namespace {

constexpr std::string_view message =
    "Product: Lumen desk lamp\nPriority: high\nSubject: It blinks – “twice” 🌷\n\nHello, since Friday the lamp in our "
    "hall "
    "blinks twice. I pulled the plug and put it back. 日本語の文章もあります。 Nothing helped so far.";

void check_fits(std::string_view schema_text, std::string_view text = message, int draws = 60) {
  schema::CompileOptions options;
  options.formats = schema::Formats::assert_them;
  const auto judge = schema::Schema::compile(schema_text, options);
  CAPTURE(schema_text);
  REQUIRE_MESSAGE(judge.ok(), judge.error().message);
  const auto shapes = ShapeSet::read(schema_text);
  REQUIRE(shapes.ok());
  Prose prose;
  prose.read(text);
  json::Document document;
  for (int i = 0; i < draws; ++i) {
    Draw draw(static_cast<std::uint64_t>(i));
    std::string made;
    invent(shapes->root(), prose, draw, made);
    CAPTURE(made);
    const auto value = document.parse(made);
    REQUIRE(value.ok());
    const auto faults = judge->explain(*value);
    CHECK_MESSAGE(faults.empty(), faults.front().sentence());
  }
}

std::string shipped(std::string_view name) { return *read_file(Path(BATCHD_SOURCE_DIR) / "schemas" / name, 1 << 20); }

}  // namespace

TEST_CASE("what is made up for a shipped schema fits it") {
  for (const std::string_view name : {"ticket-summary.schema.json", "debian-catalog-entry.schema.json",
                                      "ticket.schema.json", "debian-package.schema.json"}) {
    check_fits(shipped(name), message, 300);
    check_fits(shipped(name), "");
    check_fits(shipped(name), "\n\n");
    check_fits(shipped(name), "短い文。");
    check_fits(shipped(name), std::string(5'000, 'x'));
  }
}

TEST_CASE("what is made up fits what a schema may ask for") {
  for (
      const std::string_view schema : {
          R"(true)",
          R"({})",
          R"({"type":"string"})",
          R"({"type":"string","minLength":300})",
          R"({"type":"string","maxLength":3})",
          R"({"type":"string","minLength":5,"maxLength":5})",
          R"({"type":"string","maxLength":0})",
          R"({"type":"string","pattern":"^[A-Z]{2}-\\d{3,5}$"})",
          R"({"type":"string","pattern":"^(red|green|blue)s?$","maxLength":5})",
          R"({"type":"string","pattern":"^[^\\s@]+@[^\\s@]+\\.[a-z]{2,}$","minLength":12})",
          R"({"type":"string","pattern":"^[a-z0-9]+(?:-[a-z0-9]+)*$","minLength":8,"maxLength":20})",
          R"({"type":"string","format":"date"})",
          R"({"type":"string","format":"date-time"})",
          R"({"type":"string","format":"time"})",
          R"({"type":"string","format":"duration"})",
          R"({"type":"string","format":"email"})",
          R"({"type":"string","format":"uri"})",
          R"({"type":"string","format":"uuid"})",
          R"({"type":"string","format":"ipv4"})",
          R"({"type":"string","format":"ipv6"})",
          R"({"type":"string","format":"hostname"})",
          R"({"type":"integer"})",
          R"({"type":"integer","minimum":3,"maximum":3})",
          R"({"type":"integer","exclusiveMinimum":3,"exclusiveMaximum":5})",
          R"({"type":"integer","minimum":-9,"maximum":-2,"multipleOf":4})",
          R"({"type":"number","minimum":0,"maximum":1})",
          R"({"type":"number","exclusiveMinimum":0,"exclusiveMaximum":0.01})",
          R"({"type":"number","multipleOf":0.5,"minimum":10})",
          R"({"type":"number","maximum":-1000})",
          R"({"type":"boolean"})",
          R"({"type":"null"})",
          R"({"type":["null","integer"]})",
          R"({"const":{"a":[1,2.50,"x"]}})",
          R"({"enum":["a",1,null,{"b":true}]})",
          R"({"type":"array"})",
          R"({"type":"array","minItems":4,"items":{"type":"boolean"}})",
          R"({"type":"array","maxItems":0})",
          R"({"type":"array","uniqueItems":true,"minItems":3,"items":{"enum":["a","b","c"]}})",
          R"({"type":"array","prefixItems":[{"const":1},{"const":2}],"items":false})",
          R"({"type":"array","prefixItems":[{"const":1}],"items":{"type":"string"},"minItems":3})",
          R"({"type":"array","contains":{"const":9},"minContains":2})",
          R"({"type":"object","required":["a","b"],"properties":{"a":{"type":"integer"}}})",
          R"({"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false})",
          R"({"type":"object","additionalProperties":{"type":"integer"},"minProperties":4})",
          R"({"type":"object","properties":{"a":true,"b":true},"dependentRequired":{"a":["b"]}})",
          R"({"anyOf":[{"type":"string","maxLength":4},{"type":"null"}]})",
          R"({"type":"object","required":["kind"],"oneOf":[{"properties":{"kind":{"const":"a"},"x":{"type":"integer"}},"required":["x"]},{"properties":{"kind":{"const":"b"}}}]})",
          R"({"allOf":[{"type":"object","required":["a"],"properties":{"a":{"type":"string","minLength":3}}},{"required":["b"],"properties":{"a":{"maxLength":5},"b":{"const":1}}}]})",
          R"({"anyOf":[{"anyOf":[{"type":"integer"}]}],"minimum":5})",
          R"({"$ref":"#/$defs/a","$defs":{"a":{"type":"object","required":["n"],"properties":{"n":{"$ref":"#/$defs/n"}}},"n":{"type":"integer","maximum":2}}})",
          R"({"$ref":"#/$defs/n","minimum":1,"$defs":{"n":{"type":"integer","maximum":2}}})",
          R"({"type":"object","required":["label"],"properties":{"label":{"type":"string"},"children":{"type":"array","items":{"$ref":"#"}}},"additionalProperties":false})",
          R"({"$ref":"#/$defs/node","$defs":{"node":{"anyOf":[{"type":"object","required":["next"],"properties":{"next":{"$ref":"#/$defs/node"}}},{"type":"null"}]}}})",
      })
    check_fits(schema);
}

TEST_CASE("a currency is one, and the message's own where it names one") {
  const std::string_view schema =
      R"({"type":"object","required":["currency"],"properties":{"currency":{"type":"string","pattern":"^[A-Z]{3}$"}}})";
  check_fits(schema);
  for (const auto& [text, expected] : {std::pair{"Total 12 CHF, paid.", "CHF"}, {"Nothing about money.", ""}}) {
    const auto shapes = ShapeSet::read(schema);
    Prose prose;
    prose.read(text);
    for (std::uint64_t n = 0; n < 20; ++n) {
      Draw draw(n);
      std::string made;
      invent(shapes->root(), prose, draw, made);
      const auto code = made.substr(13, 3);
      CHECK(std::string("EUR USD GBP CHF SEK PLN JPY CNY").find(code) != std::string::npos);
      if (*expected) CHECK(code == expected);
    }
  }
}

TEST_CASE("what may be null deep inside is not always null") {
  std::string schema = R"({"type":["string","null"]})";
  for (int n = 0; n < 6; ++n)
    schema = R"({"type":"object","required":["in"],"properties":{"in":)" + schema + "}}";
  const auto shapes = ShapeSet::read(schema);
  Prose prose;
  prose.read(message);
  int nulls = 0;
  for (std::uint64_t n = 0; n < 100; ++n) {
    Draw draw(n);
    std::string made;
    invent(shapes->root(), prose, draw, made);
    nulls += made.find("null") != std::string::npos;
  }
  CHECK(nulls > 5);
  CHECK(nulls < 70);
  check_fits(schema);
}

TEST_CASE("markup is taken out of a message before it is quoted, and what only looks like it stays") {
  std::string plain;
  CHECK(without_markup("<p>Solid <b>oak</b>, 3 &lt; 5 &amp; more.</p><ul><li>Two doors<br/>One key</li></ul>", plain) ==
        " Solid oak, 3 < 5 & more.\n  Two doors\nOne key\n\n");
  CHECK(without_markup("a < b, I <3 you, 1<2 and <unclosed", plain) == "a < b, I <3 you, 1<2 and <unclosed");
  CHECK(without_markup("x<!-- a > b -->y<a href=\"z\">w</a>", plain) == "xyw");
  Prose prose;
  prose.read("Title: <b>Oak</b> desk\n\n<p>This desk is made of oak &amp; steel.</p>");
  CHECK(prose.fact("title") == "Oak desk");
  CHECK(prose.sentence(0) == "This desk is made of oak & steel.");
}

TEST_CASE("a schema without a way out ends all the same") {
  const auto shapes = ShapeSet::read(
      R"({"type":"object","required":["next"],"properties":{"next":{"$ref":"#"}},"additionalProperties":false})");
  REQUIRE(shapes.ok());
  Prose prose;
  prose.read(message);
  Draw draw(1);
  std::string made;
  invent(shapes->root(), prose, draw, made);
  json::Document document;
  CHECK(document.parse(made).ok());
  CHECK(ShapeSet::read(R"({"$ref":"#"})").ok());
  CHECK(ShapeSet::read(R"({"allOf":[{"$ref":"#"}],"anyOf":[{"$ref":"#"},{"$ref":"#"}]})").ok());
  CHECK_FALSE(ShapeSet::read("{").ok());
}

TEST_CASE("a mismatch does not fit") {
  for (const std::string& schema_text :
       {shipped("ticket-summary.schema.json"), std::string(R"({"type":"object","additionalProperties":false})"),
        std::string(R"({"type":"integer"})"), std::string(R"({"type":"string"})"), std::string(R"({"type":"array"})"),
        std::string(R"({"enum":["a"],"type":"string"})")}) {
    const auto judge = schema::Schema::compile(schema_text);
    const auto shapes = ShapeSet::read(schema_text);
    Prose prose;
    prose.read(message);
    json::Document document;
    for (std::uint64_t i = 0; i < 20; ++i) {
      Draw draw(i);
      std::string made;
      invent_mismatch(shapes->root(), prose, draw, made);
      CAPTURE(made);
      const auto value = document.parse(made);
      REQUIRE(value.ok());
      CHECK_FALSE(judge->accepts(*value));
    }
  }
}

TEST_CASE("the same draws make the same value") {
  const auto shapes = ShapeSet::read(shipped("ticket-summary.schema.json"));
  Prose prose;
  prose.read(message);
  std::string one, two, other;
  Draw first(5), again(5), another(6);
  invent(shapes->root(), prose, first, one);
  invent(shapes->root(), prose, again, two);
  invent(shapes->root(), prose, another, other);
  CHECK(one == two);
  CHECK(one != other);
}
