// retry: the same-request rung by hand.

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/engine/ladder.hpp"
#include "core/runner/preparation.hpp"
#include "core/runner/pruning.hpp"
#include "doors/cli/commands.hpp"
#include "doors/cli/daemon_client.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/taking_up.hpp"
#include "ground/base/units.hpp"

namespace batchd::cli {
namespace {

using model::Reason;
using model::ReasonSet;

std::vector<Reason> all_reasons() {
  std::vector<Reason> reasons;
  for (int number = 1; number < model::reason_count; ++number)
    reasons.push_back(static_cast<Reason>(number));
  return reasons;
}

std::uint64_t items_of(const model::Counts& counts, ReasonSet reasons) {
  std::uint64_t items = 0;
  for (const Reason reason : all_reasons())
    if (reasons.contains(reason)) items += counts.reasons[static_cast<std::size_t>(reason)];
  return items;
}

// What may pass the second time, unless it was said what is meant.
Result<ReasonSet> reasons_meant(const RetryOptions& options) {
  ReasonSet reasons;
  for (const auto& name : options.reasons) {
    const auto reason = model::reason_from_name(name);
    check(reason.has_value(), "the command line takes only names of reasons");
    if (engine::is_lasting(*reason))
      return Error(ErrorKind::invalid,
                   fmt::format("what is {} is not asked again: the same request would meet the same answer", name),
                   "mend the rows of failures.jsonl and feed them back: batchd run JOB.yaml --input …/failures.jsonl");
    reasons.add(*reason);
  }
  return reasons.empty() ? engine::asked_by_hand : reasons;
}

// What stays as it is, and how it would be asked.
std::string left_out(const model::Counts& counts, ReasonSet meant) {
  std::vector<std::string> others;
  std::uint64_t items = 0;
  for (const Reason reason : all_reasons()) {
    const auto of_reason = counts.reasons[static_cast<std::size_t>(reason)];
    if (of_reason == 0 || meant.contains(reason) || engine::is_lasting(reason)) continue;
    others.push_back(fmt::format("--reason {}", name_of(reason)));
    items += of_reason;
  }
  if (others.empty()) return "";
  return fmt::format("{} failed otherwise; to ask the same again all the same: {}", counted(items, "item"),
                     fmt::join(others, " "));
}

// "?reason=missing&reason=expired"
std::string query_of(ReasonSet reasons) {
  std::string query;
  for (const Reason reason : all_reasons())
    if (reasons.contains(reason)) query += fmt::format("{}reason={}", query.empty() ? "?" : "&", name_of(reason));
  return query;
}

// As the run's owner: nobody else may be at work on a run that is opened again.
Status ask_for_retry(Workplace& place, const model::Run& run, ReasonSet reasons) {
  if (auto owned = place.loop().run(runner::own(place.surroundings(), run)); !owned) return owned;
  return place.store().request_retry(run.id, reasons);
}

}  // namespace

int retry_command(const GlobalOptions& global, const RetryOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  const auto meant = reasons_meant(options);
  if (!meant) return show_error(global, meant.error());
  auto found = find_run_to_act_on(*config, options.run);
  if (!found) return show_error(global, found.error());
  const auto run = found->run;
  if (run.state == model::RunState::created) return show_error(global, still_preparing(run));
  const auto counts = found->store->counts(run.id);
  if (!counts) return show_error(global, counts.error());

  const bool is_final = model::is_final(run.state);
  const auto items = items_of(*counts, *meant);
  if (const auto others = left_out(*counts, *meant); !others.empty()) say(global, LogLevel::info, others);
  if (is_final && items == 0) {
    say(global, LogLevel::info, "Nothing of this run is to be asked again.");
    return show_final(global, *found);
  }
  if (is_final)
    if (auto there = runner::check_for_retrying(*found->store, found->state_folder, run.id); !there)
      return show_error(global, there.error());
  if (const auto code = leave_to_daemon(global, *found, is_final ? "retry" + query_of(*meant) : "resume")) return *code;
  found->store.reset();
  auto taken = take_up(global, *config, run, options.give_up_after, true);
  if (!taken) return show_error(global, taken.error());
  // The same command, given again after a kill, goes on with what it had begun.
  const bool is_begun = !is_final && run.retry.reasons == *meant;
  if (!is_begun) {
    if (auto asked = ask_for_retry(*taken->place, run, *meant); !asked) return show_error(global, asked.error());
  }
  return drive_on(*taken, global, run.id);
}

}  // namespace batchd::cli
