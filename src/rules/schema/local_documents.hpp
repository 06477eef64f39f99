#pragma once
// What a schema refers to, read from this machine: files by their paths, other URIs from folders that stand for them.
// Never the network.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/file_text.hpp"
#include "ground/base/result.hpp"

namespace batchd::schema {

// PREFIX=DIR: the documents whose URIs begin so lie below this folder. (A prefix may be one document's whole URI, the
// folder then is its file.)
struct UriFolder {
  std::string prefix;            // "https://example.com/schemas/"
  std::filesystem::path folder;  // absolute
};
// "": it can be used. Else what is wrong with it.
std::string fault_of(const UriFolder& folder);

class LocalDocuments {
 public:
  static constexpr std::uint64_t document_bytes_max = 16'000'000;
  static constexpr std::uint64_t all_bytes_max = 64'000'000;  // a run keeps them

  // `advice`: how a folder is named for a URI, for the message about one that has none.
  LocalDocuments(std::vector<UriFolder> folders, std::string advice)
      : folders_(std::move(folders)), advice_(std::move(advice)) {}

  // For CompileOptions::load. Of several prefixes that fit the longest counts; what follows it is a path below the
  // folder, as it stands or with ".json" behind it. invalid: no file and no folder for it, a way out of its folder, a
  // file that cannot be read or is too large.
  Result<std::string> load(std::string_view uri);
  // All that were asked for, each once.
  const std::vector<FileText>& documents() const { return documents_; }

 private:
  Result<std::filesystem::path> path_of(std::string_view uri) const;

  std::vector<UriFolder> folders_;
  std::string advice_;
  std::vector<FileText> documents_;
};

}  // namespace batchd::schema
