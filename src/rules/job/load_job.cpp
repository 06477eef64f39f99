#include <fmt/format.h>

#include "ground/base/units.hpp"
#include "ground/json/writer.hpp"
#include "rules/job/check_job.hpp"
#include "rules/job/judge.hpp"
#include "rules/job/read_job.hpp"
#include "rules/job/schema_files.hpp"
#include "rules/job/values.hpp"
#include "rules/job/yaml_characters.hpp"

namespace batchd::job {
namespace {

// The provider compares it as text: `1d` is said the way every one of them understands.
void settle_window(model::BatchSpec& batch) {
  const auto window = parse_duration(batch.completion_window);
  if (window.ok())
    batch.completion_window = fmt::format("{}h", std::chrono::duration_cast<std::chrono::hours>(*window).count());
}

// --input stands in for input.path, which then need not be one that can be read.
void settle_input(Source& source, const JobOptions& options, model::InputSpec& input) {
  input.limit = options.limit;
  if (options.input) {
    input.path_as_written = options.input->string();
    input.path = std::filesystem::absolute(*options.input).lexically_normal();
  }
  std::string fault = input_not_in_force(input.path_as_written);
  if (fault.empty() && !is_utf8(input.path.native())) fault = "the path is not UTF-8";
  if (fault.empty()) return;
  if (options.input)
    source.complain_in("--input", fault);
  else
    source.complain("/input/path", fault);
}

// What the file alone does not tell of how it was run.
std::string remarks(const JobOptions& options) {
  std::string text;
  for (const auto& [path, value] : options.set)
    text += fmt::format("# run with --set {}\n", json::quoted(fmt::format("{}={}", path, value)));
  if (options.input) text += fmt::format("# run with --input {}\n", json::quoted(options.input->string()));
  if (options.limit) text += fmt::format("# run with --limit {}\n", *options.limit);
  return text;
}

model::JobSpec judged_job(Source& source, const Path& file, const Config& config, const JobOptions& options) {
  const Path folder = file.parent_path();
  judge_job(source);
  model::JobSpec job = read_job(source, file);
  job.input.schema = read_schema_file(source, "/input/schema", folder, false);
  job.output.schema =
      read_schema_file(source, "/output/schema", folder, job.output.formats == model::FormatCheck::assert_them);
  check_job(source, job, config);
  settle_input(source, options, job.input);
  settle_window(job.batch);
  return job;
}

}  // namespace

LoadedJob load_job(const Path& file, std::string_view shown, const Config& config, const JobOptions& options) {
  LoadedJob loaded;
  auto text = read_file(file, yaml_bytes_max);
  if (!text.ok()) {
    loaded.complaints.push_back({std::string(shown), 0, 0, text.error().message, false});
    return loaded;
  }
  const Path absolute = std::filesystem::absolute(file).lexically_normal();
  if (!is_utf8(absolute.native())) {
    loaded.complaints.push_back({std::string(shown), 0, 0, "its path is not UTF-8; rename its folders", false});
    return loaded;
  }
  Source source(std::move(text).value(), options.environment, {std::string(shown), options.set, "request"});
  if (source.root()) loaded.job = judged_job(source, absolute, config, options);
  loaded.job.yaml = source.text();
  if (!loaded.job.yaml.empty() && !loaded.job.yaml.ends_with('\n')) loaded.job.yaml += '\n';
  loaded.job.yaml += remarks(options);
  loaded.complaints = source.take_complaints();
  return loaded;
}

}  // namespace batchd::job
