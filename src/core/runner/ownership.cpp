#include <fmt/format.h>

#include "core/runner/preparation.hpp"

namespace batchd::runner {
namespace {

Error owned_elsewhere(const model::Run& run, const ProcessIdentity& owner, Liveness liveness) {
  if (liveness == Liveness::alive) {
    return Error(
        ErrorKind::conflict, fmt::format("process {} on {} is working on run {}", owner.pid, owner.host, run.id),
        fmt::format("watch it with `batchd watch {}`, or wait for it to end and run the same command again", run.id));
  }
  return Error(ErrorKind::conflict, fmt::format("run {} belongs to process {} on {}", run.id, owner.pid, owner.host),
               "whether it still lives cannot be told from here; go on where it was started");
}

}  // namespace

async::Task<Status> own(Surroundings& around, const model::Run& run) {
  const auto ours = to_text(around.process);
  if (!run.owner.empty() && run.owner != ours) {
    const auto owner = process_from_text(run.owner);
    if (!owner) co_return owner.error();
    const auto liveness = liveness_of(*owner);
    if (liveness != Liveness::dead) co_return owned_elsewhere(run, *owner, liveness);
  }
  const auto now = around.loop.clock().now();
  auto take = [&] { return around.store.take_ownership(run.id, run.owner, ours, now); };
  co_return co_await around.sql.run(take);
}

}  // namespace batchd::runner
