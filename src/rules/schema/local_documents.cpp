#include "rules/schema/local_documents.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "ground/base/files.hpp"
#include "ground/base/units.hpp"
#include "rules/schema/file_documents.hpp"
#include "rules/schema/uri.hpp"

namespace batchd::schema {
namespace {

Error invalid(std::string message) { return {ErrorKind::invalid, std::move(message)}; }

bool has_scheme(std::string_view uri) {
  const std::size_t colon = uri.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto is_of_scheme = [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.'; };
  return std::isalpha(static_cast<unsigned char>(uri.front())) != 0 &&
         std::all_of(uri.begin(), uri.begin() + static_cast<std::ptrdiff_t>(colon), is_of_scheme);
}

// "https://example.com/a" stands for "https://example.com/a/b", not for "https://example.com/ab".
bool stands_for(std::string_view prefix, std::string_view uri) {
  if (!uri.starts_with(prefix)) return false;
  const std::string_view rest = uri.substr(prefix.size());
  return rest.empty() || rest.front() == '/' || prefix.ends_with('/') || prefix.ends_with(':');
}

bool is_file(const std::filesystem::path& path) {
  std::error_code problem;
  return std::filesystem::is_regular_file(path, problem);
}

}  // namespace

std::string fault_of(const UriFolder& folder) {
  if (!has_scheme(folder.prefix) || folder.prefix.find('#') != std::string::npos)
    return fmt::format("\"{}\" is not how a URI begins; write it as https://example.com/schemas/", folder.prefix);
  if (!path_exists(folder.folder)) return fmt::format("there is no {}", folder.folder.string());
  return "";
}

Result<std::filesystem::path> LocalDocuments::path_of(std::string_view uri) const {
  const UriFolder* best = nullptr;
  for (const UriFolder& folder : folders_)
    if (stands_for(folder.prefix, uri) && (best == nullptr || folder.prefix.size() > best->prefix.size()))
      best = &folder;
  if (best == nullptr) {
    if (auto path = path_of_file_uri(uri)) return path->lexically_normal();
    // Not `not_found`: of that the compiler would only say that there is none.
    return invalid(
        fmt::format("{} is not a file, and schemas are never fetched{}{}", uri, advice_.empty() ? "" : "; ", advice_));
  }
  std::string rest = percent_decoded(uri.substr(best->prefix.size()));
  rest.erase(0, rest.find_first_not_of('/'));
  if (rest.empty()) return best->folder;
  const auto below = std::filesystem::path(rest).lexically_normal();
  if (*below.begin() == "..") return invalid(fmt::format("{} leads out of {}", uri, best->folder.string()));
  auto path = best->folder / below;
  if (is_file(path)) return path;
  auto with_ending = path;
  with_ending += ".json";
  return is_file(with_ending) ? with_ending : path;
}

Result<std::string> LocalDocuments::load(std::string_view uri) {
  const auto path = path_of(uri);
  if (!path) return path.error();
  auto text = read_file(*path, document_bytes_max);
  if (!text) return invalid(text.error().message);
  const std::string known_as = path_of_file_uri(uri) ? "" : std::string(uri);
  const auto is_this = [&](const FileText& document) { return document.path == *path && document.uri == known_as; };
  if (std::any_of(documents_.begin(), documents_.end(), is_this)) return text;
  std::uint64_t bytes = text->size();
  for (const FileText& document : documents_)
    bytes += document.text.size();
  if (bytes > all_bytes_max)
    return invalid(fmt::format("the files it refers to have more than {} together", format_bytes(all_bytes_max)));
  documents_.push_back({*path, *text, known_as});
  return text;
}

}  // namespace batchd::schema
