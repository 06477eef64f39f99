#include "rules/job/judged_job.hpp"

#include <fmt/format.h>

#include "ground/base/units.hpp"
#include "ground/base/utf8.hpp"
#include "ground/json/writer.hpp"
#include "rules/job/check_job.hpp"
#include "rules/job/judge.hpp"
#include "rules/job/read_job.hpp"
#include "rules/job/schema_files.hpp"

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
  input.sample = options.sample;
  if (options.input) {
    input.path_as_written = options.input->string();
    input.path =
        input.is_standard_input() ? *options.input : std::filesystem::absolute(*options.input).lexically_normal();
  }
  if (is_utf8(input.path.native())) return;
  if (options.input)
    source.complain_in("--input", "the path is not UTF-8");
  else
    source.complain("/input/path", "the path is not UTF-8");
}

void settle_date(Source& source, const JobOptions& options, model::JobSpec& job) {
  if (source.used_run_date())
    job.run_date = options.run_date;
  else if (options.date_was_given)
    source.warn_in("--date", "it changes nothing: neither input.path nor output.path holds ${run.date}");
}

// What the text alone does not tell of how it was run.
std::string remarks(const JobOptions& options, const model::JobSpec& job) {
  std::string text;
  for (const auto& [path, value] : options.set)
    text += fmt::format("# run with --set {}\n", json::quoted(fmt::format("{}={}", path, value)));
  if (!job.run_date.empty()) text += fmt::format("# run with --date {}\n", job.run_date);
  if (options.input) text += fmt::format("# run with --input {}\n", json::quoted(options.input->string()));
  if (options.limit) text += fmt::format("# run with --limit {}\n", *options.limit);
  if (options.sample) text += fmt::format("# run with --sample {}:{}\n", options.sample->rows, options.sample->seed);
  return text;
}

model::JobSpec job_in(Source& source, const JobText& text, const Config& config, const JobOptions& options) {
  judge_job(source);
  model::JobSpec job = read_job(source, text.file, text.folder);
  const auto map_uri = read_map_uri(source, text.folder);
  job.input.schema = read_schema_file(source, "/input/schema", text.folder, map_uri, false);
  job.output.schema = read_schema_file(source, "/output/schema", text.folder, map_uri,
                                       job.output.formats == model::FormatCheck::assert_them);
  check_job(source, job, config, options.config_is_sound, options.environment);
  settle_input(source, options, job.input);
  settle_date(source, options, job);
  settle_window(job.batch);
  return job;
}

}  // namespace

LoadedJob judged_job(JobText text, const Config& config, const JobOptions& options) {
  Source::Options reading;
  reading.shown = text.shown;
  reading.set = options.set;
  reading.rules = {"request", options.run_date, {"input.path", "output.path"}};
  reading.is_unseen = text.is_unseen;
  Source source(std::move(text.text), options.environment, std::move(reading));
  LoadedJob loaded;
  if (source.root()) loaded.job = job_in(source, text, config, options);
  loaded.job.yaml = source.text();
  if (!loaded.job.yaml.empty() && !loaded.job.yaml.ends_with('\n')) loaded.job.yaml += '\n';
  loaded.job.yaml += remarks(options, loaded.job);
  loaded.complaints = source.take_complaints();
  return loaded;
}

}  // namespace batchd::job
