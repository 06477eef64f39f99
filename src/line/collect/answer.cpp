#include "line/collect/answer.hpp"

namespace batchd::collect {
namespace {

Ending ending_of(std::string_view finish_reason) {
  if (finish_reason == "length" || finish_reason == "max_tokens" || finish_reason == "max_output_tokens")
    return Ending::cut;
  if (finish_reason == "content_filter" || finish_reason == "sensitive") return Ending::blocked;
  return finish_reason == "network_error" ? Ending::broken : Ending::whole;
}

void set_finish_reason(Answer& answer, std::optional<std::string_view> reason) {
  answer.finish_reason = reason;
  if (reason) answer.ending = ending_of(*reason);
}

// Texts that arrive one by one. The first is only looked at; a second one makes it a copy.
class Joined {
 public:
  explicit Joined(std::string& scratch) : scratch_(scratch) {}
  // Of a string.
  void add(json::View part) {
    const std::string_view text = part.as_string().value_or(std::string_view());
    mended_ = mended_ || part.holds_mended();
    if (!text_) {
      text_ = text;
      return;
    }
    if (!copied_) {
      scratch_.assign(*text_);
      copied_ = true;
    }
    scratch_.append(text);
    text_ = scratch_;
  }
  std::optional<std::string_view> text() const { return text_; }
  bool mended() const { return mended_; }

 private:
  std::string& scratch_;
  std::optional<std::string_view> text_;
  bool copied_ = false;
  bool mended_ = false;
};

// A list of parts: text, output_text and refusal count; what a model thought or drew does not.
void add_parts(json::View parts, Joined& joined, Answer& answer) {
  for (const json::View part : parts.elements()) {
    if (part.is(json::Kind::string)) {
      joined.add(part);
      continue;
    }
    const auto type = part.find("type").as_string();
    if (const auto refusal = part.find("refusal").as_string())
      answer.refusal = *refusal;
    else if (const auto text = part.find("text"); text.is(json::Kind::string) && (!type || type->ends_with("text")))
      joined.add(text);
  }
}

// Arguments are JSON in a text; some providers send the object itself.
void take_arguments(json::View call, Answer& answer) {
  const json::View arguments = call.find("arguments");
  answer.text = arguments.as_string();
  answer.mended = arguments.holds_mended();
  if (arguments.is(json::Kind::object)) answer.value = arguments;
}

void take_call_from_message(json::View message, Answer& answer) {
  const json::View calls = message.find("tool_calls");
  if (answer.tool_calls > 1) answer.all = calls;
  for (const json::View call : calls.elements())
    return take_arguments(call.find("function"), answer);
  const json::View older_spelling = message.find("function_call");
  if (!older_spelling.is(json::Kind::object)) return;
  answer.tool_calls = 1;
  take_arguments(older_spelling, answer);
}

void take_from_message(json::View message, model::Take take, Joined& joined, Answer& answer) {
  if (const json::View calls = message.find("tool_calls"); calls.is(json::Kind::array))
    answer.tool_calls = static_cast<std::uint32_t>(calls.size());
  if (const auto refusal = message.find("refusal").as_string()) answer.refusal = *refusal;
  if (take == model::Take::tool_arguments) take_call_from_message(message, answer);
  const json::View content = message.find("content");
  if (content.is(json::Kind::string))
    joined.add(content);
  else
    add_parts(content, joined, answer);
}

json::View first_choice(json::View body) {
  for (const json::View choice : body.find("choices").elements())
    return choice;
  return {};
}

void take_from_responses(json::View body, model::Take take, Joined& joined, Answer& answer) {
  if (const auto why = body.find("incomplete_details").find("reason").as_string())
    set_finish_reason(answer, why);
  else
    answer.finish_reason = body.find("status").as_string();
  const json::View output = body.find("output");
  for (const json::View item : output.elements()) {
    const auto type = item.find("type").as_string().value_or("message");
    if (type == "function_call") {
      if (take == model::Take::tool_arguments && answer.tool_calls == 0) take_arguments(item, answer);
      ++answer.tool_calls;
    } else if (type == "message") {
      add_parts(item.find("content"), joined, answer);
    }
  }
  if (answer.tool_calls > 1) answer.all = output;
}

void take_embedding(json::View body, Answer& answer) {
  const json::View data = body.find("data");
  for (const json::View entry : data.elements()) {
    const json::View embedding = entry.find("embedding");
    const bool is_vector = embedding.is(json::Kind::array) || embedding.is(json::Kind::string);
    if (answer.embeddings++ == 0 && is_vector) answer.value = embedding;
  }
  if (answer.embeddings > 1) answer.all = data;
}

std::uint64_t count_of(json::View usage, std::string_view name, std::string_view other_name, bool& known) {
  auto count = usage.find(name).as_int64();
  if (!count) count = usage.find(other_name).as_int64();
  known = known || count.has_value();
  return count && *count > 0 ? static_cast<std::uint64_t>(*count) : 0;
}

std::uint64_t detail_of(json::View usage, std::string_view block, std::string_view other_block, std::string_view name) {
  json::View details = usage.find(block);
  if (!details) details = usage.find(other_block);
  const auto count = details.find(name).as_int64();
  return count && *count > 0 ? static_cast<std::uint64_t>(*count) : 0;
}

}  // namespace

Shape shape_of(std::string_view endpoint) {
  if (endpoint.ends_with("/embeddings")) return Shape::embeddings;
  if (endpoint.ends_with("/responses")) return Shape::responses;
  const bool chats = endpoint.find("/chat/") != endpoint.npos;
  return endpoint.ends_with("/completions") && !chats ? Shape::completions : Shape::chat;
}

Answer answer_of(json::View body, Shape shape, model::Take take, std::string& scratch) {
  Answer answer;
  Joined joined(scratch);
  switch (shape) {
    case Shape::chat: {
      const json::View choice = first_choice(body);
      set_finish_reason(answer, choice.find("finish_reason").as_string());
      take_from_message(choice.find("message"), take, joined, answer);
      break;
    }
    case Shape::completions: {
      const json::View choice = first_choice(body);
      set_finish_reason(answer, choice.find("finish_reason").as_string());
      if (const auto text = choice.find("text"); text.is(json::Kind::string)) joined.add(text);
      break;
    }
    case Shape::responses:
      take_from_responses(body, take, joined, answer);
      break;
    case Shape::embeddings:
      take_embedding(body, answer);
      break;
  }
  switch (take) {
    case model::Take::content:
      answer.text = joined.text();
      answer.mended = joined.mended();
      break;
    case model::Take::tool_arguments:
      answer.aside = joined.text();
      break;
    case model::Take::embedding:
      answer.mended = answer.value.holds_mended();
      break;
    case model::Take::body:
      answer.value = body;
      answer.mended = body.holds_mended();
      break;
  }
  return answer;
}

model::Usage usage_of(json::View body) {
  model::Usage usage;
  const json::View told = body.find("usage");
  if (!told.is(json::Kind::object)) return usage;
  usage.input_tokens = count_of(told, "prompt_tokens", "input_tokens", usage.known);
  usage.output_tokens = count_of(told, "completion_tokens", "output_tokens", usage.known);
  usage.reasoning_tokens = detail_of(told, "completion_tokens_details", "output_tokens_details", "reasoning_tokens");
  usage.cached_tokens = detail_of(told, "prompt_tokens_details", "input_tokens_details", "cached_tokens");
  return usage;
}

}  // namespace batchd::collect
