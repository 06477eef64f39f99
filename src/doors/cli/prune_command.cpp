// prune: deletes what the config's `retention` no longer wants kept.

#include <iostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/runner/pruning.hpp"
#include "core/store/backup.hpp"
#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/lookup.hpp"
#include "ground/base/units.hpp"
#include "ground/json/writer.hpp"

namespace batchd::cli {
namespace {

using runner::Prunable;

struct Freed {
  std::uint64_t bytes = 0;
  std::uint64_t runs = 0;
  std::uint64_t kept_runs = 0;
  store::Bygone bygone;
};

void tell(const GlobalOptions& global, const Prunable& one, bool only_looks) {
  if (global.json) {
    std::string line;
    json::Writer writer(line);
    writer.begin_object().key("type").string("prune").key("time").string(format_utc(SystemClock().now(), true));
    writer.key("run").string(one.run.id).key("job").string(one.run.job);
    writer.key("finished_at").string(format_utc(one.run.finished_at.value_or(Time{})));
    writer.key("deleted").boolean(!only_looks);
    writer.key("requests_bytes").unsigned_integer(one.requests_bytes);
    writer.key("answers_bytes").unsigned_integer(one.answers_bytes);
    writer.key("record").boolean(one.record).key("record_bytes").unsigned_integer(one.record_bytes);
    writer.key("kept_for_reuse").unsigned_integer(one.kept_for_reuse).end_object();
    std::cout << line << std::endl;
    return;
  }
  std::vector<std::string> parts;
  if (one.requests) parts.push_back(fmt::format("requests {}", format_bytes(one.requests_bytes)));
  if (one.answers) parts.push_back(fmt::format("answers {}", format_bytes(one.answers_bytes)));
  if (one.record) parts.push_back(fmt::format("its record, about {}", format_bytes(one.record_bytes)));
  if (one.kept_for_reuse > 0) parts.push_back(fmt::format("{} kept for reuse", counted(one.kept_for_reuse, "answer")));
  std::cout << fmt::format("{}  {}  ended {}  {}\n", one.run.id, one.run.job,
                           format_utc(one.run.finished_at.value_or(Time{})), fmt::join(parts, ", "));
}

Status prune_state(const GlobalOptions& global, const PruneOptions& options, const job::Config& config,
                   const OpenedState& state, Freed& freed) {
  const auto database = state.folder / "batchd.db";
  auto store = store::Store::open(database, store::Mode::read_write);
  if (!store) return store.error();
  auto reusable = store::answers_remembered(database);
  if (!reusable) return reusable.error();
  const runner::PruneRequest request{**store,          state.folder,       config.retention, std::move(*reusable),
                                     options.reusable, SystemClock().now()};
  const auto found = runner::find_prunable(request);
  if (!found) return found.error();
  if (!options.dry_run)
    if (auto finished = runner::finish_pruned(**store, state.folder); !finished) return finished;
  for (const auto& one : *found) {
    freed.kept_runs += one.kept_for_reuse > 0;
    const bool goes = one.goes();
    if (goes && !options.dry_run) {
      const auto pruned = runner::prune(request, one, this_process());
      if (!pruned && pruned.error().kind == ErrorKind::conflict) {
        say(global, LogLevel::warning, pruned.error().message + "; it is left alone");
        continue;
      }
      if (!pruned && pruned.error().kind == ErrorKind::not_found) continue;  // a daemon was faster
      if (!pruned) return pruned;
    }
    tell(global, one, options.dry_run || !goes);
    freed.bytes += one.bytes();
    freed.runs += goes;
  }
  const auto bygone = runner::forget_bygone(request, options.dry_run);
  if (!bygone) return bygone.error();
  freed.bygone += *bygone;
  return {};
}

}  // namespace

int prune_command(const GlobalOptions& global, const PruneOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  if (config->retention.keeps_all()) {
    say(global, LogLevel::info,
        "The config has no `retention`: everything is kept. For example: retention: {requests: 14d, answers: 14d, "
        "ledger: 400d}");
    return exit_ok;
  }
  auto states = open_states(*config);
  if (!states) return show_error(global, states.error());
  Freed freed;
  for (auto& state : *states) {
    state.store.reset();
    if (auto pruned = prune_state(global, options, *config, state, freed); !pruned)
      return show_error(global, pruned.error());
  }
  say(global, LogLevel::info,
      fmt::format("{} {} of {}.", options.dry_run ? "Would free" : "Freed", format_bytes(freed.bytes),
                  counted(freed.runs, "run")));
  if (freed.bygone.total() > 0)
    say(global, LogLevel::info,
        fmt::format("{} beside: {}, {}, {}.", options.dry_run ? "Would delete" : "Deleted",
                    counted(freed.bygone.deliveries, "old message"), counted(freed.bygone.due_runs, "old due time"),
                    counted(freed.bygone.audit_entries, "old audit row")));
  if (freed.kept_runs > 0)
    say(global, LogLevel::info,
        fmt::format("The answers of {} stay beyond their time, and with them what finds them, since `reuse` copies "
                    "from them; --reusable deletes them, "
                    "and the same requests are sent and paid again.",
                    counted(freed.kept_runs, "run")));
  return exit_ok;
}

}  // namespace batchd::cli
