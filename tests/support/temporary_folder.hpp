#pragma once
// A folder that lives as long as its test. For tests only: what goes wrong here crashes.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <stdlib.h>

#include "ground/base/check.hpp"

namespace batchd::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "batchd-test-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr, "a temporary folder can be made");
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;  // a test may have taken the folder's permissions away; what stays, stays in /tmp
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  // The path of something in it; nothing is made.
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  // Writes a file, its folders too, and gives back its path.
  std::filesystem::path write(std::string_view name, std::string_view text) const {
    const std::filesystem::path path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    check(file.good(), "a test's file can be written");
    return path;
  }

  std::string read(std::string_view name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    check(file.is_open(), "a test's file can be read");
    return std::string{std::istreambuf_iterator<char>(file), {}};
  }

  bool holds(std::string_view name) const { return std::filesystem::exists(path_ / name); }

  // How many entries a folder in it has ("" for itself), hidden ones included.
  std::size_t count(std::string_view folder = "") const {
    std::size_t found = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_ / folder))
      ++found;
    return found;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace batchd::test
