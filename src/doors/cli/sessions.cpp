#include "doors/cli/sessions.hpp"

#include <algorithm>
#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

#include "core/runner/messenger.hpp"
#include "core/runner/preparation.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/reading.hpp"
#include "ground/json/writer.hpp"
#include "line/notify/target.hpp"

namespace batchd::cli {
namespace {

using model::ShardStage;

constexpr Duration patience_in_telling = std::chrono::seconds(10);  // for what becomes due again

// What a pause holds back is not waited for: nobody knows how long.
bool all_submitted(const engine::State& state, std::uint32_t in_flight_max) {
  const bool is_paused = state.paused && !state.cancelling;
  const auto is_held_back = [&](std::uint32_t n) {
    const auto session = state.sessions.find(n);
    return is_paused && session != state.sessions.end() && session->second.waits_for_room;
  };
  std::uint32_t in_flight = 0;
  bool any_planned = false;
  for (const auto& [n, shard] : state.shards) {
    switch (shard.stage) {
      case ShardStage::uploaded:
        if (!is_held_back(n)) return false;
        break;
      case ShardStage::uploading:
      case ShardStage::creating:
      case ShardStage::unknown:
        return false;
      case ShardStage::planned:
        any_planned = any_planned || !is_paused;
        break;
      case ShardStage::in_flight:
        ++in_flight;
        break;
      case ShardStage::ended:
      case ShardStage::fetched:
      case ShardStage::collected:
        break;
    }
  }
  return !any_planned || in_flight >= in_flight_max;
}

// Passes everything on, and stops the drive once all that may be in flight is (--no-wait).
class StopWhenSubmitted final : public runner::Observer {
 public:
  StopWhenSubmitted(runner::Observer& next, std::uint32_t in_flight_max, async::StopToken stop)
      : next_(next), in_flight_max_(in_flight_max), stop_(std::move(stop)) {}
  void on_changed(const engine::State& state, const model::Changes& changes) override {
    next_.on_changed(state, changes);
    if (!all_submitted(state, in_flight_max_)) return;
    submitted_ = true;
    stop_.stop();
  }
  void on_uploading(std::uint32_t shard, std::uint64_t sent, std::uint64_t total) override {
    next_.on_uploading(shard, sent, total);
  }
  void on_reported(const model::Run& run, const Path& folder, const std::string& summary) override {
    next_.on_reported(run, folder, summary);
  }
  bool submitted() const { return submitted_; }

 private:
  runner::Observer& next_;
  std::uint32_t in_flight_max_;
  async::StopToken stop_;
  bool submitted_ = false;
};

// An unfinished run has no summary yet; this is the last line instead.
void show_submitted(const GlobalOptions& global, const std::string& run, Time now) {
  if (!global.json) return show_bare_id(global, run);
  std::string line;
  json::Writer writer(line);
  writer.begin_object().key("type").string("submitted").key("time").string(format_utc(now, true));
  writer.key("run").string(run).end_object();
  std::cout << line << std::endl;
}

// As far as their ids are known.
std::vector<std::string> batches_in_flight(store::Store& store, const model::Run& run) {
  std::vector<std::string> ids;
  const auto facts = facts_of(store, run);
  if (!facts) return ids;
  for (const auto& shard : facts->shards) {
    const auto* submission = newest_submission(*facts, shard);
    if (shard.stage == ShardStage::in_flight && submission) ids.push_back(submission->batch_id);
  }
  return ids;
}

runner::Assignment assignment_of(const model::Run& run, const Driven& driven) {
  runner::Assignment assignment;
  assignment.run = run;
  assignment.job = driven.job;
  assignment.provider_spec = driven.provider;
  assignment.prices = driven.prices;
  assignment.policy = runner::policy_for(driven.job, driven.provider);
  if (driven.give_up_after) {
    auto& policy = assignment.policy;
    policy.give_up_after = *driven.give_up_after;
    policy.give_up_before_first = std::min(policy.give_up_before_first, *driven.give_up_after);
  }
  return assignment;
}

async::Task<Result<runner::Ending>> own_and_drive(Workplace& place, provider::Provider& provider,
                                                  runner::Observer& observer, const runner::Assignment& assignment,
                                                  async::StopToken stop) {
  auto& around = place.surroundings();
  if (auto owned = co_await runner::own(around, assignment.run); !owned) co_return owned.error();
  co_return co_await runner::drive(around, provider, assignment, observer, std::move(stop));
}

}  // namespace

// Who hears of it is told now; who cannot be reached is tried again by whatever batchd works here next.
void tell_others(Workplace& place, const GlobalOptions& global, const std::string& run, async::StopToken stop) {
  runner::Messenger messenger(place.surroundings(), place.post());
  place.loop().run(messenger.tell_within(patience_in_telling, std::move(stop)));
  const auto deliveries = place.store().deliveries_of(run);
  if (!deliveries) return;
  for (const auto& one : *deliveries) {
    const auto target = notify::target_from_text(one.target);
    if (one.state == model::DeliveryState::delivered || !target) continue;
    say(global, LogLevel::warning,
        fmt::format("{} could not be told of {} ({}); {}", notify::shown(*target), one.event, one.detail,
                    one.state == model::DeliveryState::pending
                        ? "the next command that works on a run here tries again, and so does a daemon"
                        : "nobody tries again"));
  }
}

void show_bare_id(const GlobalOptions& global, const std::string& run) {
  if (!global.json) std::cout << run << std::endl;
}

Result<provider::Provider*> reach_provider(Workplace& place, const model::ProviderSpec& spec, const model::JobSpec& job,
                                           const SimulatorArguments& simulator) {
  if (!spec.simulated) return place.connect(spec);
  return place.rehearse(spec, simulator, job.output.schema ? job.output.schema->text : "");
}

model::ProviderSpec as_patient_as(model::ProviderSpec spec, std::optional<Duration> give_up_after) {
  if (!give_up_after) return spec;
  constexpr Duration least = std::chrono::seconds(1);
  const auto patience = std::max(*give_up_after, least);
  auto& http = spec.http;
  http.connect_timeout = std::min(http.connect_timeout, patience);
  http.idle_timeout = std::min(http.idle_timeout, patience);
  http.repeat_for = std::min(http.repeat_for, patience / 4);  // then it is the engine's turn to count
  return spec;
}

std::shared_ptr<Signals> take_signals(Workplace& place) {
  auto signals = std::make_shared<Signals>();
  place.loop().on_signals([signals](int signal, int count) {
    if (count > 1) _exit(exit_signal_base + signal);  // everything that matters is on the disk at every moment
    signals->first = signal;
    signals->stop.stop();
  });
  return signals;
}

Result<runner::Ending> drive(Workplace& place, provider::Provider& provider, runner::Observer& observer,
                             const model::Run& run, const Driven& driven, async::StopToken stop) {
  const auto assignment = assignment_of(run, driven);
  return place.loop().run(own_and_drive(place, provider, observer, assignment, std::move(stop)));
}

int show_unfinished(const GlobalOptions& global, store::Store& store, const model::Run& run,
                    const runner::Ending& ending, const Signals& signals) {
  show_interrupted(global, run, ending, batches_in_flight(store, run));
  return ending.interrupted ? exit_signal_base + signals.first : ending.exit_code;
}

int drive_to_end(Workplace& place, provider::Provider& provider, Display& display, const GlobalOptions& global,
                 const std::string& id, const Driven& driven, Signals& signals) {
  auto run = place.store().run(id);
  if (!run) return show_error(global, run.error());

  StopWhenSubmitted no_wait(display, driven.job.batch.max_batches_in_flight, signals.stop);
  auto& observer = driven.no_wait ? static_cast<runner::Observer&>(no_wait) : display;
  auto ended = drive(place, provider, observer, *run, driven, signals.stop);
  display.close();
  if (!ended) return show_error(global, ended.error());

  run = place.store().run(id);
  if (!run) return show_error(global, run.error());
  const bool final = model::is_final(run->state);
  if (driven.no_wait && no_wait.submitted() && signals.first == 0 && !final) {
    if (run->waiting.what == model::WaitingFor::paused)
      say(global, LogLevel::warning, fmt::format("not all is submitted: {}", run->waiting.detail));
    show_submitted(global, id, place.loop().clock().now());
    return exit_ok;
  }
  if (ended->interrupted || ended->error) {
    const int code = show_unfinished(global, place.store(), *run, *ended, signals);
    tell_others(place, global, id, signals.stop);
    return code;
  }
  auto counts = place.store().counts(id);
  if (!counts) return show_error(global, counts.error());
  if (driven.no_wait) show_bare_id(global, id);
  show_closing(global, *run, *counts, false);
  tell_others(place, global, id, signals.stop);
  return ended->exit_code;
}

}  // namespace batchd::cli
