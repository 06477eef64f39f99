#include "rules/job/schema_files.hpp"

#include <fmt/format.h>

#include "rules/job/values.hpp"
#include "rules/schema/schema.hpp"

namespace batchd::job {
namespace {

constexpr std::uint64_t schema_bytes_max = 16'000'000;
constexpr std::string_view file_scheme = "file://";

bool stands_for_itself(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("/-._~").find(c) != std::string_view::npos;
}

std::string uri_of(const Path& path) {
  std::string uri(file_scheme);
  for (const char c : path.native())
    uri += stands_for_itself(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return uri;
}

int hexadecimal(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

Path path_of(std::string_view uri) {
  std::string path;
  for (std::string_view rest = uri.substr(file_scheme.size()); !rest.empty(); rest.remove_prefix(1)) {
    const bool is_escape = rest[0] == '%' && rest.size() > 2 && hexadecimal(rest[1]) >= 0 && hexadecimal(rest[2]) >= 0;
    path += is_escape ? static_cast<char>(hexadecimal(rest[1]) * 16 + hexadecimal(rest[2])) : rest[0];
    if (is_escape) rest.remove_prefix(2);
  }
  return path;
}

Result<std::string> load(std::string_view uri) {
  if (!uri.starts_with("file:///"))
    return Error(ErrorKind::not_found, fmt::format("{} is not a file; schemas are never fetched", uri));
  return read_file(path_of(uri), schema_bytes_max);
}

}  // namespace

std::optional<model::SchemaText> read_schema_file(Source& source, std::string_view pointer, const Path& folder,
                                                  bool assert_formats) {
  const auto written = text_at(source, pointer);
  if (!written || written->empty()) return std::nullopt;
  model::SchemaText schema{resolved(folder, *written), {}};
  auto text = read_file(schema.path, schema_bytes_max);
  if (!text.ok()) {
    source.complain(pointer, text.error().message);
    return std::nullopt;
  }
  schema.text = std::move(text).value();
  schema::CompileOptions options;
  options.formats = assert_formats ? schema::Formats::assert_them : schema::Formats::annotate;
  options.load = load;
  options.base_uri = uri_of(schema.path);
  const auto compiled = schema::Schema::compile(schema.text, options);
  if (compiled.ok()) return schema;
  source.complain(pointer, fmt::format("{}: {}", *written, compiled.error().message));
  return std::nullopt;
}

}  // namespace batchd::job
