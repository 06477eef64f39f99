#pragma once

#include <filesystem>
#include <string>

namespace batchd {

// A file as it was read: what it says does not change with the file.
struct FileText {
  std::filesystem::path path;  // absolute
  std::string text;
  std::string uri = {};  // by which it is known, where that is not its path
};

}  // namespace batchd
