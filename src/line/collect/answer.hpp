#pragma once
// What a model said, out of a response body of any of the endpoints that can be batched.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ground/json/document.hpp"
#include "rules/model/job_spec.hpp"
#include "rules/model/usage.hpp"

namespace batchd::collect {

// How a body is built; the endpoint tells.
enum class Shape : std::uint8_t { chat, completions, responses, embeddings };
Shape shape_of(std::string_view endpoint);

// How the model came to its end.
enum class Ending : std::uint8_t { whole, cut, blocked, broken };

// Views are borrowed from the body, texts perhaps from the caller's scratch buffer. What was asked for stands in `text`
// or in `value`, never in both; in neither, when there is none of it.
struct Answer {
  std::optional<std::string_view> text;  // take: content; tool_arguments, which are JSON written into a text
  json::View value;                      // take: embedding (an array, or the base64 text it came as); body;
                                         // tool_arguments of providers that send the object itself
  Ending ending = Ending::whole;
  std::optional<std::string_view> finish_reason;
  std::string_view refusal;  // the model's own "no"; empty when it gave none
  std::uint32_t tool_calls = 0;
  std::uint32_t embeddings = 0;
  json::View all;                         // where there are several calls or embeddings: the array that holds them
  std::optional<std::string_view> aside;  // take: tool_arguments: what was said beside the call, or instead of it
  bool mended = false;  // half a character stood in what was asked for, and U+FFFD stands in its place
};

// `scratch` holds a text that had to be put together from parts.
Answer answer_of(json::View body, Shape shape, model::Take take, std::string& scratch);

// Both spellings: prompt_tokens/completion_tokens and input_tokens/output_tokens. `known` is false when the body says
// nothing of them.
model::Usage usage_of(json::View body);

}  // namespace batchd::collect
