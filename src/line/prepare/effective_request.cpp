// How the output schema is asked for: `output.structured` becomes a response_format, unless the request has one.

#include <fmt/format.h>

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "line/prepare/prepare.hpp"
#include "line/prepare/strict_mode.hpp"

namespace batchd::prepare {
namespace {

using model::Structured;

constexpr std::string_view chat_completions = "/chat/completions";
constexpr std::string_view key = "response_format";
constexpr std::size_t schema_name_characters_max = 64;  // OpenAI: a-z, A-Z, 0-9, _ and -

std::string schema_name(std::string_view job) {
  std::string name;
  for (const char c : job.substr(0, schema_name_characters_max)) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    name += allowed ? c : '_';
  }
  return name.empty() ? "answer" : name;
}

Result<std::string> schema_format(const model::JobSpec& job) {
  if (!job.output.schema)
    return Error(ErrorKind::invalid, "output.structured: json_schema needs an output.schema to ask for");
  const auto& source = *job.output.schema;
  json::Document document;
  const auto schema = document.parse(source.text);
  if (!schema) return schema.error().within(source.path.string());
  // In the canonical form no escape hides a brace.
  if (json::canonical(*schema).find("{{") != std::string::npos) {
    return Error(ErrorKind::invalid,
                 fmt::format("{}: the schema holds \"{{{{\", which would be read as a template when it is sent",
                             source.path.string()),
                 "use output.structured: json_object for this job");
  }
  const auto strict = strict_schema(*schema);
  std::string compact;
  if (strict) {
    json::Document rewritten;
    json::append_compact(compact, rewritten.parse(strict->text).value());
  } else {
    json::append_compact(compact, *schema);
  }
  std::string format;
  json::Writer writer(format);
  writer.begin_object().key("type").string("json_schema").key("json_schema").begin_object();
  writer.key("name").string(schema_name(job.name)).key("strict").boolean(strict.ok());
  writer.key("schema").raw(compact);
  writer.end_object().end_object();
  return format;
}

std::string with_member(json::View object, std::string_view name, std::string_view value) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  for (const auto& [known, member] : object.members())
    writer.key(known).value(member);
  writer.key(name).raw(value);
  writer.end_object();
  return text;
}

// Elsewhere JSON is asked for in other ways, or not at all.
bool takes_response_format(const model::JobSpec& job) {
  return job.endpoint.ends_with(chat_completions) && job.output.take == model::Take::content;
}

}  // namespace

Structured structured_in_force(const model::JobSpec& job, const model::ProviderSpec& provider) {
  if (job.output.structured != Structured::automatic) return job.output.structured;
  if (!job.output.schema || !takes_response_format(job)) return Structured::off;
  return provider.profile == model::Profile::openai ? Structured::json_schema : Structured::json_object;
}

HowAsked how_asked(const model::JobSpec& job, const model::ProviderSpec& provider) {
  HowAsked asking;
  asking.structured = structured_in_force(job, provider);
  if (asking.structured != Structured::json_schema || !job.output.schema) return asking;
  json::Document document;
  const auto schema = document.parse(job.output.schema->text);
  if (!schema) return asking;  // effective_request() says so
  auto strict = strict_schema(*schema);
  asking.is_strict = strict.ok();
  if (strict) {
    asking.left_out = std::move(strict->left_out);
    asking.made_required = std::move(strict->made_required);
  } else {
    asking.not_strict_because = strict.error().message;
  }
  return asking;
}

Result<std::string> effective_request(const model::JobSpec& job, const model::ProviderSpec& provider) {
  const auto structured = structured_in_force(job, provider);
  if (structured == Structured::off) return job.request;
  json::Document document;
  const auto request = document.parse(job.request);
  if (!request) return request.error().within("request");
  // A body that comes from the row as a whole (`$row`) says itself what it wants.
  if (!request->is(json::Kind::object) || request->find("$row") || request->find(key)) return job.request;
  if (!takes_response_format(job)) {
    return Error(ErrorKind::invalid,
                 fmt::format("output.structured: {} cannot be asked of {} with output.take as it is",
                             structured == Structured::json_schema ? "json_schema" : "json_object", job.endpoint),
                 "only chat completions with take: content know it; set output.structured: auto or off");
  }
  if (structured == Structured::json_object) return with_member(*request, key, R"({"type":"json_object"})");
  const auto format = schema_format(job);
  if (!format) return format.error();
  return with_member(*request, key, *format);
}

}  // namespace batchd::prepare
