#include <doctest/doctest.h>

#include "job/fixture.hpp"

using batchd::job::test::Fixture;

namespace {

constexpr std::string_view silent_prompt = "    - {role: system, content: Hello.}";

}  // namespace

TEST_CASE("a template that does not compile is named at the text it stands in") {
  CHECK(Fixture().complaints_with_line(10, "    - {role: user, content: \"Hello {{subject\"}") ==
        "job.yaml:10:29: request.messages.1.content: the tag \"{{subject\" is never closed by \"}}\"");
}

TEST_CASE("a template without quotes is explained") {
  CHECK(Fixture().complaints_with_line(10, "    - role: user\n      content: {{subject}}") ==
        "job.yaml:11:16: YAML takes \"{{\" for a map; put the template in quotes: \"{{name}}\"");
}

TEST_CASE("an item has one answer") {
  CHECK(Fixture().complaints_with_line(7, "  model: m\n  n: 1") == "");
  CHECK(Fixture().complaints_with_line(7, "  model: m\n  n: 2") ==
        "job.yaml:8:6: request.n: must be 1: an item has one answer");
  CHECK(Fixture().complaints_with_line(7, "  model: m\n  n: \"{{n}}\"") ==
        "job.yaml:8:6: request.n: must be 1: an item has one answer");
}

TEST_CASE("a model is named by text, by a template or by the row") {
  CHECK(Fixture().complaints_with_line(7, "  temperature: 1") == "job.yaml:6:1: request: the key \"model\" is missing");
  CHECK(Fixture().complaints_with_line(7, "  model: 5") == "job.yaml:7:10: request.model: a model is named by text");
  CHECK(Fixture().complaints_with_line(7, "  model: \"{{model}}\"") == "");
  CHECK(Fixture().complaints_with_line(7, "  model: {$row: /model}") == "");
}

TEST_CASE("json_object needs the word JSON in the prompt") {
  Fixture fixture;
  fixture.folder.write("answer.json", "{}");
  const std::string complaint =
      "request.messages: the provider answers as json_object only when the prompt holds the word JSON; say \"Answer in "
      "JSON\"";
  const std::string silent = Fixture::with_line(9, silent_prompt);
  CHECK(fixture.complaints(silent) == "");
  CHECK(fixture.complaints(silent + "  structured: json_object\n") == "job.yaml:9:5: " + complaint);
  CHECK(fixture.complaints(silent + "  schema: answer.json\n") == "job.yaml:9:5: " + complaint);
  CHECK(fixture.complaints(silent + "  schema: answer.json\n  structured: off\n") == "");
  CHECK(fixture.complaints(silent + "  schema: answer.json\n  structured: json_schema\n") == "");
  CHECK(fixture.complaints_with_line(9, "    - {$row: /system}\n  response_format: {type: json_object}") != "");
  CHECK(fixture.complaints(std::string(Fixture::with_line(9, "    - {$row: /system}")) +
                           "  structured: json_object\n") == "");
}

TEST_CASE("a response_format in the request wins over output.structured") {
  const std::string job = Fixture::with_line(7, "  model: m\n  response_format: {type: text}");
  CHECK(Fixture().complaints(job + "  structured: json_object\n") == "");
}

TEST_CASE("a structured answer is asked of chat completions only") {
  Fixture fixture;
  fixture.folder.write("answer.json", "{}");
  const std::string job = "endpoint: /v1/chat/ds-test\n" + Fixture::with_line(9, silent_prompt);
  CHECK(fixture.complaints(job + "  schema: answer.json\n") == "");
  CHECK(fixture.complaints(job + "  schema: answer.json\n  structured: json_schema\n") ==
        "job.yaml:15:15: output.structured: \"json_schema\" cannot be asked of /v1/chat/ds-test; write auto or off");
}

TEST_CASE("json_object and thinking exclude each other at DashScope") {
  const std::string request = "  model: m\n  enable_thinking: true\n  response_format: {type: json_object}";
  CHECK(Fixture().complaints_with_line(7, request) ==
        "job.yaml:8:20: request.enable_thinking: json_object and thinking exclude each other; set one of them off");
  Fixture fixture;
  fixture.options.set = {{"provider", "openai"}};
  CHECK(fixture.complaints_with_line(7, request) == "");
}

TEST_CASE("a model that thinks unless told otherwise is a warning, and a warning is no error") {
  Fixture fixture;
  const auto loaded = fixture.load(Fixture::with_line(7, "  model: qwen3.7-plus"));
  CHECK(batchd::job::to_text(loaded.complaints) ==
        "job.yaml:7:10: warning: request.model: qwen3.7-plus thinks unless told otherwise, and thinking is paid as "
        "output; set enable_thinking");
  CHECK(loaded.ok());
  CHECK(fixture.complaints_with_line(7, "  model: qwen3.7-plus\n  enable_thinking: false") == "");
}
