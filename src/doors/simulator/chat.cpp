#include "doors/simulator/chat.hpp"

#include <fmt/format.h>

#include "doors/simulator/draw.hpp"
#include "doors/simulator/tokens.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

void text_or_null(json::Writer& writer, std::string_view key, bool is_null, std::string_view text) {
  writer.key(key);
  if (is_null) {
    writer.null();
  } else {
    writer.string(text);
  }
}

void write_message(json::Writer& writer, const Question& question, const ChatContent& content) {
  const bool calls = !content.tool_name.empty();
  writer.key("message").begin_object();
  // The test model of DashScope leaves the role out.
  if (question.endpoint != ds_test_endpoint) writer.key("role").string("assistant");
  if (content.blanks > 0 && !calls) {
    writer.key("content").string(content.text + std::string(content.blanks, ' '));
  } else {
    text_or_null(writer, "content", calls || !content.refusal.empty(), content.text);
  }
  if (!content.reasoning.empty()) writer.key("reasoning_content").string(content.reasoning);
  if (question.dialect == Dialect::openai) {
    text_or_null(writer, "refusal", content.refusal.empty(), content.refusal);
    writer.key("annotations").begin_array().end_array();
  }
  if (calls) {
    writer.key("tool_calls").begin_array().begin_object();
    writer.key("id").string(fmt::format("call_{:016x}", mixed(number_of("call"), key_of(question))));
    writer.key("type").string("function").key("function").begin_object().key("name").string(content.tool_name);
    writer.key("arguments").string(content.text).end_object().end_object().end_array();
  }
  writer.end_object();
}

void write_usage(json::Writer& writer, bool openai, const Usage& usage, std::uint64_t reasoning) {
  writer.key("usage").begin_object().key("prompt_tokens").unsigned_integer(usage.prompt_tokens);
  writer.key("completion_tokens").unsigned_integer(usage.completion_tokens);
  writer.key("total_tokens").unsigned_integer(usage.prompt_tokens + usage.completion_tokens);
  if (openai) writer.key("prompt_tokens_details").raw(R"({"cached_tokens":0,"audio_tokens":0})");
  if (openai || reasoning > 0) {
    writer.key("completion_tokens_details").begin_object().key("reasoning_tokens").unsigned_integer(reasoning);
    if (openai) writer.key("audio_tokens").integer(0);
    writer.end_object();
  }
  writer.end_object();
}

}  // namespace

Usage write_chat(const Question& question, const ChatContent& content, bool usage_told, std::string& body) {
  const bool openai = question.dialect == Dialect::openai;
  const std::uint64_t reasoning = tokens_of(content.reasoning);
  const Usage usage{
      .prompt_tokens = tokens_of(question.body.find("messages").source_text()),
      .completion_tokens = tokens_of(content.refusal.empty() ? content.text : content.refusal) + reasoning};

  json::Writer writer(body);
  writer.begin_object().key("id").string(fmt::format("chatcmpl-{}", question.id));
  writer.key("object").string("chat.completion");
  writer.key("created").integer(to_unix_ms(question.now) / 1000);
  writer.key("model").string(question.body.find("model").as_string().value_or(""));
  writer.key("choices").begin_array().begin_object().key("index").integer(0);
  write_message(writer, question, content);
  if (openai) writer.key("logprobs").null();
  writer.key("finish_reason").string(content.finish_reason).end_object().end_array();
  if (usage_told) write_usage(writer, openai, usage, reasoning);
  if (openai) writer.key("service_tier").string("default").key("system_fingerprint").string("fp_simulated");
  writer.end_object();
  return usage;
}

}  // namespace batchd::simulator
