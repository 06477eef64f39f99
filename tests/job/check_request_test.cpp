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

TEST_CASE("arguments of a tool have the tool's own schema, and no word JSON is demanded for them") {
  Fixture fixture;
  fixture.folder.write("answer.json", "{}");
  const std::string job = Fixture::with_line(9, silent_prompt) + "  take: tool_arguments\n  schema: answer.json\n";
  CHECK(fixture.complaints(job) == "");
  CHECK(fixture.complaints(job + "  structured: json_schema\n") ==
        "job.yaml:15:15: output.structured: \"json_schema\" cannot be asked of output.take: tool_arguments; write "
        "auto or off");
}

TEST_CASE("an item has one embedding") {
  const auto asking = [](const std::string& input) {
    return Fixture().complaints(
        "name: j\nprovider: openai\nendpoint: /v1/embeddings\ninput: {path: rows.jsonl, id: id}\n"
        "request:\n  model: m\n  input: " +
        input + "\noutput: {path: out, take: embedding}\n");
  };
  CHECK(asking("\"{{text}}\"") == "");
  CHECK(asking("[\"{{text}}\"]") == "");
  CHECK(asking("[11, 12]").find("an item has one embedding") == std::string::npos);
  CHECK(asking("[\"{{a}}\", \"{{b}}\"]") ==
        "job.yaml:7:10: request.input: an item has one embedding, and these are 2 inputs; write one, or output.take: "
        "body");
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

TEST_CASE("every template at fault is named in one round") {
  CHECK(Fixture().complaints_with_line(7, "  model: \"{{a\"\n  user: \"{{#x}}\"\n  metadata: [{a: \"{{/y}}\"}]") ==
        "job.yaml:7:10: request.model: the tag \"{{a\" is never closed by \"}}\"\n"
        "job.yaml:8:9: request.user: the section \"{{#x}}\" is never closed\n"
        "job.yaml:9:18: request.metadata.0.a: \"{{/y}}\" closes a section that was never opened");
}

TEST_CASE("a stream, a question without the row and a key nearly known are warned of") {
  CHECK(Fixture().complaints_with_line(7, "  model: m\n  stream: true") ==
        "job.yaml:8:11: warning: request.stream: a batch answers in one piece; remove it: some providers refuse such a "
        "line");
  CHECK(Fixture().complaints_with_line(7, "  model: m\n  stream: false") == "");
  CHECK(
      Fixture().complaints_with_line(10, "    - {role: user, content: \"Say JSON\"}") ==
      "job.yaml:9:5: warning: request.messages: it names no field of the row: every row asks the same; {{field}} puts "
      "one in");
  CHECK(Fixture().complaints_with_line(7, "  model: m\n  temprature: 0\n  respose_format: x\n  max_token: 5") ==
        "job.yaml:8:3: warning: request: \"temprature\" is sent as it stands; did you mean \"temperature\"?\n"
        "job.yaml:9:3: warning: request: \"respose_format\" is sent as it stands; did you mean \"response_format\"?\n"
        "job.yaml:10:3: warning: request: \"max_token\" is sent as it stands; did you mean \"max_tokens\"?");
  CHECK(Fixture().complaints_with_line(7, "  model: m\n  vl_high_resolution_images: true\n  min_p: 0.1") == "");
}
