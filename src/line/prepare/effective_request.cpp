// How the output schema is asked for: `output.structured` becomes a response_format, unless the request has one.

#include <fmt/format.h>

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "line/prepare/prepare.hpp"

namespace batchd::prepare {
namespace {

constexpr std::string_view chat_completions = "/chat/completions";
constexpr std::size_t schema_name_characters_max = 64;  // OpenAI: a-z, A-Z, 0-9, _ and -

std::string schema_name(std::string_view job) {
  std::string name;
  for (const char c : job.substr(0, schema_name_characters_max)) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    name += allowed ? c : '_';
  }
  return name;
}

Result<std::string> response_format(const model::JobSpec& job) {
  std::string format;
  json::Writer writer(format);
  if (job.output.structured != model::Structured::json_schema) {
    writer.begin_object().key("type").string("json_object").end_object();
    return format;
  }
  const auto& schema = *job.output.schema;
  if (schema.text.find("{{") != std::string::npos) {
    return Error(ErrorKind::invalid,
                 fmt::format("{}: the schema holds \"{{{{\", which would be read as a template when it is sent",
                             schema.path.string()),
                 "use output.structured: json_object for this job");
  }
  json::Document document;
  const auto parsed = document.parse(schema.text);
  if (!parsed) return parsed.error().within(schema.path.string());
  std::string compact;
  json::append_compact(compact, *parsed);
  writer.begin_object().key("type").string("json_schema").key("json_schema").begin_object();
  writer.key("name").string(schema_name(job.name)).key("strict").boolean(true).key("schema").raw(compact);
  writer.end_object().end_object();
  return format;
}

}  // namespace

Result<std::string> effective_request(const model::JobSpec& job, const model::ProviderSpec&) {
  const bool asks_for_json = job.output.schema && job.output.structured != model::Structured::off &&
                             job.output.take == model::Take::content && job.endpoint.ends_with(chat_completions);
  if (!asks_for_json) return job.request;
  json::Document document;
  const auto request = document.parse(job.request);
  if (!request) return request.error().within("request");
  if (request->find("response_format") || !request->is(json::Kind::object) || request->find("$row")) return job.request;
  auto format = response_format(job);
  if (!format) return format.error();
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  for (const auto& [key, value] : request->members())
    writer.key(key).value(value);
  writer.key("response_format").raw(*format);
  writer.end_object();
  return text;
}

}  // namespace batchd::prepare
