#pragma once
// decide -> persist -> act, until the run is final, the engine halts, or we are told to stop.
//
//              +------------------ events ------------------+
//              v                                            |
//   channel -> decide (engine) -> commit (store) -> perform (one task an action)
//
// Stopping is not an event: tasks that sleep or read are cancelled, a submission under way is waited for, and what
// arrived is still decided and committed, but nothing new is performed.

#include <optional>
#include <string>
#include <vector>

#include "core/engine/engine.hpp"
#include "core/runner/observer.hpp"
#include "core/runner/surroundings.hpp"
#include "line/provider/provider.hpp"
#include "rules/model/job_spec.hpp"
#include "rules/model/money.hpp"

namespace batchd::runner {

struct Assignment {
  model::Run run;      // prepared; owned by this process
  model::JobSpec job;  // as it was frozen, with today's batch, min_success and labels
  model::ProviderSpec provider_spec;
  std::vector<model::Price> prices;  // of the config; one that fits provider and model is used
  engine::Policy policy;  // may be changed while the run is driven, on the loop's thread: each decision reads it
  Duration watch_every = std::chrono::seconds(2);  // for a `cancel` of another process, and our heartbeat
};

struct Ending {
  bool interrupted = false;             // told to stop; the run can be resumed
  int exit_code = 0;                    // of Finish or Halt; meaningless when interrupted
  std::optional<Error> error;           // of Halt
  std::uint64_t batches_in_flight = 0;  // that go on costing
};

engine::Policy policy_for(const model::JobSpec& job, const model::ProviderSpec& provider);

async::Task<Ending> drive(Surroundings& around, provider::Provider& provider, const Assignment& assignment,
                          Observer& observer, async::StopToken stop);

}  // namespace batchd::runner
