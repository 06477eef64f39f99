#include "rules/job/check_request.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "ground/base/suggest.hpp"
#include "rules/job/names.hpp"
#include "rules/job/values.hpp"
#include "rules/template/template.hpp"

namespace batchd::job {
namespace {

using model::Profile;

bool is_row_value(json::View value) { return value.size() == 1 && value.find("$row"); }

// The compiler stops at the first fault: value by value every one of them is found. "": nothing is said yet.
// Its sentence may begin with a place within the value; that place is found on the way down.
bool complain_about_templates(Source& source, const std::string& pointer) {
  const json::View value = source.at(pointer);
  const auto compiled = tmpl::Template::compile(value);
  if (compiled.ok()) return false;
  bool said = false;
  std::size_t n = 0;
  for (const json::View element [[maybe_unused]] : value.elements())
    said |= complain_about_templates(source, fmt::format("{}/{}", pointer, n++));
  for (const auto [key, member] : value.members())
    said |= complain_about_templates(source, pointer_to(pointer, key));
  if (said) return true;
  std::string_view message = compiled.error().message;
  if (message.starts_with(": ")) message.remove_prefix(2);
  source.complain(pointer, message);
  return true;
}

// The words a person wrote, searched without regard to case. A $row within may hold anything, so it counts as found.
bool says_json(json::View value) {
  if (is_row_value(value)) return true;
  if (const auto text = value.as_string()) {
    static constexpr std::string_view word = "json";
    const auto is_same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    return std::search(text->begin(), text->end(), word.begin(), word.end(), is_same) != text->end();
  }
  for (const json::View element : value.elements())
    if (says_json(element)) return true;
  for (const auto [key, member] : value.members())
    if (says_json(member)) return true;
  return false;
}

bool prompt_says_json(json::View request) {
  for (const char* key : {"messages", "input", "instructions", "prompt"})
    if (says_json(request.find(key))) return true;
  return false;
}

// Elsewhere there is no response_format to ask with.
bool takes_response_format(const model::JobSpec& job) {
  return job.endpoint.ends_with("/chat/completions") && job.output.take == model::Take::content;
}

// How JSON is asked for in the end: a response_format wins, then output.structured; `auto` is json_object at DashScope,
// where not every model knows json_schema.
bool asks_for_json_object(json::View request, const model::JobSpec& job, Profile profile) {
  if (const json::View format = request.find("response_format"))
    return format.find("type").as_string() == "json_object";
  if (job.output.structured == model::Structured::json_object) return true;
  const bool is_automatic = job.output.structured == model::Structured::automatic && job.output.schema.has_value() &&
                            takes_response_format(job);
  return is_automatic && profile == Profile::dashscope;
}

void check_json_mode(Source& source, json::View request, const model::JobSpec& job, Profile profile) {
  if (profile == Profile::openai_compatible || !asks_for_json_object(request, job, profile)) return;
  if (!prompt_says_json(request))
    source.complain(
        source.at("/request/messages") ? "/request/messages" : "/request",
        "the provider answers as json_object only when the prompt holds the word JSON; say \"Answer in JSON\"");
  if (profile == Profile::dashscope && request.find("enable_thinking").as_bool().value_or(false))
    source.complain("/request/enable_thinking", "json_object and thinking exclude each other; set one of them off");
}

// These families think unless told otherwise, and thinking is paid as output.
void warn_of_thinking(Source& source, json::View request) {
  static constexpr std::array<std::string_view, 4> families = {"qwen3.5", "qwen3.6", "qwen3.7", "qwen3.8"};
  const auto model = request.find("model").as_string();
  if (!model || request.find("enable_thinking") || request.find("reasoning_effort")) return;
  if (std::any_of(families.begin(), families.end(),
                  [&](std::string_view family) { return model->starts_with(family); }))
    source.warn("/request/model", fmt::format("{} thinks unless told otherwise, and thinking is paid as output; "
                                              "set enable_thinking",
                                              *model));
}

bool uses_the_row(json::View value) {
  if (is_row_value(value)) return true;
  if (const auto text = value.as_string()) return text->find("{{") != std::string_view::npos;
  for (const json::View element : value.elements())
    if (uses_the_row(element)) return true;
  for (const auto [key, member] : value.members())
    if (uses_the_row(member)) return true;
  return false;
}

void warn_of_same_question(Source& source, json::View request) {
  if (source.has_errors() || uses_the_row(request)) return;  // what is broken may have named one
  for (const char* key : {"messages", "input", "prompt"})
    if (request.find(key))
      return source.warn(std::string("/request/") + key,
                         "it names no field of the row: every row asks the same; {{field}} puts one in");
}

// Only what is nearly a well-known key is doubted: providers have many of their own.
void warn_of_misspelt_keys(Source& source, json::View request) {
  static const std::vector<std::string> known = {"model",
                                                 "messages",
                                                 "temperature",
                                                 "top_p",
                                                 "top_k",
                                                 "max_tokens",
                                                 "max_output_tokens",
                                                 "max_completion_tokens",
                                                 "stop",
                                                 "seed",
                                                 "response_format",
                                                 "frequency_penalty",
                                                 "tools",
                                                 "tool_choice",
                                                 "presence_penalty",
                                                 "repetition_penalty",
                                                 "logprobs",
                                                 "top_logprobs",
                                                 "logit_bias",
                                                 "parallel_tool_calls",
                                                 "n",
                                                 "stream",
                                                 "stream_options",
                                                 "reasoning_effort",
                                                 "reasoning",
                                                 "enable_thinking",
                                                 "thinking_budget",
                                                 "enable_search",
                                                 "modalities",
                                                 "prompt",
                                                 "input",
                                                 "instructions",
                                                 "dimensions",
                                                 "encoding_format",
                                                 "service_tier",
                                                 "metadata",
                                                 "user",
                                                 "store",
                                                 "text",
                                                 "suffix",
                                                 "echo",
                                                 "best_of",
                                                 "truncation",
                                                 "include",
                                                 "verbosity",
                                                 "min_p",
                                                 "audio",
                                                 "prediction",
                                                 "safety_identifier",
                                                 "prompt_cache_key",
                                                 "functions",
                                                 "function_call",
                                                 "search_options",
                                                 "web_search_options",
                                                 "size",
                                                 "quality",
                                                 "style",
                                                 "image",
                                                 "mask",
                                                 "background"};
  for (const auto [key, value] : request.members()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    if (const auto meant = suggest(key, known))
      source.warn_at_key(pointer_to("/request", key),
                         fmt::format("request: \"{}\" is sent as it stands; did you mean \"{}\"?", key, *meant));
  }
}

void warn_of_stream(Source& source, json::View request) {
  if (request.find("stream").as_bool().value_or(false))
    source.warn("/request/stream", "a batch answers in one piece; remove it: some providers refuse such a line");
}

// Several texts (or several lists of tokens) would come back as several vectors.
void check_embedding_input(Source& source, json::View request, const model::JobSpec& job) {
  const json::View input = request.find("input");
  if (job.output.take != model::Take::embedding || !input.is(json::Kind::array) || input.size() < 2) return;
  const json::View first = input.at(0);
  if (first.is(json::Kind::string) || first.is(json::Kind::array))
    source.complain("/request/input",
                    fmt::format("an item has one embedding, and these are {} inputs; write one, or output.take: body",
                                input.size()));
}

}  // namespace

void check_request(Source& source, const model::JobSpec& job, const model::ProviderSpec* provider) {
  const json::View request = source.at("/request");
  if (!request.is(json::Kind::object)) return;
  complain_about_templates(source, "/request");
  if (is_row_value(request)) return;
  const json::View model = request.find("model");
  if (!model && job.endpoint != "/v1/moderations")
    source.complain_at_key("/request", "request: the key \"model\" is missing");
  if (model.as_string() == "" || (model && !model.is(json::Kind::string) && !is_row_value(model)))
    source.complain("/request/model", "a model is named by text");
  if (const json::View n = request.find("n"); n && n.as_int64() != 1)
    source.complain("/request/n", "must be 1: an item has one answer");
  check_embedding_input(source, request, job);
  const bool demands_json = job.output.structured == model::Structured::json_object ||
                            job.output.structured == model::Structured::json_schema;
  if (demands_json && !takes_response_format(job))
    source.complain("/output/structured",
                    fmt::format("{} cannot be asked of {}; write auto or off", source.shown("/output/structured"),
                                job.output.take == model::Take::content
                                    ? job.endpoint
                                    : fmt::format("output.take: {}", name_of(job.output.take))));
  warn_of_stream(source, request);
  warn_of_same_question(source, request);
  warn_of_misspelt_keys(source, request);
  if (provider == nullptr) return;
  check_json_mode(source, request, job, provider->profile);
  if (provider->profile == Profile::dashscope) warn_of_thinking(source, request);
}

}  // namespace batchd::job
