#pragma once
// A schema of several files as one text, for those who read no files: a provider, the rehearsal's world, a reader of
// the results.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/file_text.hpp"

namespace batchd::schema {

// `text`, JSON read from `path` (absolute), with each of the documents below $defs and every $ref to one of them (and
// between them) turned into a reference within the text. Nothing when that may change the meaning: one of them is no
// object, names another draft, or uses $id, $anchor, $dynamicRef and the like, which say of themselves where they are.
std::optional<std::string> bundled(std::string_view text, const std::filesystem::path& path,
                                   const std::vector<FileText>& documents);

}  // namespace batchd::schema
