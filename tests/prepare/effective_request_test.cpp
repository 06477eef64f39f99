#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

using model::Profile;
using model::Structured;

constexpr std::string_view object_mode = R"({"type":"json_object"})";
constexpr std::string_view fitting_schema =
    R"({"type":"object","additionalProperties":false,"required":["a"],"properties":{"a":{"type":"string"}}})";

struct Asked {
  std::string text;
  json::Document document;
  std::string at(std::string_view pointer) const {
    const auto value = document.root().at_pointer(pointer);
    return value ? std::string(value.source_text()) : "absent";
  }
};

struct Asking {
  model::JobSpec job;
  model::ProviderSpec provider;

  explicit Asking(Structured structured, Profile profile = Profile::dashscope) {
    job.name = "ticket summaries: nightly";
    job.endpoint = "/v1/chat/completions";
    job.request = R"({"model":"m","messages":[]})";
    job.output.schema = model::SchemaText{"/answer.schema.json", std::string(fitting_schema)};
    job.output.structured = structured;
    provider.profile = profile;
  }
  Asked ask() const {
    Asked asked;
    auto text = effective_request(job, provider);
    REQUIRE_MESSAGE(text.ok(), text.error().text());
    asked.text = *text;
    REQUIRE(asked.document.parse(asked.text));
    return asked;
  }
  Error refusal() const {
    auto text = effective_request(job, provider);
    REQUIRE_FALSE(text.ok());
    return text.error();
  }
};

}  // namespace

TEST_CASE("auto asks by json_object, and by json_schema where the profile is known to understand it") {
  CHECK(Asking(Structured::automatic, Profile::dashscope).ask().at("/response_format") == object_mode);
  CHECK(Asking(Structured::automatic, Profile::openai_compatible).ask().at("/response_format") == object_mode);
  CHECK(Asking(Structured::automatic, Profile::openai).ask().at("/response_format/type") == R"("json_schema")");
}

TEST_CASE("json_schema carries the schema as it is, with a name of allowed characters") {
  auto asking = Asking(Structured::json_schema);
  asking.job.output.schema->text = "{\n  \"type\": \"object\",\n  \"properties\": {\"b\": {}, \"a\": {}}\n}";
  const auto asked = asking.ask();
  CHECK(asked.at("/response_format/type") == R"("json_schema")");
  CHECK(asked.at("/response_format/json_schema/schema") == R"({"type":"object","properties":{"b":{},"a":{}}})");
  CHECK(asked.at("/response_format/json_schema/name") == R"("ticket_summaries__nightly")");
  CHECK(asked.at("/model") == R"("m")");
}

TEST_CASE("a name too long for the provider is cut, and there always is one") {
  auto asking = Asking(Structured::json_schema);
  asking.job.name = std::string(100, 'x');
  CHECK(asking.ask().at("/response_format/json_schema/name") == '"' + std::string(64, 'x') + '"');
  asking.job.name = "";
  CHECK(asking.ask().at("/response_format/json_schema/name") == R"("answer")");
}

TEST_CASE("strict mode is asked for only where the schema surely fits it") {
  const auto strict_for = [](std::string_view schema) {
    auto asking = Asking(Structured::json_schema, Profile::openai);
    asking.job.output.schema->text = schema;
    return asking.ask().at("/response_format/json_schema/strict") == "true";
  };
  CHECK(strict_for(fitting_schema));
  CHECK(strict_for(R"({"type":"object","additionalProperties":false,"required":["a"],"$defs":{"x":{"enum":[1,2]}},
      "properties":{"a":{"type":"array","items":{"anyOf":[{"$ref":"#/$defs/x"},{"type":"null"}]}}}})"));
  // what can be rewritten
  CHECK(strict_for(R"({"type":"object","properties":{"a":{"type":"string","maxLength":3}}})"));
  CHECK_FALSE(strict_for(R"({"type":"object","properties":{"a":{}}})"));
  CHECK_FALSE(strict_for(R"({"type":"array","items":{"type":"string"}})"));
  CHECK_FALSE(strict_for("true"));
}

TEST_CASE("what strict mode is sent is the rewritten schema, and plan is told what is left of it") {
  auto asking = Asking(Structured::json_schema, Profile::openai);
  asking.job.output.schema->text = R"({"type":"object","properties":{"a":{"type":"string","maxLength":3}}})";
  CHECK(asking.ask().at("/response_format/json_schema/schema") ==
        R"({"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false})");
  const auto told = how_asked(asking.job, asking.provider);
  CHECK(told.structured == Structured::json_schema);
  CHECK(told.is_strict);
  CHECK(told.left_out == std::vector<std::string>{"maxLength"});
  CHECK(told.made_required == std::vector<std::string>{"/a"});
  asking.job.output.schema->text = R"({"type":"object","properties":{"a":{"type":"object"}}})";
  const auto not_strict = how_asked(asking.job, asking.provider);
  CHECK_FALSE(not_strict.is_strict);
  CHECK(not_strict.not_strict_because == "/properties/a: an object that lists no properties");
}

TEST_CASE("json_object needs no schema") {
  auto asking = Asking(Structured::json_object, Profile::openai);
  asking.job.output.schema.reset();
  CHECK(asking.ask().at("/response_format") == object_mode);
}

TEST_CASE("off, and auto without a schema, leave the request as it is") {
  CHECK(Asking(Structured::off).ask().text == Asking(Structured::off).job.request);
  auto asking = Asking(Structured::automatic, Profile::openai);
  asking.job.output.schema.reset();
  CHECK(asking.ask().text == asking.job.request);
}

TEST_CASE("a response_format in the request wins, null included") {
  for (const auto structured : {Structured::automatic, Structured::json_schema, Structured::json_object}) {
    auto asking = Asking(structured);
    asking.job.request = R"({"model":"m","response_format":{"type":"text"}})";
    CHECK(asking.ask().text == asking.job.request);
    asking.job.request = R"({"model":"m","response_format":null})";
    CHECK(asking.ask().text == asking.job.request);
  }
}

TEST_CASE("a request that is a row's value as a whole says itself what it wants") {
  auto asking = Asking(Structured::json_schema);
  asking.job.request = R"({"$row":"/request"})";
  CHECK(asking.ask().text == asking.job.request);
}

TEST_CASE("auto asks for nothing where there is nothing to ask for, a demand is refused") {
  for (const auto& [endpoint, take] : {std::pair("/v1/embeddings", model::Take::embedding),
                                       std::pair("/v1/chat/completions", model::Take::tool_arguments)}) {
    auto asking = Asking(Structured::automatic);
    asking.job.endpoint = endpoint;
    asking.job.output.take = take;
    CHECK(asking.ask().text == asking.job.request);
    asking.job.output.structured = Structured::json_object;
    CHECK(asking.refusal().kind == ErrorKind::invalid);
    CHECK(asking.refusal().message ==
          "output.structured: json_object cannot be asked of " + asking.job.endpoint + " with output.take as it is");
  }
}

TEST_CASE("json_schema without a schema is refused") {
  auto asking = Asking(Structured::json_schema);
  asking.job.output.schema.reset();
  CHECK(asking.refusal().message == "output.structured: json_schema needs an output.schema to ask for");
}

TEST_CASE("a schema with template braces cannot be sent, however they are written") {
  for (const auto* schema : {R"({"description":"like {{name}}"})", R"({"description":"like \u007b{name}}"})"}) {
    auto asking = Asking(Structured::json_schema);
    asking.job.output.schema->text = schema;
    CHECK(asking.refusal().kind == ErrorKind::invalid);
    CHECK(asking.refusal().message ==
          "/answer.schema.json: the schema holds \"{{\", which would be read as a template when it is sent");
    asking.job.output.structured = Structured::json_object;
    CHECK(asking.ask().at("/response_format") == object_mode);
  }
}

}  // namespace batchd::prepare
