#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include "doors/cli/commands.hpp"
#include "doors/cli/daemon_client.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/taking_up.hpp"

namespace batchd::cli {
namespace {

constexpr std::uint32_t runs_looked_at = 1'000;

// The newest unfinished run there is, real ones first.
Result<std::string> newest_unfinished(const job::Config& config) {
  auto states = open_states(config);
  if (!states) return states.error();
  for (auto& state : *states) {
    auto runs = state.store->runs("", runs_looked_at);
    if (!runs) return runs.error();
    for (const auto& run : *runs) {
      if (is_unfinished(run)) return run.id;
    }
  }
  return Error(ErrorKind::not_found, "there is no unfinished run", "`batchd runs` lists all runs");
}

// Whether the provider may hold anything of the run's: then cancelling it takes a key.
Result<bool> may_be_in_flight(store::Store& store, const std::string& run) {
  const auto shards = store.shards(run);
  if (!shards) return shards.error();
  const auto submissions = store.submissions(run);
  if (!submissions) return submissions.error();
  const auto shard_is = [](const model::Shard& shard) {
    switch (shard.stage) {
      case model::ShardStage::creating:
      case model::ShardStage::unknown:
      case model::ShardStage::in_flight:
        return true;
      case model::ShardStage::ended:
        return shard.end == model::EndKind::batch;
      case model::ShardStage::planned:
      case model::ShardStage::uploading:
      case model::ShardStage::uploaded:
      case model::ShardStage::fetched:
      case model::ShardStage::collected:
        return false;
    }
    return true;
  };
  const auto twin_is = [](const model::Submission& submission) {
    return submission.given_up && !submission.batch_id.empty() && !model::is_terminal(submission.state);
  };
  return std::any_of(shards->begin(), shards->end(), shard_is) ||
         std::any_of(submissions->begin(), submissions->end(), twin_is);
}

int go_on(const GlobalOptions& global, const job::Config& config, const model::Run& run,
          std::optional<Duration> give_up_after, bool asks_provider) {
  auto taken = take_up(global, config, run, give_up_after, asks_provider);
  return taken ? drive_on(*taken, global, run.id) : show_error(global, taken.error());
}

}  // namespace

int resume_command(const GlobalOptions& global, const ResumeOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto name = options.run.empty() ? newest_unfinished(*config) : Result<std::string>(options.run);
  if (!name) return show_error(global, name.error());
  auto found = find_run_to_act_on(*config, *name);
  if (!found) return show_error(global, found.error());
  if (found->run.state == model::RunState::created) return show_error(global, still_preparing(found->run));
  if (model::is_final(found->run.state)) return show_final(global, *found);
  if (const auto code = leave_to_daemon(global, *found, "resume")) return *code;
  const auto run = found->run;
  found->store.reset();
  return go_on(global, *config, run, options.give_up_after, true);
}

int cancel_command(const GlobalOptions& global, const CancelOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto found = find_run_to_act_on(*config, options.run);
  if (!found) return show_error(global, found.error());
  if (model::is_final(found->run.state)) {
    const int shown = show_final(global, *found);  // there is nothing left to cancel, which is what was wanted
    return shown == found->run.exit_code ? exit_ok : shown;
  }
  const auto run = found->run;
  if (const auto daemon = run.simulated ? nullptr : DaemonClient::find(found->state_folder)) {
    if (auto asked = daemon->ask(run.id, "cancel"); !asked) return show_error(global, asked.error());
    say(global, LogLevel::info, fmt::format("The daemon cancels run {}; it keeps what has finished.", run.id));
    return exit_ok;
  }
  if (run.state == model::RunState::created) return show_error(global, still_preparing(run));
  found->store.reset();
  bool asks_provider = true;
  {
    auto store = store::Store::open(found->state_folder / "batchd.db", store::Mode::read_write);
    if (!store) return show_error(global, store.error());
    auto asked = (*store)->request_cancel(run.id, model::CancelScope::everything, SystemClock().now());
    if (!asked) return show_error(global, asked.error());
    const auto in_flight = may_be_in_flight(**store, run.id);
    if (!in_flight) return show_error(global, in_flight.error());
    asks_provider = *in_flight;
  }
  const auto owner = run.owner.empty() ? Result<ProcessIdentity>(ProcessIdentity{}) : process_from_text(run.owner);
  if (owner && !run.owner.empty() && liveness_of(*owner) != Liveness::dead) {  // it sees what we just wrote
    say(global, LogLevel::info,
        fmt::format("Asked process {} to cancel run {}; it keeps what has finished.", owner->pid, run.id));
    return exit_ok;
  }
  const int ended = go_on(global, *config, run, std::nullopt, asks_provider);
  return ended == exit_stopped ? exit_ok : ended;
}

}  // namespace batchd::cli
