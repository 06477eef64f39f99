#include "doors/simulator/answer.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "doors/simulator/chat.hpp"
#include "doors/simulator/draw.hpp"
#include "doors/simulator/embedding.hpp"
#include "doors/simulator/invention.hpp"
#include "doors/simulator/reask.hpp"
#include "doors/simulator/tokens.hpp"
#include "ground/base/hash.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

constexpr std::size_t shapes_max = 64;

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
  } else if (question.endpoint == embeddings_endpoint) {
    embed(question, seed_, reply);
  } else {
    chat(question, reply);
  }
}

// What the real one would refuse, too.
std::optional<ApiError> Answerer::complaint_about(const Question& question) const {
  const json::View body = question.body;
  if (!body.find("model").as_string()) return missing_parameter("model");
  if (question.endpoint == embeddings_endpoint) return complaint_about_embedding(question.dialect, body);
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
  if (dashscope && hit(faults_.refused, question)) return blocked;
  if (!hit(faults_.error_lines, question)) return std::nullopt;
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
  const auto format = body.find("response_format").find("json_schema");
  // What is asked for strictly may say less than the whole schema does; who gave us that one wants it kept.
  const bool says_less = format.find("strict").as_bool().value_or(false) && fallback_;
  if (const auto schema = format.find("schema"); schema && !says_less) return shape_of_text(schema.source_text());
  return fallback_ ? &fallback_->root() : nullptr;
}

void Answerer::say(const Question& question, ChatContent& content) {
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
  prose_.season(hit(faults_.odd_unicode, question));
  if (shape) {
    if (hit(faults_.schema_mismatch, question) || is_stubborn(question, *shape)) {
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

// The conversation until the model first spoke is what a stubborn request is known by: whatever is said after that, it
// stays the same request.
bool Answerer::is_stubborn(const Question& question, const Shape& shape) const {
  const auto messages = question.body.find("messages");
  if (!faults_.stubborn_mismatch.hits(seed_, xxh3_128(opening_of(messages)).low)) return false;
  return !names_what_was_wrong(messages, shape);
}

void Answerer::apply_faults(const Question& question, const Shape* shape, ChatContent& content) {
  if (hit(faults_.refused, question)) {
    content.refusal = "I'm sorry, but I can't help with that.";
    content.text.clear();
    return;
  }
  Draw draw(mixed(seed_, key_of(question) + 1));
  if (hit(faults_.not_json, question)) {
    content.text = plain_sentence(prose_, draw);
  } else if (shape && hit(faults_.two_answers, question)) {
    content.text = fmt::format("Either this:\n{0}\nor, to be on the safe side, this:\n{0}\n", content.text);
  } else if (shape && hit(faults_.wrapped_json, question)) {
    content.text =
        fmt::format("Here is what you asked for:\n\n```json\n{}\n```\n\nTell me if you need more.", content.text);
  }
  if (hit(faults_.reasoning, question)) content.reasoning = fmt::format("Let me see. {}", plain_sentence(prose_, draw));
  if (hit(faults_.empty, question)) content.text.clear();
  // Models that were told to write JSON are seen to write blanks until they are stopped.
  if (hit(faults_.huge_lines, question)) content.blanks = faults_.huge_bytes.value;
  const bool filtered = hit(faults_.content_filter, question);
  if (!filtered && !hit(faults_.truncated, question)) return;
  cut_within_characters(content.text, content.text.size() / 2);
  content.finish_reason = filtered ? "content_filter" : "length";
}

void Answerer::chat(const Question& question, Reply& reply) {
  ChatContent content;
  say(question, content);
  const bool told = !hit(faults_.no_usage, question);
  reply.usage = write_chat(question, content, told, reply.body);
}

}  // namespace batchd::simulator
