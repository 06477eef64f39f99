// What makes two commands the same run: what is asked of whom, over which rows.

#include <fmt/format.h>

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "line/prepare/prepare.hpp"

namespace batchd::prepare {
namespace {

std::string_view name_of(model::Take take) {
  switch (take) {
    case model::Take::content:
      return "content";
    case model::Take::tool_arguments:
      return "tool_arguments";
    case model::Take::embedding:
      return "embedding";
    case model::Take::body:
      return "body";
  }
  return "";
}

std::string_view name_of(model::Structured structured) {
  switch (structured) {
    case model::Structured::automatic:
      return "auto";
    case model::Structured::json_schema:
      return "json_schema";
    case model::Structured::json_object:
      return "json_object";
    case model::Structured::off:
      return "off";
  }
  return "";
}

std::string_view name_of(model::FormatCheck formats) {
  return formats == model::FormatCheck::assert_them ? "assert" : "annotate";
}

// Spelling, order of keys and white space do not change what is asked.
std::string canonical_text(std::string_view text) {
  json::Document document;
  const auto value = document.parse(text);
  check(value.ok(), "a JobSpec holds JSON");
  return json::canonical(*value);
}

void write_schema(json::Writer& writer, const std::optional<model::SchemaText>& schema) {
  writer.key("output_schema");
  if (schema) {
    writer.raw(canonical_text(schema->text));
  } else {
    writer.null();
  }
  if (schema && !schema->documents.empty()) {
    writer.key("output_schema_documents").begin_array();
    for (const auto& document : schema->documents)
      writer.raw(canonical_text(document.text));
    writer.end_array();
  }
}

}  // namespace

std::string ask_hash(const model::JobSpec& job) {
  std::string ask;
  json::Writer writer(ask);
  writer.begin_object();
  writer.key("provider").string(job.provider);
  writer.key("endpoint").string(job.endpoint);
  writer.key("request").raw(canonical_text(job.request));
  write_schema(writer, job.output.schema);
  writer.key("take").string(name_of(job.output.take));
  writer.key("structured").string(name_of(job.output.structured));  // it becomes part of the body
  writer.end_object();
  return to_hex(xxh3_128(ask));
}

// Not in it: what stands in the body anyway (the model, response_format), and what only says which rows are read or
// where the results go.
std::string answer_rule(const model::JobSpec& job) {
  std::string rule;
  json::Writer writer(rule);
  writer.begin_object();
  writer.key("provider").string(job.provider);
  writer.key("endpoint").string(job.endpoint);
  write_schema(writer, job.output.schema);
  writer.key("take").string(name_of(job.output.take));
  writer.key("formats").string(name_of(job.output.formats));
  writer.end_object();
  return to_hex(xxh3_128(rule));
}

std::string default_key(const model::JobSpec& job, const std::vector<model::InputFile>& inputs) {
  std::string text = ask_hash(job);
  for (const auto& file : inputs)
    text += " " + to_hex(file.hash);
  // Read otherwise, the same bytes are other rows.
  if (job.input.format == model::InputFormat::csv) text += " csv";
  if (job.input.format == model::InputFormat::requests) text += " requests";
  if (!job.input.row_pointer.empty()) text += fmt::format(" row {}", job.input.row_pointer);
  if (job.input.limit) text += fmt::format(" limit {}", *job.input.limit);
  if (const auto& sample = job.input.sample) text += fmt::format(" sample {} seed {}", sample->rows, sample->seed);
  return to_hex(xxh3_128(text));
}

std::string prompt_sha(const model::JobSpec& job) { return sha256_hex(canonical_text(job.request)); }

}  // namespace batchd::prepare
