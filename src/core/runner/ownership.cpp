#include <fmt/format.h>

#include "core/runner/preparation.hpp"
#include "core/runner/wholeness.hpp"
#include "ground/base/units.hpp"

namespace batchd::runner {
namespace {

std::string shown(const ProcessIdentity& owner) { return fmt::format("process {} on {}", owner.pid, owner.host); }

Error owned_by_living(const model::Run& run, const ProcessIdentity& owner) {
  return {ErrorKind::conflict, fmt::format("{} is working on run {}", shown(owner), run.id),
          fmt::format("watch it with `batchd watch {}`, or wait for it to end and run the same command again", run.id)};
}

Error owned_elsewhere(const model::Run& run, const ProcessIdentity& owner, Time now) {
  const auto last = run.heartbeat_at.value_or(run.created_at);
  return {ErrorKind::conflict,
          fmt::format("run {} belongs to {}, which was last heard {}", run.id, shown(owner), format_ago(last, now)),
          fmt::format("whether it still lives cannot be told from here; if it stays silent, the same command takes the "
                      "run over in {}",
                      format_duration(last + lease - now))};
}

}  // namespace

Status own(store::Store& store, const model::Run& run, const ProcessIdentity& process, Time now) {
  const auto ours = to_text(process);
  if (!run.owner.empty() && run.owner != ours) {
    const auto owner = process_from_text(run.owner);
    if (!owner) return owner.error();
    switch (liveness_of(*owner)) {
      case Liveness::alive:
        return owned_by_living(run, *owner);
      case Liveness::elsewhere:
        if (now - run.heartbeat_at.value_or(run.created_at) < lease) return owned_elsewhere(run, *owner, now);
        break;
      case Liveness::dead:
        break;
    }
  }
  auto taken = store.take_ownership(run.id, run.owner, ours, now);
  // It was read a moment ago.
  if (!taken && taken.error().kind == ErrorKind::not_found) return not_whole(store, taken.error().message);
  if (taken || taken.error().kind != ErrorKind::conflict) return taken;
  // Somebody was faster, between our look and our hand.
  const auto again = store.run(run.id);
  const auto winner = again ? process_from_text(again->owner) : Result<ProcessIdentity>(again.error());
  return winner ? owned_by_living(run, *winner) : taken;
}

async::Task<Status> own(Surroundings& around, const model::Run& run) {
  const auto now = around.loop.clock().now();
  auto take = [&] { return own(around.store, run, around.process, now); };
  co_return co_await around.sql.run(take);
}

}  // namespace batchd::runner
