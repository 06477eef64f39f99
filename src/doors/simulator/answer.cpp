#include "doors/simulator/answer.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "doors/simulator/draw.hpp"
#include "doors/simulator/invention.hpp"
#include "ground/base/hash.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

constexpr std::size_t shapes_max = 64;
constexpr std::size_t bytes_per_token = 4;
constexpr std::string_view ds_test_endpoint = "/v1/chat/ds-test";
constexpr std::size_t dimensions_max = 4'096;

std::uint64_t tokens_of(std::string_view text) { return (text.size() + bytes_per_token - 1) / bytes_per_token; }

bool speaks_of_json(std::string_view text) {
  return text.find("JSON") != text.npos || text.find("json") != text.npos || text.find("Json") != text.npos;
}

// What the last message of the user says, in `joined` when it comes in parts.
std::string_view user_message(json::View messages, std::string& joined) {
  json::View last;
  json::View last_of_user;
  for (const json::View message : messages.elements()) {
    last = message;
    if (message.find("role").as_string() == "user") last_of_user = message;
  }
  const auto content = (last_of_user ? last_of_user : last).find("content");
  if (const auto text = content.as_string()) return *text;
  joined.clear();
  for (const json::View part : content.elements())
    if (const auto text = part.find("text").as_string()) joined.append(*text).append("\n");
  return joined;
}

// The tool the model is to call, if any.
json::View tool_to_call(json::View body) {
  const auto choice = body.find("tool_choice");
  if (choice.as_string() == "none" || body.find("response_format")) return {};
  const auto wanted = choice.find("function").find("name").as_string();
  for (const json::View tool : body.find("tools").elements()) {
    const auto function = tool.find("function");
    if (function && (!wanted || function.find("name").as_string() == wanted)) return function;
  }
  return {};
}

std::uint64_t tokens_allowed(json::View body) {
  for (const std::string_view word : {"max_completion_tokens", "max_tokens"})
    if (const auto most = body.find(word).as_int64(); most && *most > 0) return static_cast<std::uint64_t>(*most);
  return UINT64_MAX;
}

void cut_within_characters(std::string& text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0) == 0x80)
    --bytes_max;
  text.resize(bytes_max);
}

std::string plain_sentence(const Prose& prose, Draw& draw) {
  constexpr std::array<std::string_view, 4> openings{
      "In short:", "As far as the text tells:", "The main point:", "What matters here:"};
  return fmt::format("{} {} (about “{}”)", openings[draw.below(openings.size())], prose.sentence(draw.next()),
                     prose.topic());
}

}  // namespace

struct Answerer::Content {
  std::string text;
  std::string refusal;           // instead of a text
  std::string_view tool_name{};  // the text is its arguments
  std::string_view finish_reason = "stop";
};

std::uint64_t key_of(const Question& question) { return mixed(question.body_hash, question.asked); }

Result<Answerer> Answerer::make(std::uint64_t seed, const Faults& faults, std::string_view fallback_schema) {
  Answerer answerer(seed, faults);
  if (!fallback_schema.empty()) {
    auto read = ShapeSet::read(fallback_schema);
    if (!read) return read.error();
    answerer.fallback_ = std::move(*read);
  }
  return answerer;
}

bool Answerer::hit(double share, std::string_view name, const Question& question) const {
  return hits(share, seed_, name, key_of(question));
}

void Answerer::answer(const Question& question, Reply& reply) {
  reply.status = 200;
  reply.body.clear();
  reply.usage = {};
  auto error = complaint_about(question);
  if (!error) error = misfortune(question);
  if (error) {
    reply.error = std::move(*error);
    reply.status = reply.error.status;
    reply.body = error_body(reply.error);
  } else if (question.endpoint == "/v1/embeddings") {
    embed(question, reply);
  } else {
    chat(question, reply);
  }
}

// What the real one would refuse, too.
std::optional<ApiError> Answerer::complaint_about(const Question& question) const {
  const json::View body = question.body;
  if (!body.find("model").as_string()) return missing_parameter("model");
  if (question.endpoint == "/v1/embeddings") {
    if (!body.find("input")) return missing_parameter("input");
    return std::nullopt;
  }
  const auto messages = body.find("messages");
  if (!messages) return missing_parameter("messages");
  if (!messages.is(json::Kind::array) || messages.size() == 0)
    return ApiError{.message = "Invalid 'messages': expected an array with at least one message.",
                    .code = "invalid_value",
                    .param = "messages"};
  if (body.find("response_format").find("type").as_string() != "json_object") return std::nullopt;
  if (!speaks_of_json(messages.source_text()))
    return ApiError{.message =
                        "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
                        "'json_object'.",
                    .code = {},
                    .param = "messages"};
  if (question.dialect == Dialect::dashscope && body.find("enable_thinking").as_bool() == std::optional(true))
    return ApiError{.message = "Json mode response is not supported when enable_thinking is true",
                    .code = "invalid_parameter_error",
                    .param = {}};
  return std::nullopt;
}

std::optional<ApiError> Answerer::misfortune(const Question& question) const {
  const bool dashscope = question.dialect == Dialect::dashscope;
  const ApiError blocked =
      dashscope
          ? ApiError{.message = "Input data may contain inappropriate content.",
                     .code = "data_inspection_failed",
                     .param = {}}
          : ApiError{.message = "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
                     .code = "invalid_prompt",
                     .param = {}};
  if (dashscope && hit(faults_.refused, "refused", question)) return blocked;
  if (!hit(faults_.error_lines, "error_lines", question)) return std::nullopt;
  switch (Draw(mixed(seed_, key_of(question))).below(4)) {
    case 0:
      return ApiError{.message = "Invalid value for 'temperature': made up by the fault error_lines.",
                      .code = "invalid_value",
                      .param = "temperature"};
    case 1:
      return blocked;
    case 2:
      return ApiError{.status = 429,
                      .message = "Rate limit reached, made up by the fault error_lines.",
                      .code = dashscope ? "limit_requests" : "rate_limit_exceeded",
                      .param = {},
                      .type = "requests"};
    default:
      return ApiError{.status = 500,
                      .message = "The server had an error while processing your request.",
                      .code = dashscope ? "InternalError" : "",
                      .param = {},
                      .type = "server_error"};
  }
}

const Shape* Answerer::shape_of_text(std::string_view schema) {
  const std::uint64_t hash = xxh3_128(schema).low;
  if (shapes_.size() >= shapes_max && !shapes_.contains(hash)) shapes_.clear();
  auto found = shapes_.find(hash);
  if (found == shapes_.end()) {
    auto read = ShapeSet::read(schema);
    found = shapes_.emplace(hash, read ? std::optional<ShapeSet>(std::move(*read)) : std::nullopt).first;
  }
  return found->second ? &found->second->root() : nullptr;
}

const Shape* Answerer::shape_of_request(json::View body) {
  if (const auto schema = body.find("response_format").find("json_schema").find("schema"))
    return shape_of_text(schema.source_text());
  return fallback_ ? &fallback_->root() : nullptr;
}

void Answerer::say(const Question& question, Content& content) {
  if (question.endpoint == ds_test_endpoint) {
    content.text = "This is a test result.";
    return;
  }
  prose_.read(user_message(question.body.find("messages"), message_));
  Draw draw(mixed(seed_, key_of(question)));
  const Shape* shape = nullptr;
  if (const auto tool = tool_to_call(question.body)) {
    content.tool_name = tool.find("name").as_string().value_or("");
    content.finish_reason = "tool_calls";
    const auto parameters = tool.find("parameters");
    shape = shape_of_text(parameters ? parameters.source_text() : R"({"type":"object"})");
  } else {
    shape = shape_of_request(question.body);
  }
  const bool wants_json = question.body.find("response_format").find("type").as_string().value_or("text") != "text";
  if (shape) {
    if (hit(faults_.schema_mismatch, "schema_mismatch", question)) {
      invent_mismatch(*shape, prose_, draw, content.text);
    } else {
      invent(*shape, prose_, draw, content.text);
    }
  } else if (wants_json) {
    json::Writer writer(content.text);
    writer.begin_object().key("topic").string(prose_.topic()).key("answer").string(plain_sentence(prose_, draw));
    writer.end_object();
  } else {
    content.text = plain_sentence(prose_, draw);
  }
  apply_faults(question, shape, content);
  const std::uint64_t allowed = tokens_allowed(question.body);
  if (tokens_of(content.text) > allowed) {
    cut_within_characters(content.text, allowed * bytes_per_token);
    content.finish_reason = "length";
  }
}

void Answerer::apply_faults(const Question& question, const Shape* shape, Content& content) {
  if (hit(faults_.refused, "refused", question)) {
    content.refusal = "I'm sorry, but I can't help with that.";
    content.text.clear();
    return;
  }
  Draw draw(mixed(seed_, key_of(question) + 1));
  if (hit(faults_.not_json, "not_json", question)) {
    content.text = plain_sentence(prose_, draw);
  } else if (shape && hit(faults_.wrapped_json, "wrapped_json", question)) {
    content.text =
        fmt::format("Here is what you asked for:\n\n```json\n{}\n```\n\nTell me if you need more.", content.text);
  }
  if (hit(faults_.truncated, "truncated", question)) {
    cut_within_characters(content.text, content.text.size() / 2);
    content.finish_reason = "length";
  }
}

void Answerer::chat(const Question& question, Reply& reply) {
  Content content;
  say(question, content);
  const bool openai = question.dialect == Dialect::openai;
  const auto prompt = tokens_of(question.body.find("messages").source_text());
  const auto completion = tokens_of(content.text.empty() ? content.refusal : content.text);
  reply.usage = {.prompt_tokens = prompt, .completion_tokens = completion};

  json::Writer writer(reply.body);
  writer.begin_object().key("id").string(fmt::format("chatcmpl-{}", question.id));
  writer.key("object").string("chat.completion");
  writer.key("created").integer(to_unix_ms(question.now) / 1000);
  writer.key("model").string(question.body.find("model").as_string().value_or(""));
  writer.key("choices").begin_array().begin_object().key("index").integer(0);
  writer.key("message").begin_object();
  // The test model of DashScope leaves the role out.
  if (question.endpoint != ds_test_endpoint) writer.key("role").string("assistant");
  writer.key("content");
  if (!content.refusal.empty() || !content.tool_name.empty()) {
    writer.null();
  } else {
    writer.string(content.text);
  }
  if (openai) {
    writer.key("refusal");
    if (content.refusal.empty()) {
      writer.null();
    } else {
      writer.string(content.refusal);
    }
    writer.key("annotations").begin_array().end_array();
  }
  if (!content.tool_name.empty()) {
    writer.key("tool_calls").begin_array().begin_object();
    writer.key("id").string(fmt::format("call_{:016x}", mixed(seed_, key_of(question))));
    writer.key("type").string("function").key("function").begin_object().key("name").string(content.tool_name);
    writer.key("arguments").string(content.text).end_object().end_object().end_array();
  }
  writer.end_object();
  if (openai) writer.key("logprobs").null();
  writer.key("finish_reason").string(content.finish_reason).end_object().end_array();
  writer.key("usage").begin_object().key("prompt_tokens").unsigned_integer(prompt);
  writer.key("completion_tokens").unsigned_integer(completion);
  writer.key("total_tokens").unsigned_integer(prompt + completion);
  if (openai) {
    writer.key("prompt_tokens_details").raw(R"({"cached_tokens":0,"audio_tokens":0})");
    writer.key("completion_tokens_details").raw(R"({"reasoning_tokens":0,"audio_tokens":0})");
  }
  writer.end_object();
  if (openai) writer.key("service_tier").string("default").key("system_fingerprint").string("fp_simulated");
  writer.end_object();
}

void Answerer::embed(const Question& question, Reply& reply) {
  const auto input = question.body.find("input");
  const auto wished = question.body.find("dimensions").as_int64().value_or(8);
  const auto dimensions = static_cast<std::size_t>(std::clamp<std::int64_t>(wished, 1, dimensions_max));
  const std::size_t texts = input.is(json::Kind::array) ? input.size() : 1;
  Draw draw(mixed(seed_, key_of(question)));
  reply.usage = {.prompt_tokens = tokens_of(input.source_text()), .completion_tokens = 0};

  json::Writer writer(reply.body);
  writer.begin_object().key("object").string("list").key("data").begin_array();
  for (std::size_t i = 0; i < texts; ++i) {
    writer.begin_object().key("object").string("embedding").key("index").unsigned_integer(i);
    writer.key("embedding").begin_array();
    for (std::size_t j = 0; j < dimensions; ++j)
      writer.number(static_cast<double>(static_cast<std::int64_t>(draw.below(2'000'001)) - 1'000'000) / 1e6);
    writer.end_array().end_object();
  }
  writer.end_array().key("model").string(question.body.find("model").as_string().value_or(""));
  writer.key("usage").begin_object().key("prompt_tokens").unsigned_integer(reply.usage.prompt_tokens);
  writer.key("total_tokens").unsigned_integer(reply.usage.prompt_tokens).end_object().end_object();
}

}  // namespace batchd::simulator
