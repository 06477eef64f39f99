#pragma once
// Driving one run from this terminal: shared by run, resume and cancel.

#include "doors/cli/display.hpp"
#include "doors/cli/options.hpp"
#include "doors/cli/workplace.hpp"
#include "rules/job/job.hpp"

namespace batchd::cli {

struct Driven {
  model::JobSpec job;
  model::ProviderSpec provider;      // already as_simulated() for a rehearsed run
  std::vector<model::Price> prices;  // of the config
  std::optional<Duration> give_up_after;
  bool no_wait = false;  // come back once everything that may be in flight is
};

// The remote, or the rehearsal's simulator, as the spec says.
Result<provider::Provider*> reach_provider(Workplace& place, const model::ProviderSpec& spec, const model::JobSpec& job,
                                           const SimulatorArguments& simulator);

// Nobody who gives up after seconds waits a minute for a silent server, nor for call after call within one step.
model::ProviderSpec as_patient_as(model::ProviderSpec spec, std::optional<Duration> give_up_after);

// A token that SIGINT and SIGTERM stop; a second signal ends the process at once.
struct Signals {
  async::StopToken stop;
  int first = 0;
};
std::shared_ptr<Signals> take_signals(Workplace& place);  // once a Workplace

// What --no-wait leaves on standard output, for `id=$(batchd run … --no-wait)`. Nothing under --json.
void show_bare_id(const GlobalOptions& global, const std::string& run);

// own() and drive() until the end, passing on what happens and showing nothing else. conflict: another process has it.
Result<runner::Ending> drive(Workplace& place, provider::Provider& provider, runner::Observer& observer,
                             const model::Run& run, const Driven& driven, async::StopToken stop);
// Where it stands after a drive that did not bring it to its end. The exit code.
int show_unfinished(const GlobalOptions& global, store::Store& store, const model::Run& run,
                    const runner::Ending& ending, const Signals& signals);

// drive() until the end; shows it. The exit code.
int drive_to_end(Workplace& place, provider::Provider& provider, Display& display, const GlobalOptions& global,
                 const std::string& run, const Driven& driven, Signals& signals);

}  // namespace batchd::cli
