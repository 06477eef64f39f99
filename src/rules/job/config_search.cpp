#include "rules/job/config_search.hpp"

#include "rules/job/values.hpp"

namespace batchd::job {
namespace {

bool is_file(const Path& path) {
  std::error_code problem;
  return std::filesystem::is_regular_file(path, problem);
}

// A variable that holds an absolute path; the XDG specification has others ignored.
std::optional<Path> folder_from(const Environment& environment, std::string_view name) {
  const auto value = environment ? environment(name) : std::nullopt;
  if (!value || !Path(*value).is_absolute()) return std::nullopt;
  return Path(*value);
}

std::optional<Path> xdg_folder(const Environment& environment, std::string_view name, const Path& below_home) {
  if (auto folder = folder_from(environment, name)) return folder;
  const auto home = folder_from(environment, "HOME");
  return home ? std::optional<Path>(*home / below_home) : std::nullopt;
}

// A job may itself be called batchd.yaml: it is no config.
std::optional<Path> nearest_config(Path folder, const std::optional<Path>& job_file) {
  for (;;) {
    for (const char* name : {"batchd.yaml", "config/batchd.yaml"})
      if (Path candidate = folder / name; is_file(candidate) && candidate != job_file) return candidate;
    if (!folder.has_relative_path()) return std::nullopt;
    folder = folder.parent_path();
  }
}

}  // namespace

Path find_config(const ConfigOptions& options) {
  const Path here = options.current_folder.lexically_normal();
  if (options.file) return resolved(here, options.file->native());
  if (const auto named = options.environment ? options.environment("BATCHD_CONFIG") : std::nullopt;
      named && !named->empty())
    return resolved(here, *named);
  std::optional<Path> job_file;
  if (options.job_file) job_file = resolved(here, options.job_file->native());
  if (const auto nearest = nearest_config(job_file ? job_file->parent_path() : here, job_file)) return *nearest;
  if (const auto folder = xdg_folder(options.environment, "XDG_CONFIG_HOME", ".config"))
    if (const Path file = *folder / "batchd" / "batchd.yaml"; is_file(file)) return file;
  if (const Path file = options.system_folder / "batchd.yaml"; is_file(file)) return file;
  return {};
}

std::optional<Path> default_state_folder(const Environment& environment) {
  const auto folder = xdg_folder(environment, "XDG_STATE_HOME", ".local/state");
  return folder ? std::optional<Path>(*folder / "batchd") : std::nullopt;
}

std::string shown_path(const Path& file, const Path& current_folder) {
  const Path relative = file.lexically_relative(current_folder.lexically_normal());
  return relative.empty() || *relative.begin() == ".." ? file.string() : relative.string();
}

}  // namespace batchd::job
