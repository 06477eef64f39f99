#include "rules/job/check_request.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "rules/job/values.hpp"
#include "rules/template/template.hpp"

namespace batchd::job {
namespace {

using model::Profile;

bool is_row_value(json::View value) { return value.size() == 1 && value.find("$row"); }

// "/messages/1/content: an open section" -> the place in `request`, and the sentence.
void complain_about_template(Source& source, std::string_view message) {
  for (std::size_t colon = message.find(": "); colon != std::string_view::npos; colon = message.find(": ", colon + 1)) {
    const std::string pointer = std::string("/request").append(message.substr(0, colon));
    if (source.at(pointer)) return source.complain(pointer, message.substr(colon + 2));
  }
  source.complain("/request", message);
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
bool takes_response_format(const model::JobSpec& job) { return job.endpoint.ends_with("/chat/completions"); }

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

}  // namespace

void check_request(Source& source, const model::JobSpec& job, const model::ProviderSpec* provider) {
  const json::View request = source.at("/request");
  if (!request.is(json::Kind::object)) return;
  if (const auto compiled = tmpl::Template::compile(request); !compiled.ok())
    complain_about_template(source, compiled.error().message);
  if (is_row_value(request)) return;
  const json::View model = request.find("model");
  if (!model && job.endpoint != "/v1/moderations")
    source.complain_at_key("/request", "request: the key \"model\" is missing");
  if (model.as_string() == "" || (model && !model.is(json::Kind::string) && !is_row_value(model)))
    source.complain("/request/model", "a model is named by text");
  if (const json::View n = request.find("n"); n && n.as_int64() != 1)
    source.complain("/request/n", "must be 1: an item has one answer");
  const bool demands_json = job.output.structured == model::Structured::json_object ||
                            job.output.structured == model::Structured::json_schema;
  if (demands_json && !takes_response_format(job))
    source.complain("/output/structured", fmt::format("{} cannot be asked of {}; write auto or off",
                                                      source.shown("/output/structured"), job.endpoint));
  if (provider == nullptr) return;
  check_json_mode(source, request, job, provider->profile);
  if (provider->profile == Profile::dashscope) warn_of_thinking(source, request);
}

}  // namespace batchd::job
