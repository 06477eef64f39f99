#include "line/collect/answer.hpp"

#include <doctest/doctest.h>

namespace batchd::collect {
namespace {

using model::Take;

TEST_CASE("the endpoint tells how a body is built") {
  CHECK(shape_of("/v1/chat/completions") == Shape::chat);
  CHECK(shape_of("/v1/chat/ds-test") == Shape::chat);
  CHECK(shape_of("/v4/chat/completions") == Shape::chat);
  CHECK(shape_of("/v1/completions") == Shape::completions);
  CHECK(shape_of("/v1/responses") == Shape::responses);
  CHECK(shape_of("/v1/embeddings") == Shape::embeddings);
}

TEST_CASE("the text of an answer is found in every provider's shape") {
  struct Case {
    const char* name;
    Shape shape;
    const char* body;
    const char* text;  // nullptr: none
  };
  for (
      const Case& c : {
          Case{"chat", Shape::chat, R"({"choices":[{"message":{"role":"assistant","content":"hi"}}]})", "hi"},
          Case{"the free test model sends no role", Shape::chat,
               R"({"choices":[{"message":{"content":"This is a test result."}}]})", "This is a test result."},
          Case{"content null", Shape::chat, R"({"choices":[{"message":{"content":null}}]})", nullptr},
          Case{"no content", Shape::chat, R"({"choices":[{"message":{"role":"assistant"}}]})", nullptr},
          Case{"no choices", Shape::chat, R"({"choices":[]})", nullptr},
          Case{"choices null", Shape::chat, R"({"choices":null})", nullptr},
          Case{"body of another kind", Shape::chat, R"("hello")", nullptr},
          Case{"one text part", Shape::chat, R"({"choices":[{"message":{"content":[{"type":"text","text":"hi"}]}}]})",
               "hi"},
          Case{
              "text parts are joined, thoughts left out", Shape::chat,
              R"({"choices":[{"message":{"content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"{\"a\""},)"
              R"({"type":"text","text":":1"},{"text":"}"}]}}]})",
              R"({"a":1})"},
          Case{"bare strings as parts", Shape::chat, R"({"choices":[{"message":{"content":["a","b"]}}]})", "ab"},
          Case{"what the model thought is not its answer", Shape::chat,
               R"({"choices":[{"message":{"content":"yes","reasoning_content":"no"}}]})", "yes"},
          Case{"completions", Shape::completions, R"({"choices":[{"text":"hi","finish_reason":"stop"}]})", "hi"},
          Case{"responses", Shape::responses,
               R"({"status":"completed","output":[{"type":"reasoning","summary":[]},{"type":"message","content":)"
               R"([{"type":"output_text","text":"h"},{"type":"output_text","text":"i"}]}]})",
               "hi"},
      }) {
    CAPTURE(c.name);
    json::Document document;
    auto body = document.parse(c.body);
    REQUIRE(body.ok());
    std::string scratch = "left over";
    const Answer answer = answer_of(*body, c.shape, Take::content, scratch);
    CHECK(answer.text.has_value() == (c.text != nullptr));
    if (c.text != nullptr && answer.text) CHECK(*answer.text == c.text);
  }
}

Answer answer_in(json::Document& document, std::string_view text, Shape shape, Take take, std::string& scratch) {
  auto body = document.parse(text);
  REQUIRE(body.ok());
  return answer_of(*body, shape, take, scratch);
}

TEST_CASE("how an answer ended is read from every spelling") {
  struct Case {
    Shape shape;
    const char* body;
    Ending ending;
  };
  for (const Case& c : {
           Case{Shape::chat, R"({"choices":[{"finish_reason":"stop"}]})", Ending::whole},
           Case{Shape::chat, R"({"choices":[{"finish_reason":null}]})", Ending::whole},
           Case{Shape::chat, R"({"choices":[{"finish_reason":"tool_calls"}]})", Ending::whole},
           Case{Shape::chat, R"({"choices":[{"finish_reason":"length"}]})", Ending::cut},
           Case{Shape::chat, R"({"choices":[{"finish_reason":"content_filter"}]})", Ending::blocked},
           Case{Shape::chat, R"({"choices":[{"finish_reason":"sensitive"}]})", Ending::blocked},
           Case{Shape::chat, R"({"choices":[{"finish_reason":"network_error"}]})", Ending::broken},
           Case{Shape::completions, R"({"choices":[{"finish_reason":"length"}]})", Ending::cut},
           Case{Shape::responses, R"({"status":"completed","incomplete_details":null})", Ending::whole},
           Case{Shape::responses, R"({"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}})",
                Ending::cut},
           Case{Shape::responses, R"({"status":"incomplete","incomplete_details":{"reason":"content_filter"}})",
                Ending::blocked},
       }) {
    CAPTURE(c.body);
    json::Document document;
    std::string scratch;
    CHECK(answer_in(document, c.body, c.shape, Take::content, scratch).ending == c.ending);
  }
}

TEST_CASE("the model's own refusal is found in the message and among the parts") {
  json::Document document;
  std::string scratch;
  CHECK(answer_in(document, R"({"choices":[{"message":{"content":null,"refusal":"I won't"}}]})", Shape::chat,
                  Take::content, scratch)
            .refusal == "I won't");
  CHECK(answer_in(document, R"({"output":[{"type":"message","content":[{"type":"refusal","refusal":"No"}]}]})",
                  Shape::responses, Take::content, scratch)
            .refusal == "No");
  CHECK(answer_in(document, R"({"choices":[{"message":{"content":"x","refusal":null}}]})", Shape::chat, Take::content,
                  scratch)
            .refusal.empty());
}

TEST_CASE("tool arguments are taken from the call, in each spelling") {
  json::Document document;
  std::string scratch;
  auto answer = answer_in(
      document,
      R"({"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]})",
      Shape::chat, Take::tool_arguments, scratch);
  CHECK(answer.text == "{}");
  CHECK(answer.tool_calls == 1);
  answer = answer_in(document, R"({"choices":[{"message":{"function_call":{"name":"f","arguments":"{}"}}}]})",
                     Shape::chat, Take::tool_arguments, scratch);
  CHECK(answer.text == "{}");
  answer = answer_in(
      document, R"({"output":[{"type":"function_call","arguments":"{}"},{"type":"function_call","arguments":"[]"}]})",
      Shape::responses, Take::tool_arguments, scratch);
  CHECK(answer.text == "{}");
  CHECK(answer.tool_calls == 2);
}

TEST_CASE("usage is read in both spellings, and its absence is known") {
  struct Case {
    const char* body;
    model::Usage usage;
  };
  for (const Case& c : {
           Case{R"({"usage":{"prompt_tokens":40,"completion_tokens":12,"total_tokens":52}})", {40, 12, 0, 0, true}},
           Case{R"({"usage":{"prompt_tokens":40,"completion_tokens":12,"prompt_tokens_details":{"cached_tokens":8},)"
                R"("completion_tokens_details":{"reasoning_tokens":5}}})",
                {40, 12, 5, 8, true}},
           Case{R"({"usage":{"input_tokens":7,"output_tokens":3,"input_tokens_details":{"cached_tokens":2},)"
                R"("output_tokens_details":{"reasoning_tokens":1}}})",
                {7, 3, 1, 2, true}},
           Case{R"({"usage":{"prompt_tokens":9,"total_tokens":9}})", {9, 0, 0, 0, true}},
           Case{R"({"usage":null})", {}},
           Case{R"({"usage":{}})", {}},
           Case{R"({"usage":{"prompt_tokens":-5,"completion_tokens":"many"}})", {0, 0, 0, 0, true}},
           Case{R"(null)", {}},
       }) {
    CAPTURE(c.body);
    json::Document document;
    auto body = document.parse(c.body);
    REQUIRE(body.ok());
    const model::Usage usage = usage_of(*body);
    CHECK(usage.input_tokens == c.usage.input_tokens);
    CHECK(usage.output_tokens == c.usage.output_tokens);
    CHECK(usage.reasoning_tokens == c.usage.reasoning_tokens);
    CHECK(usage.cached_tokens == c.usage.cached_tokens);
    CHECK(usage.known == c.usage.known);
  }
}

}  // namespace
}  // namespace batchd::collect
