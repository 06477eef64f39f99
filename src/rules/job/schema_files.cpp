#include "rules/job/schema_files.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ground/base/units.hpp"
#include "rules/job/values.hpp"
#include "rules/schema/bundle.hpp"
#include "rules/schema/file_documents.hpp"
#include "rules/schema/schema.hpp"

namespace batchd::job {
namespace {

constexpr std::uint64_t schema_bytes_max = 16'000'000;     // one file
constexpr std::uint64_t documents_bytes_max = 64'000'000;  // all that one refers to; a run keeps them

// Reads what a schema refers to and keeps it beside the schema.
Result<std::string> load(std::string_view uri, model::SchemaText& schema) {
  const auto named = schema::path_of_file_uri(uri);
  // Not `not_found`: of that the compiler would only say that there is none.
  if (!named) return Error(ErrorKind::invalid, fmt::format("{} is not a file, and schemas are never fetched", uri));
  const Path path = named->lexically_normal();
  auto text = read_file(path, schema_bytes_max);
  if (!text.ok()) return Error(ErrorKind::invalid, text.error().message);
  std::uint64_t bytes = text->size();
  for (const auto& document : schema.documents)
    bytes += document.text.size();
  if (bytes > documents_bytes_max)
    return Error(ErrorKind::invalid,
                 fmt::format("the files it refers to have more than {} together", format_bytes(documents_bytes_max)));
  const auto is_this = [&](const auto& document) { return document.path == path; };
  if (std::none_of(schema.documents.begin(), schema.documents.end(), is_this))
    schema.documents.push_back({path, *text});
  return text;
}

// Providers and the rehearsal's world read no files: what can stand in one text does.
model::SchemaText in_one_text(model::SchemaText schema, schema::Formats formats) {
  if (schema.documents.empty()) return schema;
  schema::CompileOptions alone;
  alone.formats = formats;
  auto text = schema::bundled(schema.text, schema.path, schema.documents);
  if (!text || !schema::Schema::compile(*text, alone).ok()) return schema;
  return {std::move(schema.path), std::move(*text), {}};
}

}  // namespace

std::optional<model::SchemaText> read_schema_file(Source& source, std::string_view pointer, const Path& folder,
                                                  bool assert_formats) {
  const auto written = text_at(source, pointer);
  if (!written || written->empty()) return std::nullopt;
  model::SchemaText schema;
  schema.path = resolved(folder, *written);
  auto text = read_file(schema.path, schema_bytes_max);
  if (!text.ok()) {
    source.complain(pointer, text.error().message);
    return std::nullopt;
  }
  schema.text = std::move(text).value();
  schema::CompileOptions options;
  options.formats = assert_formats ? schema::Formats::assert_them : schema::Formats::annotate;
  options.load = [&schema](std::string_view uri) { return load(uri, schema); };
  options.base_uri = schema::file_uri(schema.path);
  const auto compiled = schema::Schema::compile(schema.text, options);
  if (compiled.ok()) return in_one_text(std::move(schema), options.formats);
  source.complain(pointer, fmt::format("{}: {}", *written, compiled.error().message));
  return std::nullopt;
}

}  // namespace batchd::job
