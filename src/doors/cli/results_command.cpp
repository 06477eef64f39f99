// results: what came of a run, once more, in input order and in the form its reader wants.

#include <algorithm>
#include <iostream>

#include "core/runner/pruning.hpp"
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

// The rows of a run as its store has them; with the place of the provider's line only where somebody asks for it: that
// is one more question an item.
class RowReader {
 public:
  RowReader(FoundRun& found, std::vector<model::Shard> shards, bool with_answers)
      : found_(found), shards_(std::move(shards)), with_answers_(with_answers) {}

  Result<std::vector<report::RowRef>> operator()(std::uint64_t after, std::uint32_t limit) const {
    store::ItemFilter filter;
    filter.after_sequence = after;
    filter.limit = limit;
    auto items = found_.store->items(found_.run.id, filter);
    if (!items) return items.error();
    std::vector<report::RowRef> rows;
    rows.reserve(items->size());
    for (auto& state : *items) {
      report::RowRef row;
      row.sequence = state.item.sequence;
      row.status = state.status;
      row.row = {std::move(state.outcome_file), state.row_offset, state.row_length};
      if (with_answers_ && row.row) {
        auto answer = answer_of(state);
        if (!answer) return answer.error();
        row.answer = std::move(*answer);
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  Result<model::BlobRef> answer_of(const store::ItemState& state) const {
    auto attempts = found_.store->attempts(found_.run.id, state.item.sequence);
    if (!attempts) return attempts.error();
    for (const auto& [outcome, shard_number, submission] : *attempts) {
      if (outcome.attempt != state.attempts || outcome.answer_length == 0) continue;
      const auto shard =
          std::find_if(shards_.begin(), shards_.end(), [n = shard_number](const model::Shard& s) { return s.n == n; });
      if (shard == shards_.end()) break;
      return model::BlobRef{outcome.answer_in_error_file ? shard->error_file : shard->output_file,
                            outcome.answer_offset, outcome.answer_length};
    }
    return model::BlobRef{};
  }

  FoundRun& found_;
  std::vector<model::Shard> shards_;
  bool with_answers_;
};

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
  const RowReader rows(found, std::move(*shards), format == report::Format::openai);
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
  const bool was_pruned = pruning && pruning->has_value();
  return show_error(global, was_pruned ? written.error().within((*pruning)->text) : written.error());
}

}  // namespace batchd::cli
