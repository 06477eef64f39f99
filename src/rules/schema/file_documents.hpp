#pragma once
// Schemas that name other files: paths as URIs, and a loader that answers from texts already read.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/file_text.hpp"
#include "ground/base/result.hpp"
#include "rules/schema/schema.hpp"

namespace batchd::schema {

// "/a b/x.json" -> "file:///a%20b/x.json": what CompileOptions::base_uri wants of an absolute path.
std::string file_uri(const std::filesystem::path& path);
// And back; nothing of any other URI than "file:///…".
std::optional<std::filesystem::path> path_of_file_uri(std::string_view uri);

// For CompileOptions::load: the document of that URI, or whose path it names (dot segments do not matter). not_found:
// any other; no file is ever opened, so that a frozen job means the same on every day and machine.
std::function<Result<std::string>(std::string_view uri)> load_from(std::vector<FileText> documents);
// How a schema that was read from `path` (absolute) is compiled with what it refers to.
CompileOptions options_for_file(const std::filesystem::path& path, std::vector<FileText> documents);

}  // namespace batchd::schema
