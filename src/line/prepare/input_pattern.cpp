#include "line/prepare/input_pattern.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fnmatch.h>

#include "ground/base/units.hpp"

namespace batchd::prepare {
namespace {

constexpr std::size_t names_shown_max = 8;
constexpr std::size_t folder_entries_max = 1'000'000;

bool has_pattern(const std::string& part) { return part.find_first_of("*?[") != std::string::npos; }

bool is_there(const Path& path) {
  std::error_code fault;
  return std::filesystem::symlink_status(path, fault).type() != std::filesystem::file_type::not_found && !fault;
}

bool is_folder(const Path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

Result<std::vector<std::string>> names_in(const Path& folder) {
  std::vector<std::string> names;
  std::error_code fault;
  for (std::filesystem::directory_iterator entry(folder, fault), end; !fault && entry != end; entry.increment(fault)) {
    if (names.size() == folder_entries_max)
      return Error(ErrorKind::invalid, fmt::format("the folder {} has more than {} entries", folder.string(),
                                                   format_count(folder_entries_max)));
    names.push_back(entry->path().filename().native());
  }
  if (fault)
    return Error(ErrorKind::invalid, fmt::format("cannot read the folder {}: {}", folder.string(), fault.message()));
  return names;
}

// One part of the pattern further: of each folder what is in it by this name.
Result<std::vector<Path>> step(const std::vector<Path>& folders, const std::string& part) {
  std::vector<Path> found;
  for (const auto& folder : folders) {
    const Path as_it_is = folder / part;
    if (!has_pattern(part) || is_there(as_it_is)) {
      if (is_there(as_it_is)) found.push_back(as_it_is);
      continue;
    }
    if (!is_folder(folder)) continue;
    auto names = names_in(folder);
    if (!names) return names.error();
    for (const auto& name : *names)
      if (::fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0) found.push_back(folder / name);
  }
  return found;
}

}  // namespace

std::size_t parts_of_pattern(const Path& path) {
  Path so_far;
  std::size_t parts = 0;
  for (const auto& part : path) {
    so_far /= part;
    if (parts > 0 || (has_pattern(part.native()) && !is_there(so_far))) ++parts;
  }
  return parts;
}

Result<std::vector<Path>> matches_of(const Path& pattern, const std::string& as_written) {
  std::vector<Path> found = {pattern.root_path()};
  for (const auto& part : pattern.relative_path()) {
    auto next = step(found, part.native());
    if (!next) return next.error();
    found = std::move(*next);
    if (found.size() > input_files_max) {
      return Error(ErrorKind::invalid,
                   fmt::format("the input {} matches more than {} files", as_written, format_count(input_files_max)),
                   "narrow the pattern, or join the files into fewer");
    }
  }
  std::sort(found.begin(), found.end(), [](const Path& a, const Path& b) { return a.native() < b.native(); });
  return found;
}

std::string what_is_there(const Path& pattern) {
  const auto parts = parts_of_pattern(pattern);
  Path folder;
  auto left = static_cast<std::size_t>(std::distance(pattern.begin(), pattern.end())) - parts;
  for (auto part = pattern.begin(); left > 0; ++part, --left)
    folder /= *part;
  if (!is_folder(folder)) return fmt::format("there is no folder {}", folder.string());
  auto names = names_in(folder);
  if (!names) return names.error().message;
  if (names->empty()) return fmt::format("the folder {} is empty", folder.string());
  if (names->size() > names_shown_max)
    return fmt::format("looked in {}, which has {} entries", folder.string(), format_count(names->size()));
  std::sort(names->begin(), names->end());
  std::string listed;
  for (const auto& name : *names)
    listed += (listed.empty() ? "" : ", ") + name;
  return fmt::format("looked in {}, where there is: {}", folder.string(), listed);
}

}  // namespace batchd::prepare
