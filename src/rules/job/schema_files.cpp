#include "rules/job/schema_files.hpp"

#include <fmt/format.h>

#include "rules/job/values.hpp"
#include "rules/schema/bundle.hpp"
#include "rules/schema/file_documents.hpp"
#include "rules/schema/keyword_doubts.hpp"
#include "rules/schema/schema.hpp"

namespace batchd::job {
namespace {

// Providers and the rehearsal's world read no files: what can stand in one text does.
model::SchemaText in_one_text(model::SchemaText schema, schema::Formats formats) {
  if (schema.documents.empty()) return schema;
  schema::CompileOptions alone;
  alone.formats = formats;
  auto text = schema::bundled(schema.text, schema.path, schema.documents);
  if (!text || !schema::Schema::compile(*text, alone).ok()) return schema;
  return {std::move(schema.path), std::move(*text), {}};
}

void warn_of_keywords(Source& source, std::string_view pointer, std::string_view written,
                      const model::SchemaText& schema) {
  const auto warn = [&](std::string_view file, std::string_view text) {
    for (const auto& doubt : schema::doubtful_keywords(text))
      source.warn(pointer, fmt::format("{}: {}", file, doubt.sentence()));
  };
  warn(written, schema.text);
  for (const auto& document : schema.documents)
    warn(document.uri.empty() ? document.path.string() : document.uri, document.text);
}

}  // namespace

std::vector<schema::UriFolder> read_map_uri(Source& source, const Path& folder) {
  std::vector<schema::UriFolder> folders;
  for (const auto [prefix, value] : source.at("/map_uri").members()) {
    const auto written = value.as_string();
    if (!written || written->empty()) continue;  // the job's schema has complained
    schema::UriFolder mapped{std::string(prefix), resolved(folder, *written)};
    if (const std::string fault = schema::fault_of(mapped); !fault.empty())
      source.complain(pointer_to("/map_uri", prefix), fault);
    else
      folders.push_back(std::move(mapped));
  }
  return folders;
}

std::optional<model::SchemaText> read_schema_file(Source& source, std::string_view pointer, const Path& folder,
                                                  const std::vector<schema::UriFolder>& map_uri, bool assert_formats) {
  const auto written = text_at(source, pointer);
  if (!written || written->empty()) return std::nullopt;
  model::SchemaText schema;
  schema.path = resolved(folder, *written);
  auto text = read_file(schema.path, schema::LocalDocuments::document_bytes_max);
  if (!text.ok()) {
    source.complain(pointer, text.error().message);
    return std::nullopt;
  }
  schema.text = std::move(text).value();
  schema::LocalDocuments documents(map_uri, "map_uri of the job names the folder of its copy");
  schema::CompileOptions options;
  options.formats = assert_formats ? schema::Formats::assert_them : schema::Formats::annotate;
  options.load = [&documents](std::string_view uri) { return documents.load(uri); };
  options.base_uri = schema::file_uri(schema.path);
  const auto compiled = schema::Schema::compile(schema.text, options);
  if (!compiled.ok()) {
    source.complain(pointer, fmt::format("{}: {}", *written, compiled.error().message));
    return std::nullopt;
  }
  schema.documents = documents.documents();
  if (schema.text.find_first_not_of(" \t\r\n") == schema.text.find("false"))
    source.warn(pointer, fmt::format("{}: the schema `false` accepts nothing", *written));
  warn_of_keywords(source, pointer, *written, schema);
  return in_one_text(std::move(schema), options.formats);
}

}  // namespace batchd::job
