// results: what came of a run, once more, in input order and in the form its reader wants.

#include <iostream>

#include "core/runner/after_pruning.hpp"
#include "core/runner/result_rows.hpp"
#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/output_file.hpp"
#include "line/report/formats.hpp"
#include "rules/job/job.hpp"

namespace batchd::cli {
namespace {

constexpr std::size_t buffer_bytes = 256 * 1024;

Error lost_output() {
  return {ErrorKind::io, "the output could not be written", "is the disk full, or the pipe closed?"};
}

Status write_rows(FoundRun& found, report::Format format, const report::Sink& out) {
  auto shards = found.store->shards(found.run.id);
  if (!shards) return shards.error();
  model::JobSpec job;
  if (format == report::Format::csv) {  // only its columns depend on the job
    auto thawed = job::thaw(found.run.frozen_job);
    if (!thawed) return thawed.error();
    job = std::move(*thawed);
  }
  std::string buffer;
  const auto empty = [&]() -> Status {
    auto taken = out(buffer);
    buffer.clear();
    return taken;
  };
  runner::RowChoice choice;
  choice.with_answers = format == report::Format::openai;
  const auto rows = runner::result_rows(*found.store, found.run.id, std::move(*shards), choice);
  const report::Export results{job, found.state_folder, rows};
  const report::Sink sink = [&](std::string_view text) {
    buffer += text;
    return buffer.size() < buffer_bytes ? Status{} : empty();
  };
  auto written = report::write_results(results, format, sink);
  auto emptied = empty();  // also before an error: what came through stands
  return written ? emptied : written;
}

Status write_to_standard_output(FoundRun& found, report::Format format) {
  return write_rows(found, format, [](std::string_view text) -> Status {
    std::cout.write(text.data(), static_cast<std::streamsize>(text.size()));
    std::cout.flush();
    return std::cout ? Status{} : lost_output();
  });
}

Status write_to_file(FoundRun& found, report::Format format, const Path& target) {
  auto file = OutputFile::create(target);
  if (!file) return file.error();
  auto written = write_rows(found, format, [&](std::string_view text) { return file->write(text); });
  return written ? file->finish() : written;
}

}  // namespace

int results_command(const GlobalOptions& global, const ResultsOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto found = find_run(*config, options.run);
  if (!found) return show_error(global, found.error());
  const auto format = report::format_from_name(options.format).value_or(report::Format::jsonl);
  const auto written =
      options.output ? write_to_file(*found, format, *options.output) : write_to_standard_output(*found, format);
  if (written) return exit_ok;
  const auto pruning = runner::find_pruning(*found->store, found->run.id);
  return show_error(global,
                    pruning ? runner::explained_by_pruning(written.error(), found->run, *pruning) : written.error());
}

}  // namespace batchd::cli
