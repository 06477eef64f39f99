#include "line/report/truth.hpp"

#include <fmt/format.h>

namespace batchd::report {
namespace {

Error wrong(const Request& request, std::string_view what) {
  return {ErrorKind::internal, fmt::format("the counts of run {} contradict each other: {}", request.run.id, what),
          "Nothing was published. `batchd verify` recounts the run from the provider's own files."};
}

}  // namespace

Status check_counts(const Request& request) {
  const model::Run& run = request.run;
  const model::Counts& counts = request.counts;
  if (run.rows != run.rejected + run.items) {
    return wrong(request, fmt::format("{} rows, but {} rejected and {} items", run.rows, run.rejected, run.items));
  }
  if (run.items != counts.succeeded + counts.failed + counts.pending) {
    return wrong(request, fmt::format("{} items, but {} succeeded, {} failed and {} pending", run.items,
                                      counts.succeeded, counts.failed, counts.pending));
  }
  if (counts.reused > counts.succeeded)
    return wrong(request, fmt::format("{} reused, but {} succeeded", counts.reused, counts.succeeded));
  std::uint64_t with_reason = 0;
  for (const std::uint64_t count : counts.reasons)
    with_reason += count;
  if (with_reason != counts.failed)
    return wrong(request, fmt::format("{} failed, but the reasons add up to {}", counts.failed, with_reason));
  return {};
}

Status check_copied(const Request& request, const Copied& copied) {
  const model::Counts& counts = request.counts;
  if (copied.rows != request.run.items)
    return wrong(request, fmt::format("{} items, but {} rows of results", request.run.items, copied.rows));
  if (copied.succeeded != counts.succeeded || copied.failed != counts.failed || copied.pending != counts.pending) {
    return wrong(request, fmt::format("{} succeeded, {} failed and {} pending, but the results hold {}, {} and {}",
                                      counts.succeeded, counts.failed, counts.pending, copied.succeeded, copied.failed,
                                      copied.pending));
  }
  return {};
}

}  // namespace batchd::report
