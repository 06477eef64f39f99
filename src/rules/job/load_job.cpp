#include "ground/base/utf8.hpp"
#include "rules/job/judged_job.hpp"
#include "rules/job/yaml_tree.hpp"

namespace batchd::job {

LoadedJob load_job(const Path& file, std::string_view shown, const Config& config, const JobOptions& options) {
  LoadedJob loaded;
  auto text = options.text ? Result<std::string>(*options.text) : read_file(file, yaml_bytes_max);
  if (!text.ok()) {
    loaded.complaints.push_back({std::string(shown), 0, 0, text.error().message, false});
    return loaded;
  }
  const Path absolute = std::filesystem::absolute(file).lexically_normal();
  if (!is_utf8(absolute.native())) {
    loaded.complaints.push_back({std::string(shown), 0, 0, "its path is not UTF-8; rename its folders", false});
    return loaded;
  }
  return judged_job({std::move(text).value(), std::string(shown), absolute, absolute.parent_path()}, config, options);
}

}  // namespace batchd::job
