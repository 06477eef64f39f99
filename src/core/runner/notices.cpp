#include "core/runner/notices.hpp"

#include <fmt/format.h>

namespace batchd::runner {
namespace {

using model::NotifyOn;
using model::RunState;
using notify::Occasion;

std::string in_one(const Error& error) {
  return error.hint.empty() ? error.message : fmt::format("{}; {}", error.message, error.hint);
}

// A retry ends a run once more.
std::string end_of(const model::Run& run) {
  return run.finished_at ? format_utc(*run.finished_at, true) : std::string(name_of(run.state));
}

std::string doubt_about(const model::Shard& shard) { return fmt::format("{}/{}", shard.n, shard.submission); }

// What a person is to settle was told when it came up.
bool waits_for_a_person(const engine::Halt& halt) { return halt.error.kind == ErrorKind::unknown; }

// Nothing: a person has cancelled it, and knows.
std::optional<Occasion> occasion_of_end(const model::Run& run) {
  switch (run.state) {
    case RunState::succeeded:
      return Occasion{NotifyOn::success, std::string(notify::event_succeeded), end_of(run), ""};
    case RunState::failed:
      return Occasion{NotifyOn::failure, std::string(notify::event_failed), end_of(run), ""};
    case RunState::stopped:
      return Occasion{NotifyOn::limit, std::string(notify::event_stopped), end_of(run),
                      fmt::format("stopped by {}", run.stopped_by)};
    case RunState::cancelled:
    case RunState::created:
    case RunState::running:
    case RunState::finalizing:
      break;
  }
  return std::nullopt;
}

// A run that is taken up again and again and meets the same trouble tells of it once.
Occasion occasion_of_halt(const engine::Halt& halt) {
  return {NotifyOn::failure, std::string(notify::event_gave_up), std::to_string(halt.exit_code), in_one(halt.error)};
}

}  // namespace

std::vector<Occasion> occasions_of(const engine::State& state, const engine::Decision& decision) {
  std::vector<Occasion> occasions;
  if (state.run.simulated) return occasions;
  for (const auto& shard : decision.changes.shards) {
    const auto session = state.sessions.find(shard.n);
    if (session == state.sessions.end() || !session->second.undecided) continue;
    occasions.push_back(
        {NotifyOn::decision, std::string(notify::event_needs_decision), doubt_about(shard),
         fmt::format("shard {}: {}; `batchd status {}` tells the ways on", shard.n, shard.error, state.run.id)});
  }
  for (const auto& action : decision.actions) {
    if (std::holds_alternative<engine::Finish>(action)) {
      if (const auto end = occasion_of_end(state.run)) occasions.push_back(*end);
    } else if (const auto* halt = std::get_if<engine::Halt>(&action); halt && !waits_for_a_person(*halt)) {
      occasions.push_back(occasion_of_halt(*halt));
    }
  }
  return occasions;
}

Occasion not_begun(const Error& why) {
  return {NotifyOn::failure, std::string(notify::event_not_begun), "", in_one(why)};
}

}  // namespace batchd::runner
