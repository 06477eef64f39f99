#include "rules/schema/file_documents.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "rules/schema/uri.hpp"

namespace batchd::schema {
namespace {

constexpr std::string_view file_scheme = "file://";

bool stands_for_itself(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("/-._~").find(c) != std::string_view::npos;
}

}  // namespace

std::string file_uri(const std::filesystem::path& path) {
  std::string uri(file_scheme);
  for (const char c : path.native())
    uri += stands_for_itself(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return uri;
}

std::optional<std::filesystem::path> path_of_file_uri(std::string_view uri) {
  if (!uri.starts_with("file:///")) return std::nullopt;
  return std::filesystem::path(percent_decoded(uri.substr(file_scheme.size())));
}

std::function<Result<std::string>(std::string_view)> load_from(std::vector<FileText> documents) {
  return [documents = std::move(documents)](std::string_view uri) -> Result<std::string> {
    const auto path = path_of_file_uri(uri);
    const auto found = std::find_if(documents.begin(), documents.end(), [&](const FileText& document) {
      if (!document.uri.empty() || !path) return document.uri == uri;
      return document.path.lexically_normal() == path->lexically_normal();
    });
    if (found != documents.end()) return found->text;
    return Error(ErrorKind::not_found, fmt::format("{} is none of the files that were read with the schema",
                                                   path ? path->string() : std::string(uri)));
  };
}

CompileOptions options_for_file(const std::filesystem::path& path, std::vector<FileText> documents) {
  CompileOptions options;
  options.base_uri = file_uri(path);
  options.load = load_from(std::move(documents));
  return options;
}

}  // namespace batchd::schema
