// verify: a run recounted from what lies on the disk.

#include <iostream>

#include <fmt/format.h>

#include "core/runner/pruning.hpp"
#include "core/runner/verification.hpp"
#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/lookup.hpp"
#include "ground/base/units.hpp"
#include "ground/json/writer.hpp"
#include "rules/job/job.hpp"

namespace batchd::cli {
namespace {

using runner::Verification;

void print_json(const model::Run& run, const Verification& found, Time now) {
  std::string line;
  const auto begin = [&](std::string_view type) {
    line.clear();
    json::Writer writer(line);
    writer.begin_object().key("type").string(type).key("time").string(format_utc(now, true));
    writer.key("run").string(run.id);
    return writer;
  };
  for (const auto& finding : found.findings) {
    auto writer = begin("finding");
    writer.key("kind").string(finding.kind).key("shard");
    finding.shard > 0 ? writer.unsigned_integer(finding.shard) : writer.null();
    writer.key("text").string(finding.text).end_object();
    std::cout << line << "\n";
  }
  auto writer = begin("summary");
  const auto number = [&](std::string_view key, std::uint64_t value) { writer.key(key).unsigned_integer(value); };
  writer.key("job").string(run.job).key("state").string(name_of(run.state));
  number("findings", found.findings_total);
  number("rows", run.rows);
  number("rejected", run.rejected);
  number("items", found.recount.items);
  number("succeeded", found.recount.counts.succeeded);
  number("failed", found.recount.counts.failed);
  number("pending", found.recount.counts.pending);
  number("attempts", found.recount.sums.attempts);
  number("shards", found.shards);
  number("shards_collected", found.shards_collected);
  number("answers_judged", found.answers_judged);
  number("files", found.files);
  number("bytes", found.bytes);
  number("files_not_noted", found.files_not_noted);
  writer.key("result_rows");
  found.has_results ? writer.unsigned_integer(found.result_rows) : writer.null();
  writer.key("moving").boolean(found.is_moving).end_object();
  std::cout << line << "\n";
}

void print_text(const GlobalOptions& global, const model::Run& run, const Verification& found) {
  const auto style = canvas_of(global, 1).style;
  for (const auto& finding : found.findings) {
    std::cout << style.red(finding.kind) << (finding.shard > 0 ? fmt::format("  shard {}", finding.shard) : "") << "  "
              << printable(finding.text) << "\n";
  }
  if (found.findings_total > found.findings.size())
    std::cout << fmt::format("… and {} more\n", format_count(found.findings_total - found.findings.size()));
  if (global.quiet) return;
  const auto& counts = found.recount.counts;
  std::cout << fmt::format("{} {}: {} = {} rejected + {}; {} succeeded, {} failed, {} pending\n", run.job, run.id,
                           counted(run.rows, "row"), format_count(run.rejected), counted(found.recount.items, "item"),
                           format_count(counts.succeeded), format_count(counts.failed), format_count(counts.pending));
  std::cout << fmt::format("{} of {} collected, {} judged again; {} held against their hashes ({})\n",
                           format_count(found.shards_collected), counted(found.shards, "shard"),
                           counted(found.answers_judged, "item"), counted(found.files, "file"),
                           format_bytes(found.bytes));
  if (found.files_not_noted > 0)
    std::cout << fmt::format("{} without a hash: written by an older batchd\n", counted(found.files_not_noted, "file"));
  if (found.has_results && found.result_rows > 0)
    std::cout << fmt::format("results.jsonl: {} held against theirs\n", counted(found.result_rows, "row"));
  if (found.is_moving) std::cout << "A process is working on it: the figures that are kept were not compared.\n";
  std::cout << (found.findings_total == 0 ? style.green("Nothing is wrong.")
                                          : style.red(counted(found.findings_total, "finding") + "."))
            << "\n";
}

}  // namespace

int verify_command(const GlobalOptions& global, const VerifyOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto found = find_run(*config, options.run);
  if (!found) return show_error(global, found.error());
  const auto pruning = runner::find_pruning(*found->store, found->run.id);
  if (!pruning) return show_error(global, pruning.error());
  if (*pruning)
    return show_error(global, Error(ErrorKind::invalid, fmt::format("run {} can no longer be verified. {}",
                                                                    found->run.id, (*pruning)->text)));
  const auto job = job::thaw(found->run.frozen_job);
  if (!job) return show_error(global, job.error());
  const auto verified = runner::verify({*found->store, found->run, *job, found->state_folder});
  if (!verified) return show_error(global, verified.error());
  if (global.json) {
    print_json(found->run, *verified, SystemClock().now());
  } else {
    print_text(global, found->run, *verified);
  }
  return verified->findings_total == 0 ? exit_ok : exit_failed;
}

}  // namespace batchd::cli
