#include "doors/cli/strange_batches.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/runner/account_audit.hpp"
#include "core/runner/preparation.hpp"
#include "doors/cli/display.hpp"
#include "ground/base/units.hpp"

namespace batchd::cli {
namespace {

constexpr Duration lives_for = std::chrono::hours(15 * 24);   // a batch may take 14 days
constexpr Duration listed_for = std::chrono::hours(31 * 24);  // what has ended can be fetched as long
constexpr std::size_t runs_named = 3;
constexpr Duration between_tries = std::chrono::seconds(5);

bool may_pass(const Error& error) {
  return error.kind == ErrorKind::network || error.kind == ErrorKind::unavailable || error.kind == ErrorKind::throttled;
}

}  // namespace

async::Task<Status> knows_all_of_job(Workplace& place, provider::Provider& provider, const model::ProviderSpec& spec,
                                     const model::JobSpec& job, Asking asking) {
  const auto now = place.loop().clock().now();
  auto listed = co_await provider.list_batches(now - lives_for, asking.stop);
  while (!listed && may_pass(listed.error()) && place.loop().clock().now() + between_tries < now + asking.patience) {
    const auto slept = co_await place.loop().sleep_for(between_tries, asking.stop);
    if (!slept.ok()) co_return slept.error();
    listed = co_await provider.list_batches(now - lives_for, asking.stop);
  }
  if (!listed) {
    const auto kind = listed.error().kind;
    const bool has_no_list = kind == ErrorKind::rejected || kind == ErrorKind::not_found || kind == ErrorKind::protocol;
    if (has_no_list) co_return Status();
    co_return listed.error();
  }
  std::map<std::string, std::uint64_t> runs;  // live batches of each
  Time oldest = now;
  for (const auto& batch : listed->batches) {
    const auto mark = runner::mark_of(batch);
    if (!mark || mark->job != job.name || model::is_terminal(batch.state)) continue;
    ++runs[mark->run];
    oldest = std::min(oldest, batch.created_at.value_or(now));
  }
  auto& store = place.store();
  auto forget_known = [&] { return std::erase_if(runs, [&](const auto& run) { return store.run(run.first).ok(); }); };
  (void)co_await place.surroundings().sql.run(forget_known);
  std::uint64_t live = 0;
  std::vector<std::string> named;
  for (const auto& [run, batches] : runs) {
    live += batches;
    named.push_back(run);
  }
  if (live == 0) co_return Status();
  if (named.size() > runs_named) named.resize(runs_named);
  co_return Error(
      ErrorKind::invalid,
      fmt::format("{} holds {} live batch{} of {} that this state directory does not know (run{} {}{}, the oldest from "
                  "{}): the same rows would be paid for twice",
                  spec.name, format_count(live), live == 1 ? "" : "es", job.name, runs.size() == 1 ? "" : "s",
                  fmt::join(named, ", "), runs.size() > named.size() ? ", …" : "", format_ago(oldest, now)),
      fmt::format(
          "`batchd run {} --adopt {}` takes them over, if the rows are the same; `batchd doctor --cancel` cancels "
          "them; --new begins another run beside them",
          asking.arguments.file.string(), named.front()));
}

Status adopt_batches_of(Workplace& place, provider::Provider& provider, const GlobalOptions& global,
                        const std::string& run) {
  const async::StopToken never;
  const auto now = place.loop().clock().now();
  const auto listed = place.loop().run(provider.list_batches(now - listed_for, never));
  if (!listed) return listed.error();
  auto& store = place.store();
  const auto begun = store.run(run);
  if (!begun) return begun.error();
  if (auto owned = runner::own(store, *begun, place.surroundings().process, now); !owned) return owned;
  auto known = runner::known_runs(store, "");
  if (!known) return known.error();
  // This process owns the run; that must not make its batches look as if they were being sent just now.
  for (auto& [id, one] : *known)
    if (id == run) one.run.owner.clear();
  std::uint64_t adopted = 0;
  std::string why = "the account lists none";
  for (const auto& one : runner::audit_account(*known, listed->batches, {}).batches) {
    if (!one.mark || one.mark->run != run) continue;
    if (!one.is_adoptable) {
      why = fmt::format("{}: {}", one.batch.id, one.why);
      continue;
    }
    if (auto done = runner::adopt(store, one, now); !done) return done;
    ++adopted;
    say(global, LogLevel::info,
        fmt::format("Adopted {} as shard {}; nothing was sent.", one.batch.id, one.mark->shard));
  }
  const auto shards = store.shards(run);
  if (!shards) return shards.error();
  const bool any_sent = std::any_of(shards->begin(), shards->end(), [](const model::Shard& shard) {
    return shard.stage > model::ShardStage::uploaded;
  });
  if (adopted > 0 || any_sent) return {};
  return Error(ErrorKind::invalid, fmt::format("no batch of run {} can be taken over ({}); nothing was sent", run, why),
               fmt::format("`batchd cancel {}` drops what was prepared; `batchd doctor` shows the account", run));
}

}  // namespace batchd::cli
