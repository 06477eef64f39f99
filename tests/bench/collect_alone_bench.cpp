// bench_collect_alone FOLDER SCHEMA ROWS SHARD_ROWS
// The room alone on one thread: result files -> outcome files, no store, no report. FOLDER holds the files of
// bench_generate.

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "bench/bench_job.hpp"
#include "bench/measured.hpp"
#include "line/collect/collect.hpp"

namespace {

using namespace batchd;

constexpr std::string_view program = "bench_collect_alone";

std::vector<model::Item> items_of(std::uint32_t shard, std::uint64_t first, std::uint64_t count) {
  std::vector<model::Item> items(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    items[i].sequence = first + i;
    items[i].id = fmt::format("T-{:07}", first + i);
    items[i].shard = shard;
  }
  return items;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    fmt::print(stderr, "bench_collect_alone FOLDER SCHEMA ROWS SHARD_ROWS\n");
    return 2;
  }
  const Path folder = arguments[1];
  const std::uint64_t rows = std::stoull(arguments[3]);
  const std::uint64_t shard_rows = std::stoull(arguments[4]);
  const auto job = bench::bench_job("", arguments[2], folder / "out");
  const auto judge = bench::must(program, collect::Judge::compile(job.output, job.endpoint));
  model::Run run;
  run.id = bench::run_id;
  model::Submission submission;
  submission.state = model::BatchState::completed;
  double seconds = 0;
  for (std::uint32_t n = 1; (n - 1) * shard_rows < rows; ++n) {
    const std::uint64_t first = (n - 1) * shard_rows + 1;
    const auto items = items_of(n, first, std::min(shard_rows, rows - first + 1));
    model::Shard shard;
    shard.n = n;
    shard.lane = "batch";
    shard.end = model::EndKind::batch;
    shard.output_file = fmt::format("{:04}.output.jsonl", n);
    shard.error_file = fmt::format("{:04}.error.jsonl", n);
    shard.outcome_file = fmt::format("{:04}.outcomes.jsonl", n);
    const bench::Stopwatch watch;
    const auto collected = bench::must(
        program, collect::collect(collect::Request{judge, job, run, shard, submission, items, std::nullopt, folder}));
    seconds += watch.seconds();
    check(collected.anomalies.missing_results == 0, "no result is missing");
  }
  bench::print_figures(rows, seconds);
}
