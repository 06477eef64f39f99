#include "doors/daemon/daily_pruning.hpp"

#include <fmt/format.h>

#include "core/runner/pruning_round.hpp"
#include "ground/base/units.hpp"

namespace batchd::daemon {
namespace {

std::string sentence_of(const runner::PruneTally& tally) {
  return fmt::format("{} of {}, {} with their records; {}, {}, {}", format_bytes(tally.bytes),
                     counted(tally.runs, "run"), tally.records, counted(tally.bygone.deliveries, "old message"),
                     counted(tally.bygone.due_runs, "old due time"),
                     counted(tally.bygone.audit_entries, "old audit row"));
}

}  // namespace

async::Task<void> DailyPruning::run(async::StopToken stop) {
  if (retention_.keeps_all()) co_return;
  auto pause = first_after;
  while (!stop.stopped()) {
    if (const auto slept = co_await around_.loop.sleep_for(pause, stop); !slept) co_return;
    co_await prune(stop);
    pause = every;
  }
}

async::Task<void> DailyPruning::prune(async::StopToken stop) {
  const auto tally = co_await runner::prune_all(around_, retention_, stop);
  if (!tally) {
    around_.log.error("cannot prune", {{"why", tally.error().text()}});
    co_return;
  }
  if (tally->empty()) co_return;
  const auto what = sentence_of(*tally);
  around_.log.info("pruned", {{"what", what}});
  model::AuditEntry entry;
  entry.at = around_.loop.clock().now();
  entry.who = "batchd";
  entry.action = "prune";
  entry.object = "state";
  entry.detail = what;
  auto keep = [&] { return around_.store.add_audit_entry(entry); };
  if (const auto kept = co_await around_.sql.run(keep); !kept)
    around_.log.warning("cannot keep in the audit what was pruned", {{"why", kept.error().message}});
}

}  // namespace batchd::daemon
